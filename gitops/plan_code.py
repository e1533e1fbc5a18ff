"""Code files of a pipeline: taken out of the ConfigMap and the volume that mounts it."""

from collections.abc import Iterator, Mapping
from typing import Any

from gitops.plan_change import Change
from gitops.plan_data import copied
from gitops.plan_difference import MISSING, canonical, counted_lines, differences, same

Code = Mapping[str, Mapping[str, Any]]
_TEXT, _BINARY = "text", "binary"


def take_code(
    template: Mapping[str, Any], configmap: Mapping[str, Any]
) -> tuple[Code, dict[str, Any], dict[str, Any]]:
    """Return each code file by its path in the step, and both objects without them."""
    definition, rest = copied(template), copied(configmap)
    files: dict[str, dict[str, Any]] = {}
    for field, kind in (("data", _TEXT), ("binaryData", _BINARY)):
        if isinstance(rest.get(field), dict):
            for key, content in rest.pop(field).items():
                files.setdefault(key, {})[kind] = content
    return _by_path(files, _take_items(definition)), definition, rest


def code_changes(
    before: Code, after: Code, scripts: Mapping[str, str], quiet: frozenset[str]
) -> Iterator[Change]:
    """Yield a change a file; `scripts` names the step of a script, `quiet` come with a new step."""
    for path in sorted({*before, *after}):
        old, new = before.get(path, MISSING), after.get(path, MISSING)
        if same(old, new) or (path in quiet and (old is MISSING or new is MISSING)):
            continue
        yield _change(path, old, new, scripts.get(path, ""))


def content(file: Mapping[str, Any]) -> str:
    """Return what tells the content of a file from another's."""
    return canonical({key: file.get(key) for key in (_TEXT, _BINARY)})


def _take_items(template: dict[str, Any]) -> list[dict[str, Any]]:
    spec = template.get("spec")
    volumes = spec.get("volumes") if isinstance(spec, dict) else None
    for volume in volumes if isinstance(volumes, list) else []:
        source = volume.get("configMap") if isinstance(volume, dict) else None
        if not isinstance(source, dict) or volume.get("name") != "code":
            continue
        items = source.get("items")
        if isinstance(items, list) and _are_items(items):
            found: list[dict[str, Any]] = source.pop("items")
            return found
    return []


def _are_items(items: list[Any]) -> bool:
    """Whether each item has a key and a path of its own."""
    if not all(isinstance(item, dict) for item in items):
        return False
    for field in ("key", "path"):
        names = [item.get(field) for item in items]
        if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
            return False
    return True


def _by_path(
    files: dict[str, dict[str, Any]], items: list[dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    code = {item["path"]: {"item": item, **files.pop(item["key"], {})} for item in items}
    for key, file in files.items():
        code[f"{key} (not mounted)"] = file
    return code


def _change(path: str, before: Any, after: Any, step: str) -> Change:
    subject, name, aspect = ("step", step, "script") if step else ("code", path, "")
    if before is MISSING:
        return Change("added", "code", path, "", _size(after), "info", None, after)
    if after is MISSING:
        return Change("removed", "code", path, "", _size(before), "attention", before, None)
    texts = []
    kinds = [key for key in (_TEXT, _BINARY) if not same(before.get(key), after.get(key))]
    for kind in kinds:
        old, new = before.get(kind), after.get(kind)
        lines = kind == _TEXT and isinstance(old, str) and isinstance(new, str)
        texts.append(counted_lines(old, new) if lines else f"{kind} content changed")
    texts += [str(d) for d in differences(before.get("item"), after.get("item"), "mount")]
    return Change("changed", subject, name, aspect, ", ".join(texts), "info", before, after)


def _size(file: Mapping[str, Any]) -> str:
    text = file.get(_TEXT)
    if not isinstance(text, str):
        return "binary" if _BINARY in file else "no content"
    lines = len(text.splitlines())
    return f"{lines} line{'' if lines == 1 else 's'}"
