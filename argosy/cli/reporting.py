"""The commands that show runs in a browser, as data."""

from typing import TYPE_CHECKING

from argosy.cli.parser import command

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
    parser.add_argument("--json", action="store_true", help="print JSON instead")


CONFIGURE: "dict[str, Callable[[Commands], None]]" = {"report": _report}
