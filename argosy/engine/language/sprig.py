"""The functions of sprig 3.3 that are fixed by their arguments, under `sprig.`."""

from collections.abc import Mapping
from typing import Any

FUNCTIONS: Mapping[str, Any] = {}
