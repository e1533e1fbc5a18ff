"""`argosy completion`: the commands, options and values of the parser, in the words of a shell."""

import argparse
import re
import shlex
from collections.abc import Iterator

from argosy.cli import arguments, terminal, workspace
from argosy.failure import Failure
from compiler.problems import Rejected
from compiler.record import record

_ASKED = {  # of options by their name, of words by their metavar
    **dict.fromkeys(("--pipeline", "NAME", "PIPELINE", "TARGET"), "pipelines"),
    **dict.fromkeys(("--env", "ENV", "ENV1", "ENV2", "FROM", "TO"), "environments"),
    **dict.fromkeys(("RUN", "RUN STEP"), "runs"),
}
# a shell expands the words that it is given
_PLAIN = re.compile(r"[-._A-Za-z0-9]+")
_BASH = """\
_argosy() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} word='' words='' n
  for ((n = 1; n < COMP_CWORD; n++)); do
    case ${COMP_WORDS[n]} in
      -C) ((n++)) ;;
      -*) ;;
      *) word=${COMP_WORDS[n]}; break ;;
    esac
  done
  case "$word $prev" in
@VALUES@
    *)
      case $word in
@WORDS@
      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _argosy argosy
"""
_ZSH = "autoload -U +X bashcompinit && bashcompinit\n"


@record
class _Command:
    """What may follow a command: its options, those with values and what these are, and words.

    A value is a list of choices, or one of `completing.VALUES` as `$name`.
    """

    name: str
    text: str
    options: tuple[tuple[tuple[str, ...], str, str | None], ...]
    words: str


def execute(args: argparse.Namespace) -> int:
    """Print a script, or the names that it asks for."""
    if args.values:
        terminal.out("\n".join(filter(_PLAIN.fullmatch, _names(args.values))))
        return 0
    found = [_described(*each) for each in arguments.described()]
    script = {"bash": _bash, "zsh": _zsh, "fish": _fish}[args.shell]
    terminal.out(script(found).rstrip("\n"))
    return 0


def _names(what: str) -> list[str]:
    """Return names of this project; none outside of one, or of a broken one."""
    try:
        if what == "runs":
            from argosy.engine import journal

            return [run.name for run in journal.runs(workspace.find_root() / workspace.STATE, 50)]
        project = workspace.load()
    except (Failure, Rejected, OSError):
        return []
    return list(project.environments if what == "environments" else project.pipelines)


def _described(name: str, text: str, parser: argparse.ArgumentParser) -> _Command:
    options, words = [], []
    for action in parser._actions:
        if action.help == argparse.SUPPRESS:
            continue
        value = _value(action)
        if action.option_strings:
            takes = value if action.nargs != 0 else None
            options.append((tuple(action.option_strings), action.help or "", takes))
        elif value:
            words.append(value)
        if isinstance(action, argparse._SubParsersAction):
            inner = {
                flag for each in action.choices.values() for flag in each._option_string_actions
            }
            options += [((flag,), "", None) for flag in sorted(inner)]
    return _Command(name, text, tuple(options), " ".join(dict.fromkeys(words)))


def _value(action: argparse.Action) -> str:
    if action.choices is not None:
        return " ".join(map(str, action.choices))
    asked = _ASKED.get((action.option_strings or (str(action.metavar),))[-1], "")
    return f"${asked}" if asked else ""


def _bash(found: list[_Command]) -> str:
    named = " ".join(command.name for command in found)
    words = [f"        '') words={shlex.quote(f'{named} --help --version -C')} ;;"]
    values = []
    for command in found:
        flags = " ".join(flag for each in command.options for flag in each[0])
        words.append(f"        {command.name})")
        words.append(f"          if [[ $cur == -* ]]; then words={shlex.quote(flags)}")
        words.append(f"          else words={_expanded(command.words)}; fi ;;")
        for names, _, value in command.options:
            if value is not None:
                ways = "|".join(f"'{command.name} {name}'" for name in names)
                values.append(f"    {ways}) words={_expanded(value)} ;;")
    return _BASH.replace("@VALUES@", "\n".join(values)).replace("@WORDS@", "\n".join(words))


def _expanded(value: str) -> str:
    """Return values as a word of a shell, in which names are asked for."""
    words = [
        f"$(argosy completion --values {word[1:]} 2>/dev/null)" if word.startswith("$") else word
        for word in value.split()
    ]
    return f'"{" ".join(words)}"'


def _zsh(found: list[_Command]) -> str:
    return _ZSH + _bash(found)


def _fish(found: list[_Command]) -> str:
    return "\n".join(_fish_lines(found))


def _fish_lines(found: list[_Command]) -> Iterator[str]:
    for command in found:
        about = shlex.quote(command.text)
        yield f"complete -c argosy -n __fish_use_subcommand -f -a {command.name} -d {about}"
        here = f"complete -c argosy -n '__fish_seen_subcommand_from {command.name}'"
        if command.words:
            yield f"{here} -a {_asked(command.words)}"
        for names, text, value in command.options:
            flags = " ".join(_flag(name) for name in names)
            takes = "" if value is None else f" -r -a {_asked(value)}" if value else " -r"
            yield f"{here} {flags}{takes} -d {shlex.quote(text)}"


def _asked(value: str) -> str:
    words = [
        f"(argosy completion --values {word[1:]} 2>/dev/null)" if word.startswith("$") else word
        for word in value.split()
    ]
    return shlex.quote(" ".join(words))


def _flag(name: str) -> str:
    return f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
