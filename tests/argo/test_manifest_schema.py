"""schemas/argo.schema.json is what Argo's definitions say. ARGOSY_UPDATE_GOLDEN=1 writes it."""

import json
import os
from typing import Any

import pytest

from tests.argo import crds

FILE = crds.ROOT / "schemas" / "argo.schema.json"
RELEASE = "3.7.3"


def _written(definitions: list[dict[str, Any]]) -> str:
    return json.dumps(crds.schema(definitions, RELEASE), indent=1) + "\n"


def test_the_schema_is_that_of_the_definitions() -> None:
    files = list(crds.definitions())
    if not files:
        pytest.skip("the source of Argo Workflows is not here")
    made = _written(crds.read(files))
    if os.environ.get("ARGOSY_UPDATE_GOLDEN"):
        FILE.write_text(made, "utf-8")
    assert FILE.read_text("utf-8") == made
