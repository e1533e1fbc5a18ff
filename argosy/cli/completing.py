"""The command that teaches a shell the others, as data."""

import argparse
from typing import TYPE_CHECKING

from argosy.cli.parser import command

if TYPE_CHECKING:
    from collections.abc import Callable

    from argosy.cli.parser import Commands

SHELLS = ("bash", "zsh", "fish")
VALUES = ("environments", "pipelines", "runs")


def _completion(found: "Commands") -> None:
    text = "print what completes commands, options and names in a shell"
    examples = (
        'completion bash   # in ~/.bashrc: eval "$(argosy completion bash)"\n'
        'completion zsh    # in ~/.zshrc, behind compinit: eval "$(argosy completion zsh)"\n'
        "completion fish > ~/.config/fish/completions/argosy.fish"
    )
    parser = command(found, "completion", text, examples)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("shell", nargs="?", choices=SHELLS)
    # what the printed functions ask for
    which.add_argument("--values", choices=VALUES, help=argparse.SUPPRESS)


CONFIGURE: "dict[str, Callable[[Commands], None]]" = {"completion": _completion}
