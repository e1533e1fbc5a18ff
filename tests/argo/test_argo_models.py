"""What is kept of Hera's models judges as Hera does, and only where that Hera is installed."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from compiler import argo_models
from tests.argo import mutants
from tests.argo.argo_models import written


def manifest(**spec: Any) -> dict[str, Any]:
    about = {"apiVersion": "argoproj.io/v1alpha1", "metadata": {"name": "a"}}
    return {**about, "kind": "WorkflowTemplate", "spec": spec}


def installed() -> Any:
    kept = argo_models.kept()
    if kept is None:
        pytest.skip("kept of another Hera or pydantic: `python -m tests.argo.argo_models`")
    return kept


def said(judge: Callable[[Any], Any], one: Any) -> Any:
    from pydantic import ValidationError

    try:
        return judge(one)
    except ValidationError as error:
        return [(one["loc"], one["msg"], one["type"]) for one in error.errors()]


def asked() -> Iterator[Any]:
    golden = [one for one in mutants.golden() if one.get("kind") in argo_models.KINDS]
    yield from golden
    yield from (mutants.mutant(number, golden) for number in range(500))
    for text in ("aGk=", "no base64", "é", "", 5, None, True, 1e400):
        http = {"url": "x", "bodyFrom": {"bytes": text}, "timeoutSeconds": text}
        item = {"name": "b", "template": "a", "withItems": [text, {"a": text}]}
        metadata = {"labels": {"a": text}}
        leaf = {"name": "a", "http": http, "metadata": metadata, "activeDeadlineSeconds": text}
        yield manifest(templates=[leaf, {"name": "m", "dag": {"tasks": [item]}}])
    strange: tuple[Any, ...] = (None, [], "x", 5, {"templates": {}})
    yield from ({**manifest(), "spec": odd} for odd in strange)


def test_what_is_kept_is_what_hera_describes() -> None:
    installed()
    assert argo_models.PLACE.read_text("utf-8") == written()


def test_it_judges_each_manifest_and_each_mutant_as_hera_itself() -> None:
    kept = installed()
    judges = {
        kind: (argo_models.compiled(kept, kind), argo_models.original(kind))
        for kind in argo_models.KINDS
    }
    refused = 0
    for one in asked():
        if (kind := one.get("kind")) in judges:
            ours, theirs = (said(judge, one) for judge in judges[kind])
            assert ours == theirs, one
            refused += isinstance(ours, list)
    assert refused > 50


def test_another_hera_judges_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = json.loads(argo_models.PLACE.read_text("utf-8"))
    for library in data["made"]:
        other = {**data, "made": {**data["made"], library: "0.0.1"}}
        (tmp_path / "kept.json").write_text(json.dumps(other), "utf-8")
        monkeypatch.setattr(argo_models, "PLACE", tmp_path / "kept.json")
        argo_models.kept.cache_clear()
        assert argo_models.kept() is None
    monkeypatch.undo()
    argo_models.kept.cache_clear()
