"""Records: frozen dataclasses for a program that starts often, and ones that change.

The standard decorator compiles six functions for each class, which costs half a millisecond; a
hundred classes would be half of a start, and its module takes ten milliseconds to import. Here one
function is compiled, `__init__`, when a class makes its first instance, and the others are shared.
Instances of a record behave as those of `dataclass(frozen=True)`.
"""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform

_MISSING: Any = object()
_FIELDS = "__record_fields__"
R = TypeVar("R")


class _Field:
    """How a field is filled when a caller does not, and whether it takes part in equality."""

    def __init__(
        self, default: Any = _MISSING, factory: Any = _MISSING, *, init: bool, compare: bool
    ) -> None:
        self.default, self.factory, self.init, self.compare = default, factory, init, compare


def field(
    *,
    default: Any = _MISSING,
    default_factory: Callable[[], Any] = _MISSING,
    init: bool = True,
    compare: bool = True,
    repr: bool = True,  # noqa: A002, ARG001 - as the standard library takes it
) -> Any:
    """Return what a class body assigns to a field that needs more than a default."""
    return _Field(default, default_factory, init=init, compare=compare)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[R]) -> type[R]:
    """Make `cls` a frozen class of its annotated fields, equal and hashed by their values."""
    fields = _fields(cls)
    compared = [name for name, each in fields.items() if each.compare]
    _complete(cls, fields, {**_SHARED, "_record_key": attrgetter(*compared) if compared else len})
    return cls


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def mutable(cls: type[R]) -> type[R]:
    """Make `cls` a class of its annotated fields that may be set; each instance equals itself."""
    _complete(cls, _fields(cls), {"__repr__": _shown})
    return cls


def _fields(cls: type) -> dict[str, _Field]:
    fields: dict[str, _Field] = dict(getattr(cls, _FIELDS, {}))
    for name in cls.__annotations__:
        given = cls.__dict__.get(name, _MISSING)
        if isinstance(given, _Field):
            delattr(cls, name)
        else:
            given = _Field(given, init=True, compare=True)
        fields[name] = given
    return fields


def _complete(cls: type, fields: Mapping[str, _Field], shared: Mapping[str, Any]) -> None:
    found = {_FIELDS: fields, "__init__": _compiled_when_called(cls, fields)}
    for name, value in {**shared, **found}.items():
        if name not in cls.__dict__:
            setattr(cls, name, value)


def replace(instance: R, **changes: Any) -> R:
    """Return a copy of a record with other values in some of its fields."""
    fields: Mapping[str, _Field] = getattr(instance, _FIELDS)
    state = instance.__dict__
    kept = {name: state[name] for name, each in fields.items() if each.init}
    return type(instance)(**{**kept, **changes})


def names(cls: type) -> frozenset[str]:
    """Return the names of the fields of a record."""
    return frozenset(getattr(cls, _FIELDS))


def as_data(value: Any) -> Any:
    """Return a record as a mapping of its fields, records below it too."""
    if fields := getattr(value, _FIELDS, None):
        return {name: as_data(getattr(value, name)) for name in fields}
    if isinstance(value, dict):
        return {key: as_data(item) for key, item in value.items()}
    return [as_data(item) for item in value] if isinstance(value, list | tuple) else value


def _compiled_when_called(cls: Any, fields: Mapping[str, _Field]) -> Any:
    """Return an `__init__` that puts the real one in its place: most classes of a run make none."""

    def __init__(self: Any, *values: Any, **named: Any) -> None:  # noqa: N807
        cls.__init__ = _initializer(fields, checked=hasattr(cls, "__post_init__"))
        cls.__init__(self, *values, **named)

    return __init__


def _initializer(fields: Mapping[str, _Field], *, checked: bool) -> Any:
    parameters, lines, names = ["self"], ["_record_state = self.__dict__"], dict[str, Any]()
    for name, each in fields.items():
        default, factory = f"_default_{name}", f"_factory_{name}"
        names |= {default: each.default, factory: each.factory}
        value, optional = name, each.default is not _MISSING
        if each.factory is not _MISSING:
            value, optional = f"{factory}() if {name} is {default} else {name}", True
        if each.init:
            parameters.append(f"{name}={default}" if optional else name)
        else:
            value = default if each.factory is _MISSING else f"{factory}()"
        lines.append(f"_record_state[{name!r}] = {value}")
    lines += ["self.__post_init__()"] if checked else []
    body = "\n ".join(lines)
    exec(f"def __init__({', '.join(parameters)}):\n {body}", names)  # noqa: S102 - names of fields
    return names["__init__"]


def _equal(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    key = type(self)._record_key
    return key(self) == key(other)


def _hash(self: Any) -> int:
    return hash(type(self)._record_key(self))


def _shown(self: Any) -> str:
    values = (f"{name}={getattr(self, name)!r}" for name in getattr(self, _FIELDS))
    return f"{type(self).__qualname__}({', '.join(values)})"


def _refuse(self: Any, name: str, *_value: object) -> NoReturn:
    raise AttributeError(f"`{name}` of a {type(self).__name__} cannot be set or deleted")


_SHARED = {
    "__eq__": _equal,
    "__hash__": _hash,
    "__repr__": _shown,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
}
