"""The commands that bring something into an environment, and take it back, as data."""

from typing import TYPE_CHECKING

from argosy.cli.parser import Parser, command, count

if TYPE_CHECKING:
    from collections.abc import Callable

    from argosy.cli.parser import Commands


def _history(found: "Commands") -> None:
    text = "show what an environment held and when, from which source, by whom"
    examples = "history prod\nhistory prod churn\nhistory prod --limit 100 --json"
    parser = command(found, "history", text, examples)
    _place(parser)
    parser.add_argument(
        "pipeline", nargs="?", default="", metavar="PIPELINE", help="only what changed this one"
    )
    parser.add_argument(
        "--limit", type=count, default=20, metavar="N", help="show so many (default 20)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON (schema `history`)")


def _place(parser: Parser) -> None:
    parser.add_argument("environment", metavar="ENV", help="the environment")


CONFIGURE: "dict[str, Callable[[Commands], None]]" = {"history": _history}
