"""Records behave as frozen dataclasses do, at a fifth of their cost."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from functools import cached_property
from typing import Any

import pytest

from compiler.record import as_data, field, record, replace


@record
class Place:
    file: str
    line: int = 1
    note: str = field(default="", compare=False)
    tags: list[str] = field(default_factory=list, compare=False)
    seen: dict[str, int] = field(default_factory=dict, init=False, compare=False)

    @cached_property
    def shown(self) -> str:
        return f"{self.file}:{self.line}"


@record
class Wide(Place):
    width: int = 0


@record
class Other:
    file: str
    line: int = 1


@dataclasses.dataclass(frozen=True)
class Standard:
    file: str
    line: int = 1
    note: str = dataclasses.field(default="", compare=False)


def test_fields_are_given_by_place_and_by_name_and_have_defaults() -> None:
    place = Place("a", note="n")
    assert (place.file, place.line, place.note, place.tags, place.seen) == ("a", 1, "n", [], {})
    assert Place("a").tags is not Place("a").tags
    assert Wide("a", 2, width=3).width == 3
    assert place.shown == "a:1"


@pytest.mark.parametrize("kind", [Place, Standard])
def test_equality_is_that_of_the_compared_fields(kind: Callable[..., Any]) -> None:
    assert kind("a", 2, note="x") == kind("a", 2, note="y")
    assert kind("a", 2) != kind("a", 3)
    assert len({kind("a"), kind("a", note="z"), kind("b")}) == 2
    assert kind("a") != Other("a")
    assert kind("a") != ("a", 1)


@pytest.mark.parametrize("kind", [Place, Standard])
@pytest.mark.parametrize("arguments", [(), ("a", 1, "n", "t", "u")])
def test_a_call_that_does_not_fit_is_refused(
    kind: Callable[..., Any], arguments: tuple[str, ...]
) -> None:
    with pytest.raises(TypeError):
        kind(*arguments)
    with pytest.raises(TypeError):
        kind("a", seen={})


@pytest.mark.parametrize("kind", [Place, Standard])
def test_nothing_is_set_or_deleted_afterwards(kind: Callable[..., Any]) -> None:
    place = kind("a")
    with pytest.raises(AttributeError):
        place.line = 2
    with pytest.raises(AttributeError):
        del place.line


@record
class Named:
    state: str
    name: str
    names: str = "n"
    instance: str = "i"
    key: str = "k"


def test_a_field_may_have_any_name() -> None:
    found = Named("s", "m")
    assert as_data(found) == {"state": "s", "name": "m", "names": "n", "instance": "i", "key": "k"}


def test_a_copy_with_changes() -> None:
    changed = replace(Place("a", 2, note="n"), line=3)
    assert (changed.file, changed.line, changed.note) == ("a", 3, "n")
    with pytest.raises(TypeError):
        replace(Place("a"), lime=3)


def test_it_is_shown_pickled_and_copied() -> None:
    assert repr(Other("a")) == "Other(file='a', line=1)"
    place = Place("a", 2, tags=["t"])
    for twin in (pickle.loads(pickle.dumps(place)), copy.copy(place), copy.deepcopy(place)):  # noqa: S301
        assert (twin, twin.tags) == (place, ["t"])


def test_as_data() -> None:
    assert as_data({"a": [Other("x"), (1, Other("y", 2))]}) == {
        "a": [{"file": "x", "line": 1}, [1, {"file": "y", "line": 2}]]
    }


@record
class Checked:
    file: str

    def __post_init__(self) -> None:
        if not self.file:
            raise ValueError("no file")


def test_a_record_that_checks_itself_does_so_each_time() -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match=r"^no file$"):
            Checked("")
    with pytest.raises(ValueError, match=r"^no file$"):
        replace(Checked("a"), file="")
