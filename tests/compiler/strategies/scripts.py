"""Programs, texts and conditions that read whatever a step sees."""

from collections.abc import Mapping
from typing import Any

from tests.compiler.strategies.chance import DOLLARS, TEXTS, Chance, Makers

Fields = dict[str, Any]
Names = Mapping[str, str]  # dotted names to types
_SCALARS = ("string", "integer", "number", "boolean")
_LINES = (
    "echo ${{{}}}",
    'printf %s "a ${{{}}} b"',
    "cat <<EOF\nx ${{{}}} 'y'\nEOF",
    "cat <<-'EOF'\n\t$HOME\n\tEOF\necho ${{{}}}",
    'x=${{{}}}; echo "$x" | sed s/a/b/ > "it\'s é"',
    "# it's ${{{}}}",
    'if [ "$HOME" = ${{{}}} ]; then echo "$(date)"; fi',
)
_PLAIN = (
    "echo 'single' \"double\" \\$x $$ $(date) ${HOME:-x} `ls` $((1 + 1))",
    "echo $${params.x} é 日本 🚢",
    "\tset -x\n\n  :  \n",
    "python -c 'print({}, [])'",
    "true",
)


def program(chance: Chance, kind: str, names: Names, *, run: bool) -> Fields:
    """A program of one `kind`, which reads `names`; one in Python, what a `run` is called too."""
    makers: Makers = {
        "run": lambda: script(chance, names),
        "command": lambda: words(chance, names),
        "python": lambda: python(chance, run=run),
    }
    return {kind: makers[kind]()}


def script(chance: Chance, names: Names) -> str:
    lines = [chance.pick(_PLAIN) for _ in range(chance.count(1, 2))]
    lines += [chance.pick(_LINES).format(name) for name in chance.some(list(names), 0, 3)]
    return "\n".join(lines) + chance.pick(["", "\n", "\n\n"])


def words(chance: Chance, names: Names) -> list[str]:
    """A program and its arguments."""
    return ["echo", *[text(chance, names) for _ in range(chance.count(0, 3))]]


def text(chance: Chance, names: Names) -> str:
    """A text, never empty, in which references may stand."""
    found = chance.pick([*TEXTS, *DOLLARS])
    for name in chance.some(list(names), 0, 2):
        found = chance.pick([f"{found}/${{{name}}}", f"${{{name}}} {found}", f"${{{name}}}"])
    return found


def python(chance: Chance, *, run: bool) -> str:
    lines = ["print(params, inputs, matrix)", 'x = {"a": [1]}  # é', "'''\n$x $(y) $$\n'''"]
    lines += ["print(run.name, run['uid'])"] if run else []
    return "\n".join(chance.some(lines)) + "\n"


def condition(chance: Chance, names: Names) -> str | None:
    """A condition about one or two of `names`; None if none of them is a plain value."""
    known = [name for name, kind in names.items() if kind in _SCALARS]
    terms = [_term(chance, name, names[name]) for name in chance.some(known, 1, 2)]
    if not terms:
        return None
    return chance.pick([" and ", " or "]).join(terms)


def _term(chance: Chance, name: str, kind: str) -> str:
    forms = {
        "boolean": ("{}", "not {}", "{} == true", "({} or false)"),
        "string": ("{} == 'e\"u'", '{} != "it\'s"', "{} in ['a', \"b\", '']", "not ({} == 'é')"),
    }
    numbers = ("{} > 3", "{} * 2 - 1 <= 1e-3", "-{} / 2 != 0.5", "1 < {} < 10", "{} in [1, 2]")
    return chance.pick(forms.get(kind, numbers)).format(name)
