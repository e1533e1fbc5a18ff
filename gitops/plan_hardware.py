"""What a step asks of its node, before and after, in words."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gitops.plan_difference import MISSING, canonical, differences, same, shown, shown_change

_NAMES = {"ephemeral-storage": "disk", "nvidia.com/gpu": "gpu", "google.com/tpu": "tpu"}
_ORDER = ("cpu", "memory", "disk", "gpu", "tpu")
_GPU_LABEL = re.compile(r"gpu|accelerator", re.IGNORECASE)
_SPOT = re.compile(r"(?<=asInt\(retries\) < )\d+")
_ACCELERATORS = ("/gpu", "/mig-", "/tpu", "/neuron", "/gaudi")


def hardware_texts(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return what differs, such as `cpu 1 → 2`; both hold resources, nodeSelector, tolerations."""
    old, new = _asked(before), _asked(after)
    texts = [
        _sized(name, old.get(name, MISSING), new.get(name, MISSING))
        for name in sorted({*old, *new}, key=_rank)
        if not same(old.get(name, MISSING), new.get(name, MISSING))
    ]
    for field, key in (("nodeSelector", "node selector"), ("tolerations", "toleration")):
        texts += _placed(key, _shaped(field, before, old), _shaped(field, after, new))
    for field, name in (("affinity", "affinity"), ("priorityClassName", "priority class")):
        texts += _other(name, before.get(field, MISSING), after.get(field, MISSING))
    was, now = (_unsized(side) for side in (before, after))
    texts += [f"resources.{difference}" for difference in differences(was, now)]
    return texts or [str(difference) for difference in differences(before, after)]


def _other(name: str, before: Any, after: Any) -> list[str]:
    """Say how many attempts run on spot nodes, if nothing else differs; else each difference."""
    if same(before, after):
        return []
    counts = [_SPOT.findall(canonical(side)) for side in (before, after)]
    rest = [_SPOT.sub("", canonical(side)) for side in (before, after)]
    if all(counts) and rest[0] == rest[1]:
        return [
            f"attempts on spot nodes {shown_change(*(', '.join(dict.fromkeys(c)) for c in counts))}"
        ]
    return [str(difference) for difference in differences(before, after, name)]


def hardware_summary(hardware: Mapping[str, Any]) -> str:
    """Return what is asked for, such as `cpu 1, memory 2Gi, gpu 1 × A100`."""
    asked = _asked(hardware)
    return ", ".join(f"{name} {_quantity(asked[name])}" for name in sorted(asked, key=_rank))


def _unsized(hardware: Mapping[str, Any]) -> dict[str, Any]:
    resources = _mapping(hardware, "resources")
    return {k: v for k, v in resources.items() if k not in ("requests", "limits")}


def _rank(name: str) -> tuple[int, str]:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER), name


def _mapping(owner: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = owner.get(key)
    return value if isinstance(value, Mapping) else {}


def _asked(hardware: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return request, limit and, of an accelerator, the type and the label that names it."""
    resources, selector = _mapping(hardware, "resources"), _mapping(hardware, "nodeSelector")
    found: dict[str, dict[str, Any]] = {}
    for side in ("requests", "limits"):
        for name, size in _mapping(resources, side).items():
            found.setdefault(_NAMES.get(name, name), {})[side] = size
    labels = [label for label in selector if _GPU_LABEL.search(label)]
    accelerators = [
        name for name in found if name == "gpu" or any(a in name for a in _ACCELERATORS)
    ]
    if len(labels) == len(accelerators) == 1:
        found[accelerators[0]] |= {"type": selector[labels[0]], "label": labels[0]}
    return found


def _sized(name: str, before: Any, after: Any) -> str:
    if before is MISSING:
        return f"+ {name} {_quantity(after)}"
    if after is MISSING:
        return f"− {name} {_quantity(before)}"
    old, new = _quantity(before), _quantity(after)
    if old == new:
        old, new = canonical(before), canonical(after)
    return f"{name} {shown_change(old, new)}"


def _quantity(asked: Mapping[str, Any]) -> str:
    """Write the size alone where request and limit are as they always are for such a resource."""
    request, limit = asked.get("requests", MISSING), asked.get("limits", MISSING)
    size = request if limit is MISSING else limit
    text = shown(size)
    if not same(request, limit) and not (request is MISSING or limit is MISSING):
        text = f"{shown(request)}, limit {shown(limit)}"
    return f"{text} × {asked['type']}" if "type" in asked else text


def _shaped(
    field: str, hardware: Mapping[str, Any], asked: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return selector labels or tolerations by what identifies them, the GPU's own label aside."""
    shown_labels = {quantity.get("label") for quantity in asked.values()}
    value = hardware.get(field, {})
    if isinstance(value, Mapping):
        return {key: item for key, item in value.items() if key not in shown_labels}
    if not isinstance(value, list):
        return {"": value}
    return {_toleration(item): item for item in value}


def _toleration(item: Any) -> str:
    if not isinstance(item, Mapping):
        return canonical(item)
    equals = f"={item['value']}" if "value" in item else ""
    known = {"key", "operator", "value", "effect"}
    rest = canonical({k: v for k, v in item.items() if k not in known})
    operator = f" ({item['operator']})" if "operator" in item else ""
    effect = f":{item['effect']}" if "effect" in item else ""
    text = f"{item.get('key', 'any taint')}{equals}{effect}{operator}"
    return text if rest == "{}" else f"{text} {rest}"


def _placed(title: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name, MISSING), after.get(name, MISSING)
        if same(old, new):
            continue
        text = shown_change(old, new)
        if title == "toleration" and (old is MISSING or new is MISSING):
            yield f"{text[0]} toleration {name}"
        elif old is MISSING or new is MISSING:
            yield f"{text[0]} {title} {name}={text[2:]}"
        else:
            yield f"{title} {name} {text}"
