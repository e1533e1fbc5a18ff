"""The command line as data: commands, options, help. Only argparse is imported here."""

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from argosy import __version__
from argosy.cli import completing, delivering, reporting, running, starting, syncing, terminal
from argosy.cli.parser import Parser, break_glass, command, count, environment, seconds, sentence
from argosy.cli.reviewing import CONFIGURE as REVIEWING
from argosy.cli.usage import UsageFailure

if TYPE_CHECKING:
    from argosy.cli.parser import Commands

COMMANDS = (
    *starting.CONFIGURE,
    *("validate", "render"),
    *REVIEWING,
    "publish",
    *delivering.CONFIGURE,
    *running.CONFIGURE,
    *reporting.CONFIGURE,
    *syncing.CONFIGURE,
    *("models", "graph", "explain", "schema"),
    *completing.CONFIGURE,
)
SCHEMAS = (
    "pipeline",
    "project",
    "component",
    "pin",
    "policy",
    "policies",
    "backfill",
    "backfilled",
    "history",
    "delivery",
    "hold",
    "lock",
    "plan",
    "diagnostics",
    "codes",
    "explanation",
    "graph",
    "events",
    "failure",
    "runs",
    "log",
    "why",
    "cleaned",
    "asked",
    "preview",
    "report",
    "doctor",
    "drift",
)
_SUMMARY = """\
GitOps pipelines for machine learning on Argo Workflows: edit YAML, publish it as a commit,
let a cluster or this machine run it, find the model in MLflow, take it back with git revert.

exit codes: 0 fine · 1 findings or a failed run · 2 usage · 3 changes present, or held ·
4 the outside world failed · 5 policies refuse · 70 a bug of Argosy · 130 interrupted"""


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return what `argv` asks for; leave by `SystemExit` after --help, --version or a mistake."""
    parser = Parser(prog="argosy", description=_SUMMARY)
    parser.add_argument(
        "--version", dest="print_version", action="store_true", help="print the version"
    )
    parser.add_argument(
        "-C", dest="directory", metavar="DIR", help="run as if started in this folder"
    )
    found = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    word = _command_word(argv)
    # the parsers of the other commands would cost a tenth of a start
    for name in [word] if word in _CONFIGURE else COMMANDS:
        _CONFIGURE[name](found)
    if word and word not in _CONFIGURE:
        _suggest(word)
    args, more = parser.parse_known_args(argv)
    # argparse takes no further words once an option has come
    if "words" in args and not any(word.startswith("-") for word in more):
        args.words += more
    elif more:
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    if args.print_version:
        terminal.out(f"argosy {__version__}")
        raise SystemExit(0)
    if args.command is None:
        terminal.talk(parser.format_help())
        raise SystemExit(2)
    return args


def described() -> list[tuple[str, str, argparse.ArgumentParser]]:
    """Return each command with what its help says of it, and its parser."""
    found = Parser(prog="argosy").add_subparsers()
    for name in COMMANDS:
        _CONFIGURE[name](found)
    texts = {action.dest: action.help or "" for action in found._choices_actions}
    return [(name, texts[name], parser) for name, parser in found.choices.items()]


def _command_word(argv: Sequence[str]) -> str:
    """Return the first word that is no option; nothing if there is none."""
    words = iter(argv)
    for word in words:
        if word == "-C":
            next(words, None)
        elif not word.startswith("-"):
            return word
    return ""


def _suggest(word: str) -> None:
    from compiler.spelling import closest

    close = closest(word, COMMANDS)
    hint = f"did you mean `argosy {close}`?" if close else f"one of {', '.join(COMMANDS)}"
    raise UsageFailure(f"no command `{word}`", hint)


def _names(parser: Parser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="pipelines; all by default")
    parser.add_argument(
        "--select",
        action="append",
        default=[],
        metavar="TERMS",
        help="those that match: NAME*, tag:T, owner:O; a space is or, a comma is and",
    )
    parser.add_argument(
        "--changed-since", metavar="REV", help="only those that a change since REV touches"
    )


def _validate(found: "Commands") -> None:
    text = "check pipelines and show every mistake with its place in the source"
    examples = (
        "validate\n"
        "validate digits --env prod\n"
        "validate --select 'churn-* tag:weekly'\n"
        "validate --format github"
    )
    parser = command(found, "validate", text, examples)
    _names(parser)
    environment(parser, "only this environment; all by default")
    parser.add_argument("--format", choices=("human", "json", "github", "sarif"), default="human")
    parser.add_argument(
        "--max",
        dest="most",
        type=count,
        default=50,
        metavar="N",
        help="show so many problems to people (default 50); machines get all",
    )


def _render(found: "Commands") -> None:
    text = "write the Argo manifests of an environment"
    examples = "render --env dev\nrender digits --env prod -o -\nrender --env dev -o out --check"
    parser = command(found, "render", text, examples)
    _names(parser)
    environment(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        help="the folder to write (default .argosy/rendered/ENV), or - for YAML on stdout",
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="hold every manifest against Hera's models and Argo's rules",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 3 if the folder differs"
    )


def _publish(found: "Commands") -> None:
    text = "commit the rendered manifests into the GitOps repository"
    examples = (
        "publish --env dev\npublish --env prod --allow-removal\npublish --env dev --allow-dirty"
    )
    parser = command(found, "publish", text, examples)
    environment(parser)
    parser.add_argument(
        "--allow-dirty", action="store_true", help="publish although the source is not committed"
    )
    parser.add_argument(
        "--allow-removal", action="store_true", help="publish although much would be removed"
    )
    parser.add_argument(
        "--allow-rewind",
        action="store_true",
        help="publish although it is unknown whether what is published is older",
    )
    parser.add_argument(
        "--deadline",
        type=seconds,
        default=120.0,
        metavar="SECONDS",
        help="give up after this long when others publish too or hold a lock (default 120)",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="overwrite what was edited or rolled back in the GitOps repository",
    )
    parser.add_argument("--json", action="store_true", help="print JSON (schema `delivery`)")
    break_glass(parser)


def _models(found: "Commands") -> None:
    text = "list, show and compare model versions in MLflow"
    examples = "models list\nmodels show digits 2\nmodels compare digits 1 2 --json"
    parser = command(found, "models", text, examples)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    _verb(verbs, "list", "the models and their newest versions", ())
    _verb(verbs, "show", "one version: where it came from", ("model", "version"))
    _verb(verbs, "compare", "two versions side by side", ("model", "first", "second"))
    delivering.release(verbs)


def _verb(verbs: "Commands", name: str, text: str, positions: Sequence[str]) -> None:
    parser = verbs.add_parser(name, help=text, description=sentence(text))
    for position in positions:
        kind = str if position == "model" else int
        parser.add_argument(position, metavar=position.upper(), type=kind)
    environment(parser, "the environment whose MLflow to ask (default: the local store)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _graph(found: "Commands") -> None:
    text = "draw the steps of a pipeline and what they wait for"
    examples = "graph digits --env dev\ngraph digits --env prod --format mermaid"
    parser = command(found, "graph", text, examples)
    parser.add_argument("name", metavar="PIPELINE", help="the pipeline")
    environment(parser)
    parser.add_argument("--format", choices=("text", "mermaid", "json"), default="text")


def _explain(found: "Commands") -> None:
    text = "say what a code means, or where each value of a pipeline comes from"
    examples = (
        "explain AR301\n"
        "explain unknown-reference\n"
        "explain digits --env dev\n"
        "explain digits --env dev steps.train.hardware"
    )
    parser = command(found, "explain", text, examples)
    what = "codes, or a pipeline and a path in it; a list of all codes by default"
    parser.add_argument("words", nargs="*", metavar="WHAT", help=what)
    environment(parser, "the environment of the pipeline")
    parser.add_argument(
        "--json", action="store_true", help="print JSON (schema `codes` or `explanation`)"
    )


def _schema(found: "Commands") -> None:
    text = "print the JSON Schema of a file or of an output"
    examples = "schema pipeline > .argosy/pipeline.schema.json\nschema project\nschema plan"
    parser = command(found, "schema", text, examples)
    parser.add_argument("name", choices=SCHEMAS)


def _step(found: "Commands") -> None:
    """Add the steps that rendered manifests call; they are no commands for people."""
    from argosy.models import steps

    parser = found.add_parser("step")
    steps.configure(parser)
    parser.set_defaults(module="step")


_CONFIGURE: "dict[str, Callable[[Commands], None]]" = {
    **starting.CONFIGURE,
    "validate": _validate,
    "render": _render,
    **REVIEWING,
    "publish": _publish,
    **delivering.CONFIGURE,
    **running.CONFIGURE,
    **reporting.CONFIGURE,
    **syncing.CONFIGURE,
    "models": _models,
    "graph": _graph,
    "explain": _explain,
    "schema": _schema,
    "step": _step,
    **completing.CONFIGURE,
}
