"""The pipelines that a command line means: by name, by `--select`, by what changed."""

import argparse
from collections.abc import Iterable, Sequence

from argosy.cli import terminal, workspace
from argosy.cli.usage import UsageFailure
from compiler.project import Project


def names(
    project: Project, named: Sequence[str], selected: Sequence[str], environments: Sequence[str]
) -> tuple[str, ...]:
    """Return the pipelines that are named or selected; nothing where neither is said: all."""
    workspace.check_known("pipeline", named, project.pipelines)
    if not selected:
        return tuple(named)
    from compiler import selection

    try:
        terms = [alternative for text in selected for alternative in selection.parse(text)]
    except ValueError as error:
        known = ", ".join(f"`{key}:`" for key in selection.KEYS)
        raise UsageFailure(f"--select knows no `{error}:`", f"one of {known}") from None
    traits = selection.traits(project, environments)
    for alternative in terms:
        if not selection.select(traits, [alternative]):
            shown = ",".join(map(str, alternative))
            values = (v for own in traits.values() for v in own[alternative[0].key] or ())
            raise UsageFailure(f"nothing matches `{shown}`", _known(values, alternative[0].pattern))
    found = selection.select(traits, terms)
    return tuple(name for name in project.pipelines if name in {*found, *named})


def touched(
    project: Project, names: Sequence[str], since: str, environments: Sequence[str]
) -> tuple[str, ...]:
    """Return those of `names`, nothing meaning all, that a change since a revision touches."""
    from argosy.cli import touched

    found = touched.touched(project, since, environments).names
    return tuple(name for name in found if not names or name in names)


def untouched(args: argparse.Namespace) -> int:
    """Say that there is nothing to do; return the exit code."""
    machine = getattr(args, "format", "human") != "human" or getattr(args, "output", None) == "-"
    say = terminal.talk if machine else terminal.out
    say(f"✔ no pipeline is touched since {args.changed_since}")
    return 0


def _known(values: Iterable[str], pattern: str) -> str:
    from compiler.problems import nearest

    return nearest(pattern, sorted(set(values)))
