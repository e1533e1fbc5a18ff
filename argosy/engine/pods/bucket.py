"""A real bucket: S3's protocol, signed (AWS Signature 4), with the standard library alone.

`ARGOSY_S3_ENDPOINT` turns it on, such as `http://localhost:9000`; the keys are those of every S3
tool, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`. Nothing is ever sent without it.
"""

import hashlib
import hmac
import http.client
import os
import shutil
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from argosy.engine.failure import EngineError
from compiler.record import record

_PATIENCE = 60  # seconds without an answer
_LARGEST = 5 << 30  # what one request may carry
_UNSIGNED = "UNSIGNED-PAYLOAD"
_CHUNK = 1 << 20


@record
class Endpoint:
    """Where buckets are, and as whom."""

    url: str
    key: str
    secret: str
    region: str


def endpoint() -> Endpoint:
    """Return the endpoint that the environment names; raise `EngineError` when it is no URL."""
    url = os.environ["ARGOSY_S3_ENDPOINT"]
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise EngineError(f"ARGOSY_S3_ENDPOINT: `{url}` is no URL", "write http://HOST:PORT")
    key, secret = (os.environ.get(f"AWS_{n}", "") for n in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"))
    return Endpoint(url.rstrip("/"), key, secret, os.environ.get("AWS_REGION", "us-east-1"))


def fetch(at: Endpoint, bucket: str, key: str, target: Path) -> bool:
    """Write object `key` to `target`, or all below it to a folder; return whether there is any."""
    if not key.endswith("/") and _get(at, bucket, key, target):
        return True
    prefix = f"{key.rstrip('/')}/"
    names = list(_listed(at, bucket, prefix))
    for name in names:
        inner = target.joinpath(*_plain(name.removeprefix(prefix)))
        inner.parent.mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            _get(at, bucket, name, inner)
    return bool(names)


def send(at: Endpoint, bucket: str, key: str, source: Path) -> None:
    """Store a file as object `key`; of a folder, each file below it."""
    files = [source] if source.is_file() else sorted(p for p in source.rglob("*") if p.is_file())
    for file in files:
        name = key if file == source else f"{key.rstrip('/')}/{file.relative_to(source).as_posix()}"
        size = file.stat().st_size
        if size > _LARGEST:
            raise EngineError(f"{file} has {size} bytes; a bucket takes {_LARGEST} in one request")
        with file.open("rb") as body:
            _answer(at, "PUT", f"/{bucket}/{name}", {}, body, size).close()


def _get(at: Endpoint, bucket: str, key: str, target: Path) -> bool:
    try:
        with _answer(at, "GET", f"/{bucket}/{key}", {}) as answer, target.open("wb") as file:
            shutil.copyfileobj(answer, file, _CHUNK)
    except FileNotFoundError:
        return False
    return True


def _listed(at: Endpoint, bucket: str, prefix: str) -> Iterator[str]:
    query = {"list-type": "2", "prefix": prefix}
    while True:
        with _answer(at, "GET", f"/{bucket}", query) as answer:
            page = ElementTree.fromstring(answer.read())  # noqa: S314 - the user's own server
        space = page.tag.partition("}")[0].lstrip("{")
        yield from (each.text or "" for each in page.iter(f"{{{space}}}Key"))
        more = page.findtext(f"{{{space}}}NextContinuationToken")
        if not more:
            return
        query = {**query, "continuation-token": more}


def _plain(name: str) -> list[str]:
    parts = [part for part in name.split("/") if part]
    if ".." in parts:
        raise EngineError(f"object `{name}` would leave its folder")
    return parts


def _answer(
    at: Endpoint,
    method: str,
    path: str,
    query: Mapping[str, str],
    body: IO[bytes] | None = None,
    size: int = 0,
) -> http.client.HTTPResponse:
    """Send a request; raise `FileNotFoundError` for what is not there, else `EngineError`."""
    parts = urllib.parse.urlsplit(at.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=_PATIENCE, blocksize=_CHUNK)
    quoted = urllib.parse.quote(path)
    asked = urllib.parse.urlencode(sorted(query.items()), quote_via=urllib.parse.quote)
    headers = _signed(at, method, quoted, asked, parts.netloc)
    if body is not None:
        headers["Content-Length"] = str(size)
    try:
        connection.request(method, f"{quoted}?{asked}" if asked else quoted, body, headers)
        answer = connection.getresponse()
    except OSError as error:
        raise EngineError(f"{at.url} does not answer: {error}") from None
    if answer.status == http.HTTPStatus.NOT_FOUND:
        raise FileNotFoundError(path)
    if answer.status >= http.HTTPStatus.BAD_REQUEST:
        said = answer.read(2000).decode("utf-8", "replace")
        raise EngineError(f"{method} {path} at {at.url}: {answer.status} {_message(said)}")
    return answer


def _message(text: str) -> str:
    return text.partition("<Message>")[2].partition("</Message>")[0] or text[:200]


def _signed(at: Endpoint, method: str, path: str, query: str, host: str) -> dict[str, str]:
    """Return the headers of a request, with its signature (AWS Signature, version 4)."""
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    headers = {"host": host, "x-amz-content-sha256": _UNSIGNED, "x-amz-date": now}
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = "\n".join((method, path, query, lines, names, _UNSIGNED))
    scope = f"{now[:8]}/{at.region}/s3/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{at.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{digest}"
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = f"Credential={at.key}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "Authorization": f"AWS4-HMAC-SHA256 {credential}"}
