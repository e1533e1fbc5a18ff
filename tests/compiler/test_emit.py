"""The emitter: whatever goes in comes back, from Python's reader and from Kubernetes' own.

ARGOSY_STRINGS says how many awkward strings (1000000 in the nightly form); each is a function of
its number, so that a failure can be had again.
"""

import json
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.emit import text

COUNT = int(os.environ.get("ARGOSY_STRINGS", "20000"))
BATCH = 5000
WORDS = (
    *("y", "n", "Y", "N", "yes", "no", "on", "off", "true", "False", "null", "~", "nan", ".inf"),
    *(
        "1e-5",
        "1e3",
        "12e03",
        "08",
        "0o17",
        "0x1F",
        "1_000",
        "-.5e1",
        "+1",
        "190:20:30",
        "1.",
        ".5",
    ),
    *("2026-01-01", "2026-01-01T00:00:00Z", "<<", "=", "-", "--- a", "...", "- a", "? a", "a: b"),
    *("a #b", "#", "!!str x", "&a", "*a", "|", ">", "%YAML", "@x", "`x`", "{a}", "[a]", "a,b", ":"),
    *(
        "{{item}}",
        "{{=1 + 1}}",
        "${x}",
        "$$",
        "a: ",
        " a",
        "a ",
        "\ta",
        "a\t",
        "a:",
        "0",
        "-0",
        "e",
    ),
)
ALPHABETS = (
    "abcxyz0189 ",
    "0123456789.eE+-_:xob",
    "-?:,[]{}#&*!|>'\"%@`\\/ \t\n",
    " \n\t\r",
    "\x00\x01\x07\x08\x0b\x0c\x1b\x1f\x7f\x80\x85\x9f\xa0\xad",
    "éßñ漢字\u200b\u200e\u2028\u2029\ufeff\ufffd\U0001f600\ue000\U0010fffd",
    "yYnNtTfF~=<>oO",
)


def awkward(number: int) -> str:
    """Return a string that some reader might take for something else."""
    chance = random.Random(number)  # noqa: S311
    if chance.random() < 0.2:
        word = chance.choice(WORDS)
        return chance.choice((word, word + "\n", word + " ", f"{word}\n{word}", word.upper()))
    alphabet = "".join(chance.sample(ALPHABETS, chance.randint(1, 3)))
    length = chance.choice((1, 2, 3, 5, 8, 20, 200))
    return "".join(chance.choice(alphabet) for _ in range(length))


def objects() -> Iterator[dict[str, Any]]:
    """Yield objects that hold the strings as keys, as values, in lists and nested."""
    for first in range(0, COUNT, BATCH):
        strings = [awkward(number) for number in range(first, min(first + BATCH, COUNT))]
        yield {
            "apiVersion": "v1",
            "kind": "Strings",
            "metadata": {"name": f"from-{first}"},
            "keys": {string: {"in": string} for string in strings[::4]},
            "values": {f"v{n}": string for n, string in enumerate(strings)},
            "listed": strings,
            "nested": [[string, {"a": string, "b": [string]}] for string in strings[::4]],
        }


def test_python_reads_what_was_written() -> None:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for found in objects():
        assert yaml.load(text(found), loader) == found  # noqa: S506


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
def test_kubernetes_reads_what_was_written(tmp_path: Path) -> None:
    for number, found in enumerate(objects()):
        (tmp_path / f"{number}.yaml").write_text(text(found), "utf-8")
        command = ["kubectl", "label", "--local", "-o", "json", "-f", f"{tmp_path}/{number}.yaml"]
        read = subprocess.run([*command, "a=b"], capture_output=True, text=True, check=False)
        assert read.returncode == 0, read.stderr
        assert changed(json.loads(read.stdout), found) == []


def changed(read: dict[str, Any], written: dict[str, Any]) -> list[str]:
    parts = ("keys", "values", "listed", "nested")
    return [part for part in parts if read[part] != written[part]]


@pytest.mark.parametrize(
    "number", [0, 1, -1, 10**18, 0.1, -0.5, 1e-20, 1e300, 1.5e16, 123456789.125, 5e-324]
)
def test_numbers_come_back(number: float) -> None:
    for data in ({"a": number}, {"a": [number]}):
        assert yaml.safe_load(text(data)) == data


def test_empty_and_small_things_come_back() -> None:
    data: dict[str, Any] = {
        "a": {},
        "b": [],
        "c": [{}, [], [[]], None, True],
        "d": {"e": {"f": []}},
        "": "",
    }
    assert yaml.safe_load(text(data)) == data


def test_a_script_stays_readable() -> None:
    script = "set -e\necho 'a: b'   # c\n\nif x; then\n  y\nfi\n"
    assert text({"run": script}) == "run: |\n" + "".join(
        f"  {line}\n" if line else "\n" for line in script.split("\n")[:-1]
    )


@pytest.mark.parametrize("strange", [{1: "a"}, {"a": {1: 2}}, {"a": object()}, {"a": float("nan")}])
def test_what_is_no_plain_data_is_refused(strange: dict[Any, Any]) -> None:
    with pytest.raises(TypeError):
        text(strange)


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogate"):
        text({"a": "\ud800"})
