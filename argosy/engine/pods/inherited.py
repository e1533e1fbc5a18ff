"""What a step inherits of the environment of whoever started the run: as little as will do."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

_PASSED = re.compile(
    r"PATH|HOME|LANG|LC_ALL|LC_CTYPE|TZ|USER|LOGNAME|TMPDIR|VIRTUAL_ENV|CONDA_PREFIX"
    r"|(?i:https?|no|all)_(?i:proxy)|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE"
    r"|CUDA_VISIBLE_DEVICES|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH"
)
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def inherited() -> dict[str, str]:
    """Return the variables that are passed on."""
    found = {name: value for name, value in os.environ.items() if _PASSED.fullmatch(name)}
    found["PATH"] = _path(found.get("PATH", os.defpath))
    return found


def surroundings(passed: Mapping[str, str], threads: int) -> dict[str, str]:
    """Return what a step has before its own variables: how many threads it may use, too."""
    return {**passed, **dict.fromkeys(_THREADS, str(threads))}


def _path(path: str) -> str:
    """Append our own folder: `python` is the caller's, with the libraries that steps need."""
    own, parts = str(Path(sys.executable).parent), path.split(os.pathsep)
    return path if own in parts else os.pathsep.join([*parts, own])
