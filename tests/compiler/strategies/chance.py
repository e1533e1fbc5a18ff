"""What is drawn: choices by hypothesis, and words that others have stumbled over."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")
Makers = Mapping[str, Callable[[], Any]]

TEXTS = (
    *("plain", "two words", "it's", 'say "hi"', "a: b # c", "é ü ß", "日本", "🚢", "שלום", "#x"),
    *("yes", "on", "null", "~", "true", "1e3", "0x1F", "012", "2024-01-01", "12:30:45", ".nan"),
    *("- x", "[a]", "{a}", "&a *b", "!t", "@at", "| >", "%d", "x\ny", "x\n\n  y\n", "a\tb", " a "),
    *("back\\slash", "$HOME ${HOME} `ls`", "a,b=c", "<&>", "$5", "zero\u200bwidth", "x" * 300, "-"),
)
# a kubelet and Argo read these as their own unless somebody takes care
DOLLARS = ("$$", "$(HOME)", "$(", "$${params.x}", "a$$b $", "$$(X)", "${x.y")
WORDS = (
    *("a", "train", "train-model", "on", "null", "yes", "e1", "x2", "class", "import", "lambda"),
    *("workflow", "steps", "inputs", "item", "status", "tasks", "retries", "is", "none", "len"),
    *("e" + "x" * 39, "ask", "a-b-c-d", "m0", "pass", "outputs", "params", "run", "each", "env"),
)
KEYS = (
    *("x", "rows", "n", "lambda", "class", "from", "is", "a_b", "value", "default", "e1", "on"),
    *("workflow", "name", "k" * 40, "auc", "type", "items", "get", "null", "not", "true", "len"),
)
OBJECTS = ("a", "hub-token", "0", "a.b-c", "x" * 253, "null", "1e3")
LABEL_KEYS = ("zone", "a/b", "Team_1", "example.com/" + "k" * 63, "topology.kubernetes.io/zone")
LABEL_VALUES = ("", "a", "1", "true", "NVIDIA-L4", "x_y.z", "v" * 63)
DURATIONS = ("1s", "30s", "5m", "2h", "7d")
IMAGES = (
    "busybox:1",
    "ghcr.io/acme/churn@sha256:" + "0123456789abcdef" * 4,
    "localhost:5000/a/b_c:V1.2-x",
)


@dataclass(frozen=True)
class Chance:
    """Draws for one example; `draw` is that of hypothesis."""

    draw: Callable[[st.SearchStrategy[Any]], Any]

    def pick(self, options: Sequence[T]) -> T:
        found: T = self.draw(st.sampled_from(options))
        return found

    def flag(self, one_in: int = 2) -> bool:
        return self.count(1, one_in) == one_in

    def count(self, least: int, most: int) -> int:
        found: int = self.draw(st.integers(least, most))
        return found

    def some(self, options: Sequence[T], least: int = 1, most: int = 3) -> list[T]:
        """Return some of `options`, none twice."""
        left, found = list(options), list[T]()
        for _ in range(min(self.count(least, most), len(left))):
            found.append(left.pop(self.count(0, len(left) - 1)))
        return found

    def fields(self, makers: Makers, *, one_in: int = 2, least: int = 0) -> dict[str, Any]:
        """Return a mapping with some of the keys, at least as many as `least`."""
        chosen = [key for key in makers if self.flag(one_in)]
        chosen += self.some([k for k in makers if k not in chosen], least, least)[
            : max(least - len(chosen), 0)
        ]
        return {key: makers[key]() for key in makers if key in chosen}

    def either(self, *makers: Callable[[], Any]) -> Any:
        return self.pick(makers)()

    def labels(self) -> dict[str, str]:
        return {key: self.pick(LABEL_VALUES) for key in self.some(LABEL_KEYS)}

    def text(self) -> str:
        return self.pick(TEXTS)
