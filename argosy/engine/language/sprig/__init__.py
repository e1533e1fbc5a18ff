"""The functions of sprig 3.3 under `sprig.`: texts, lists, numbers, dates, chance.

Those of keys and of the network are refused by name. `env` and `expandenv` do not exist, as in
Argo.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from argosy.engine.language.errors import RefusedError
from argosy.engine.language.sprig import encodings, lists, maps, numbers, paths, patterns, texts
from argosy.engine.language.sprig.signature import Typed

_KEYS = "it makes or reads secret keys: take them from a Secret"
REFUSED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("bcrypt", "htpasswd", "encryptAES", "decryptAES", "genPrivateKey", "genCA"),
            *("genCAWithKey", "genSelfSignedCert", "genSelfSignedCertWithKey", "genSignedCert"),
            *("genSignedCertWithKey", "buildCustomCert"),
        ),
        _KEYS,
    ),
    "getHostByName": "it asks the network: the names of a cluster are not those of this machine",
}
# modules that few expressions need
_LATE: Mapping[str, tuple[str, ...]] = {
    "dates": (
        *("ago", "date", "date_in_zone", "date_modify", "dateInZone", "dateModify", "duration"),
        *("durationRound", "htmlDate", "htmlDateInZone", "must_date_modify", "mustDateModify"),
        *("mustToDate", "now", "toDate", "unixEpoch"),
    ),
    "chance": (
        *("randAlpha", "randAlphaNum", "randAscii", "randNumeric", "randBytes", "randInt"),
        *("shuffle", "uuidv4"),
    ),
}


class _Late(Typed):
    """A function whose module is imported when it is first called."""

    def __init__(self, name: str, module: str) -> None:
        super().__init__(name, "", self._found)
        self._module = module

    def __call__(self, *arguments: Any) -> Any:
        return self._found()(*arguments)

    def _found(self) -> Typed:
        functions = import_module(f"{__name__}.{self._module}").FUNCTIONS
        return Typed(self.name, *functions[self.name])


def _semver(text: str) -> Any:
    from argosy.engine.language.sprig.versions import SemVer

    return SemVer(text)


def _refused(name: str, reason: str) -> Typed:
    def refuse(*_arguments: object) -> None:
        raise RefusedError(f"`sprig.{name}` is not supported here: {reason}")

    return Typed(name, "*a", refuse)


FUNCTIONS: Mapping[str, Typed] = {
    **{
        name: Typed(name, signature, function)
        for module in (encodings, lists, maps, numbers, paths, patterns, texts)
        for name, (signature, function) in module.FUNCTIONS.items()
    },
    **{name: _Late(name, module) for module, names in _LATE.items() for name in names},
    "semver": Typed("semver", "s", _semver),
    # its first argument is a number that no expression can give
    "derivePassword": Typed("derivePassword", "ussss", lambda *_: ""),
    **{name: _refused(name, reason) for name, reason in REFUSED.items()},
}
