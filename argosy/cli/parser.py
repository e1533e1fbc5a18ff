"""What every command's arguments are made of: a parser with our manners, shared options, units."""

import argparse
from typing import TYPE_CHECKING, NoReturn

from argosy.cli import terminal
from argosy.cli.usage import UsageFailure

# of runs: those of Argo, one whose engine died, one whose record cannot be read
PHASES = ("Running", "Succeeded", "Failed", "Error", "Interrupted", "Damaged")


class Help(argparse.RawDescriptionHelpFormatter):
    """Help in the width of the terminal."""

    def __init__(self, prog: str) -> None:
        # a width of its own spares the import of shutil, a third of the start-up time
        super().__init__(prog, max_help_position=26, width=min(terminal.columns(), 100) - 2)


class Parser(argparse.ArgumentParser):
    """A parser whose mistakes are failures like all others."""

    def __init__(self, **options: object) -> None:
        super().__init__(formatter_class=Help, allow_abbrev=False, **options)  # type: ignore[arg-type]

    def print_help(self, file: object = None) -> None:  # noqa: ARG002 - the signature is argparse's
        """Write the help to stdout, where argparse would swallow the error of a full disk."""
        terminal.out(self.format_help())

    def error(self, message: str) -> NoReturn:
        """Raise `UsageFailure`."""
        raise UsageFailure(message, f"`{self.prog} --help`")


if TYPE_CHECKING:
    from typing import TypeAlias

    Commands: TypeAlias = argparse._SubParsersAction[Parser]


def command(found: "Commands", name: str, help_line: str, examples: str) -> Parser:
    """Add a command; `examples` are lines without the leading `argosy`."""
    text = "examples:\n" + "\n".join(f"  argosy {line}" for line in examples.strip().splitlines())
    parser = found.add_parser(name, help=help_line, description=sentence(help_line), epilog=text)
    parser.set_defaults(module=name)
    return parser


def sentence(text: str) -> str:
    """Return `text` with a capital and a full stop."""
    return f"{text[0].upper()}{text[1:]}."


def environment(parser: Parser, text: str = "the environment") -> None:
    """Add `--env`."""
    parser.add_argument("--env", metavar="ENV", help=text)


def offer_json(parser: Parser, schema: str) -> None:
    """Add `--json`, for a document of the schema `schema`."""
    parser.add_argument("--json", action="store_true", help=f"print JSON (schema `{schema}`)")


def break_glass(parser: Parser, text: str = "go on although the environment is frozen") -> None:
    """Add `--break-glass` and `--reason`."""
    parser.add_argument("--break-glass", action="store_true", help=text)
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, for the record")


def count(text: str) -> int:
    """Read a whole number from one up; argparse turns the error into its own."""
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def seconds(text: str) -> float:
    """Read a positive number; argparse turns the error into its own."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError(text)
    return value


def age(text: str) -> float:
    """Read a time such as `36h` or `30d` as seconds; argparse turns the error into its own."""
    if text[-1:] not in "smhd" or not text[:-1].isdecimal():
        raise ValueError(text)
    return int(text[:-1]) * {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}[text[-1:]]


def phase(text: str) -> str:
    """Return the phase of a run as it is spelled; argparse turns the error into its own."""
    found = [name for name in PHASES if name.lower() == text.lower()]
    if not found:
        raise ValueError(text)
    return found[0]
