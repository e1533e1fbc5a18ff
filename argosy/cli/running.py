"""The commands around runs on this machine, as data."""

from typing import TYPE_CHECKING

from argosy.cli.parser import Parser, command, environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from argosy.cli.parser import Commands


def _run(found: "Commands") -> None:
    text = "run a pipeline on this machine, from the same manifests a cluster gets"
    examples = (
        "run digits --env dev -p rows=500\n"
        "run digits --env dev --published\n"
        "run workflow.yaml --json\n"
        "run checkout/envs/dev/digits"
    )
    parser = command(found, "run", text, examples)
    parser.add_argument(
        "target", metavar="TARGET", help="a pipeline, or a file or folder of manifests"
    )
    environment(parser)
    parser.add_argument(
        "-p",
        "--param",
        dest="parameters",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="set a parameter; may be given again",
    )
    parser.add_argument("--name", help="the name of the run (default: the pipeline's and a suffix)")
    parser.add_argument(
        "--published", action="store_true", help="run what is published, as a cluster would"
    )
    _stream(parser)


def _stream(parser: Parser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="print each event as a line of JSON (schema `events`)"
    )


CONFIGURE: "dict[str, Callable[[Commands], None]]" = {"run": _run}
