"""The environment of a step: a little of the caller's, then what its manifest says."""

import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from argosy.engine.failure import EngineError

_PASSED = re.compile(
    r"PATH|HOME|LANG|LC_ALL|LC_CTYPE|TZ|USER|LOGNAME|TMPDIR|VIRTUAL_ENV|CONDA_PREFIX"
    r"|(?i:https?|no|all)_(?i:proxy)|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE"
    r"|CUDA_VISIBLE_DEVICES|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH"
)
_EXPANSION = re.compile(r"\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def build(
    variables: Iterable[Mapping[str, Any]], supplied: Mapping[str, str], secrets: Path, threads: int
) -> dict[str, str]:
    """Return the environment: each variable expanded with those before it, as a kubelet does.

    `supplied` are defaults; secrets come from the file `secrets/NAME/KEY`, or from a variable
    of the same name in the caller's environment.
    """
    found = {name: value for name, value in os.environ.items() if _PASSED.fullmatch(name)}
    found["PATH"] = _path(found.get("PATH", os.defpath))
    found |= {name: str(threads) for name in _THREADS} | dict(supplied)
    own: dict[str, str] = {}
    for variable in variables:
        name = variable["name"]
        if "valueFrom" in variable:
            own[name] = _secret(name, variable["valueFrom"], secrets)
        else:
            own[name] = expand(variable.get("value", ""), own)
    return found | own


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Expand `$(NAME)` and `$$` as the kubelet does in env, command and args."""

    def expanded(match: re.Match[str]) -> str:
        return "$" if match[0] == "$$" else variables.get(match[1], match[0])

    return _EXPANSION.sub(expanded, text)


def _path(path: str) -> str:
    """Append our own folder: `python` is the caller's, with the libraries that steps need."""
    own, parts = str(Path(sys.executable).parent), path.split(os.pathsep)
    return path if own in parts else os.pathsep.join([*parts, own])


def _secret(name: str, source: Mapping[str, Any], secrets: Path) -> str:
    reference = source.get("secretKeyRef")
    if reference is None:
        kind = next(iter(source), "nothing")
        raise EngineError(f"variable `{name}`: `{kind}` is not supported here")
    file = secrets / reference["name"] / reference["key"]
    if file.is_file():
        return str(file.read_text("utf-8")).removesuffix("\n")
    if name in os.environ:
        return os.environ[name]
    if reference.get("optional"):
        return ""
    hint = f"set {name} in the environment, or write it to {file}"
    raise EngineError(f"secret `{reference['name']}` key `{reference['key']}` is not there", hint)
