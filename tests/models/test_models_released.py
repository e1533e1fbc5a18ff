"""Versions that came from a rendered pipeline, as MLflow 3 answers to a search by tag."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from argosy.models.failure import ModelError
from argosy.models.released import ReleasedVersion, by_digest
from tests.cli.conftest import make
from tests.servers import Quiet, listening

# recorded from a server of MLflow, whose search leaves aliases out
_VERSION = {
    "name": "churn",
    "creation_timestamp": 1795602165032,
    "last_updated_timestamp": 1795602165032,
    "current_stage": "None",
    "description": "",
    "source": "s3://b/m",
    "run_id": "",
    "status": "READY",
    "run_link": "",
}


@contextmanager
def serving(asked: list[str], status: int = 200) -> Iterator[str]:
    class Handler(Quiet):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            (query,) = parse_qs(parts.query)["filter"]
            asked.append(f"{parts.path} {query}")
            digest = query.split("'")[1]
            found = [{**_VERSION, "version": n, "tags": [{"key": "argosy.digest", "value": digest}]}
                     for n in ("2", "11")]  # fmt: skip
            body = json.dumps({"model_versions": found}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with listening(Handler) as port:
        yield f"http://127.0.0.1:{port}"


def test_versions_are_found_by_the_digest_of_their_pipeline() -> None:
    asked: list[str] = []
    with serving(asked) as uri:
        found = by_digest(uri, "sha256:abc'")
    assert asked == ["/api/2.0/mlflow/model-versions/search tags.`argosy.digest` = 'sha256:abc'"]
    assert found == (ReleasedVersion("churn", 11), ReleasedVersion("churn", 2))


def test_a_server_that_refuses_and_a_store_that_is_none_are_failures() -> None:
    with serving([], 500) as uri, pytest.raises(ModelError):
        by_digest(uri, "sha256:abc")
    with pytest.raises(ModelError):
        by_digest("sqlite:///mlflow.db", "sha256:abc")


@pytest.mark.parametrize("status", [200, 503])
def test_a_promotion_shows_them_or_says_that_they_were_not_seen(
    tmp_path: Path, status: int
) -> None:
    shop, asked = make(tmp_path / "shop"), list[str]()
    with serving(asked, status) as uri:
        shop.edit("ml-dev}", f"ml-dev, mlflow: {{uri: '{uri}'}}}}", shop.root / "argosy.yaml")
        shop.commit()
        assert shop.argosy("publish", "--env", "dev").status == 0
        ended = shop.argosy("promote", "dev", "prod", "--dry-run")
    assert ended.status == 0, ended.err
    seen = "hello: churn version 11 passed its gates, churn version 2 passed its gates"
    assert (seen if status == 200 else "· models  not seen: MLflow at") in ended.out
    digest = asked[0].split("'")[1]
    assert digest in (shop.git("-C", ".argosy/gitops.git", "show",
                               "main:envs/dev/hello/workflowtemplate.yaml"))  # fmt: skip
