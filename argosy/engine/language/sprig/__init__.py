"""The functions of sprig 3.3 under `sprig.`: those that are fixed by their arguments.

The others (clock, chance, network, keys) are refused by name. `env` and `expandenv` do not exist,
as in Argo.
"""

from collections.abc import Mapping

from argosy.engine.language.errors import RefusedError
from argosy.engine.language.sprig import encodings, lists, maps, numbers, paths, patterns, texts
from argosy.engine.language.sprig.signature import Typed

REFUSED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("ago", "date", "date_in_zone", "date_modify", "dateInZone", "dateModify"),
            *("duration", "durationRound", "htmlDate", "htmlDateInZone", "must_date_modify"),
            *("mustDateModify", "mustToDate", "now", "toDate", "unixEpoch"),
        ),
        "it depends on the clock or on the zone of the controller",
    ),
    **dict.fromkeys(
        (
            *("randAlphaNum", "randAlpha", "randAscii", "randNumeric", "randInt", "randBytes"),
            *("shuffle", "uuidv4", "bcrypt", "htpasswd", "encryptAES", "genPrivateKey", "genCA"),
            *("genCAWithKey", "genSelfSignedCert", "genSelfSignedCertWithKey", "genSignedCert"),
            *("genSignedCertWithKey",),
        ),
        "it gives another value each time",
    ),
    "getHostByName": "it asks the network",
    **dict.fromkeys(("derivePassword", "buildCustomCert", "decryptAES"), "it works on secret keys"),
    **dict.fromkeys(("semver",), "its value is an object of Go"),
}


def _refused(name: str, reason: str) -> Typed:
    def refuse(*_arguments: object) -> None:
        raise RefusedError(f"`sprig.{name}` is not supported here: {reason}")

    return Typed(name, "*a", refuse)


FUNCTIONS: Mapping[str, Typed] = {
    name: Typed(name, signature, function)
    for module in (encodings, lists, maps, numbers, paths, patterns, texts)
    for name, (signature, function) in module.FUNCTIONS.items()
} | {name: _refused(name, reason) for name, reason in REFUSED.items()}
