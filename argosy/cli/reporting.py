"""The commands that show runs in a browser, as data."""

from typing import TYPE_CHECKING

from argosy.cli.parser import command, offer_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from argosy.cli.parser import Commands


def _report(found: "Commands") -> None:
    text = "write what a run did as one page: graph, timeline, metrics, artifacts, logs, cost"
    examples = (
        "report\nreport digits-4f1c2 --open\nreport digits-4f1c2 -o digits.html\nreport --json"
    )
    parser = command(found, "report", text, examples)
    parser.add_argument("run", nargs="?", metavar="RUN", help="the run; the newest by default")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="the file to write (default report.html in the folder of the run), or - for stdout",
    )
    parser.add_argument("--open", action="store_true", help="show it in a browser")
    offer_json(parser, "report")


def _ui(found: "Commands") -> None:
    text = "show all runs on a page of this machine, live, with what may be asked of them"
    parser = command(found, "ui", text, "ui\nui --port 8642 --no-open")
    parser.add_argument(
        "--port", type=_port, default=0, metavar="N", help="the port (default: one that is free)"
    )
    parser.add_argument("--no-open", action="store_true", help="open no browser")


def _port(text: str) -> int:
    """Read a port; argparse turns the error into its own."""
    value = int(text)
    if not 0 <= value <= 65535:
        raise ValueError(text)
    return value


CONFIGURE: "dict[str, Callable[[Commands], None]]" = {"report": _report, "ui": _ui}
