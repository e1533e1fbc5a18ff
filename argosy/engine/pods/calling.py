"""What runs for an `http` template: one request, and whether its answer is a success."""

import json
import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Data = Mapping[str, Any]
_FAILED = 64
_PATIENCE = 30.0


def main() -> int:
    """Make the request of `order.json`; its body is the result. Return the exit code."""
    order = json.loads(Path("order.json").read_text("utf-8"))
    try:
        status, headers, body = _called(order)
    except (OSError, ValueError) as error:
        return _failed(str(getattr(error, "reason", error)))
    os.write(1, body.encode())
    condition = order.get("successCondition")
    if not condition:
        good = 200 <= status < 300
        return 0 if good else _failed(f"received non-2xx response code: {status}")
    from argosy.engine.language import EvaluationError
    from argosy.engine.language.expression import evaluate_over

    response = {"statusCode": status, "body": body, "headers": headers}
    try:
        if evaluate_over(condition, {"response": response}) is True:
            return 0
    except EvaluationError as error:
        return _failed(f"failed to evaluate expression: {error}")
    return _failed(f"successCondition '{condition}' evaluated false")


def _failed(message: str) -> int:
    os.write(2, f"{message}\n".encode())
    Path("../.said").write_text(message, "utf-8")
    return _FAILED


def _called(order: Data) -> tuple[int, dict[str, list[str]], str]:
    data = order.get("body") or (order.get("bodyFrom") or {}).get("bytes")
    url = str(order["url"])
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"unsupported protocol scheme in {url}")
    request = urllib.request.Request(  # noqa: S310 - its scheme was looked at
        url,
        data.encode() if data else None,
        {
            header["name"]: str(header.get("value") or os.environ.get(f"ARGOSY_HEADER_{n}", ""))
            for n, header in enumerate(order.get("headers") or ())
        },
        method=order.get("method") or "GET",
    )
    trust = ssl.create_default_context()
    if order.get("insecureSkipVerify"):
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    timeout = float(order.get("timeoutSeconds") or _PATIENCE)
    try:
        with urllib.request.urlopen(request, timeout=timeout, context=trust) as answer:  # noqa: S310
            return answer.status, _headers(answer.headers), answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as answer:
        return answer.code, _headers(answer.headers), answer.read().decode("utf-8", "replace")


def _headers(found: Any) -> dict[str, list[str]]:
    return {name: found.get_all(name) for name in found}
