"""`depends`: the tasks that it names, as Argo reads them."""

import re
from collections.abc import Callable, Container, Iterator, Mapping

from compiler.manifests.holders import Data, words

RESULTS = (
    *("Succeeded", "Failed", "Errored", "Skipped", "Omitted", "Daemoned"),
    *("AnySucceeded", "AllFailed"),
)
OF_ITEMS = ("AnySucceeded", "AllFailed")
_TERM = re.compile(r"([a-zA-Z0-9][-a-zA-Z0-9]*?\.[A-Z][a-zA-Z]+)|([a-zA-Z0-9][-a-zA-Z0-9]*)")
_TOKEN = re.compile(r"[()]|\|\||[-\w]+\.\w+")
_RESULT = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9]*?\.[A-Z][a-zA-Z]+")


def expression(task: Data) -> str:
    """Return the `depends` of a task; the older `dependencies` as one."""
    if found := words(task.get("depends")):
        return found
    names = task.get("dependencies")
    return " && ".join(words(name) for name in (names if isinstance(names, list) else []))


def needed(task: Data) -> dict[str, bool]:
    """Return the tasks that a task waits for: whether it asks for a result of many."""
    found: dict[str, bool] = {}
    for match in _TERM.finditer(expression(task)):
        if not match[1]:
            found[match[2]] = False
            continue
        name, _, result = match[1].partition(".")
        found[name] = result in OF_ITEMS or found.get(name, False)
    return found


def unknown_results(task: Data) -> Iterator[tuple[str, str]]:
    """Yield each task and the result asked of it that is none."""
    for term in _RESULT.findall(words(task.get("depends"))):
        name, _, result = term.partition(".")
        if result not in RESULTS:
            yield name, result


def expanded(text: str) -> str:
    """Return the text with bare names as the results that they stand for."""
    return _TERM.sub(lambda m: m[0] if m[1] else f"({m[0]}.Succeeded || {m[0]}.Skipped)", text)


def holds(text: str, true: Callable[[str], bool]) -> bool:
    """Whether an expression of results, none of them negated, holds when those are `true`."""
    either, every, outer = False, True, list[tuple[bool, bool]]()
    for term in _TOKEN.findall(text):
        if term == "(":
            outer.append((either, every))
            either, every = False, True
        elif term == "||":
            either, every = either or every, True
        elif term == ")" and outer:
            inner = either or every
            either, every = outer.pop()
            every = every and inner
        elif term != ")":
            every = every and true(term)
    return either or every


class Names(Container[str]):
    """Some of many names, as the bits of one number: sets of them would grow with the square."""

    def __init__(self, numbers: Mapping[str, int], bits: int = 0) -> None:
        self.numbers, self.bits = numbers, bits

    def __contains__(self, name: object) -> bool:
        number = self.numbers.get(name) if isinstance(name, str) else None
        return number is not None and bool(self.bits >> number & 1)


def ancestors(tasks: Mapping[str, Data]) -> dict[str, Names]:
    """Return for each task all those that end before it starts."""
    numbers = {name: number for number, name in enumerate(tasks)}
    direct = {name: [n for n in needed(task) if n in tasks] for name, task in tasks.items()}
    found: dict[str, int] = {}
    stack = [(name, False) for name in reversed(list(tasks))]
    while stack:
        name, done = stack.pop()
        if done:
            for each in direct[name]:
                found[name] |= found.get(each, 0) | 1 << numbers[each]
        elif name not in found:
            found[name] = 0
            stack += [(name, True), *((each, False) for each in direct[name])]
    return {name: Names(numbers, bits) for name, bits in found.items()}
