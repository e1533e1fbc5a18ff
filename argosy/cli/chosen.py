"""The pipelines that a command line means: by name, or by `--select`."""

from collections.abc import Iterable, Sequence

from argosy.cli import workspace
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


def _known(values: Iterable[str], pattern: str) -> str:
    from compiler.problems import nearest

    return nearest(pattern, sorted(set(values)))
