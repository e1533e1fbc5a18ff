"""The lock is written in a quick way; its bytes are those of the plain one."""

import json

import pytest

from gitops.lock import Lock, read


@pytest.mark.parametrize(
    "files",
    [{}, {"b/a.yaml": "0" * 64, "a.yaml": "1" * 64}, {f"p{n}/x.yaml": "2" * 64 for n in range(99)}],
)
@pytest.mark.parametrize("project", ["shop", '"files": {}'])
def test_the_bytes_are_those_that_json_indents(files: dict[str, str], project: str) -> None:
    written = Lock("prod", project, files).write()
    plain = json.dumps(json.loads(written), indent=2, sort_keys=True, ensure_ascii=False)
    assert written.decode() == f"{plain}\n"
    assert read(written).files == files
