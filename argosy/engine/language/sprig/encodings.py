"""Sprig's functions of encodings, checksums and JSON."""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.expr.builtins import from_json
from argosy.engine.language.values import octets, text_of, to_json


def _lenient(function: Callable[..., Any], otherwise: Any) -> Callable[..., Any]:
    """Return a function that gives `otherwise` where sprig drops an error."""

    def computed(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except EvaluationError:
            return otherwise

    return computed


def _decoded(decode: Callable[[bytes], bytes], name: str) -> Callable[[str], str]:
    """Return a decoder; what is wrong is its result, as in sprig."""

    def computed(text: str) -> str:
        data = octets(text.replace("\n", "").replace("\r", ""))
        try:
            return text_of(decode(data))
        except (binascii.Error, ValueError):
            return f"illegal {name} data at input byte {_wrong_byte(data, decode)}"

    return computed


def _wrong_byte(data: bytes, decode: Callable[[bytes], bytes]) -> int:
    """Return where the data stops being of the encoding, counted in whole groups."""
    size = 4 if decode is _base64 else 8
    for at in range(0, len(data), size):
        try:
            decode(data[at : at + size])
        except (binascii.Error, ValueError):
            return _within(data[at : at + size], at, size)
    return len(data)


_ALPHABETS = {
    4: b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    8: b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
}


def _within(group: bytes, at: int, size: int) -> int:
    wrong = (index for index, byte in enumerate(group) if byte not in _ALPHABETS[size])
    place = next(wrong, None)
    return at + (place or 0)


def _base64(data: bytes) -> bytes:
    return base64.b64decode(data, validate=True)


def _url_parsed(text: str) -> dict[str, str]:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
        hostname = parts.hostname or ""
    except ValueError as error:
        raise EvaluationError(f"unable to parse url: {error}") from None
    userinfo, _, host = parts.netloc.rpartition("@")
    opaque = "" if parts.netloc or parts.path.startswith("/") or not parts.scheme else parts.path
    return {
        "scheme": parts.scheme,
        "host": host,
        "hostname": hostname,
        "path": "" if opaque else parts.path,
        "query": parts.query,
        "opaque": opaque,
        "fragment": parts.fragment,
        "userinfo": userinfo,
    }


def _url_joined(data: Mapping[str, Any]) -> str:
    from urllib.parse import quote

    for key in ("scheme", "host", "path", "query", "opaque", "fragment", "userinfo"):
        if not isinstance(data.get(key, ""), str):
            raise EvaluationError(f"unable to parse {key} key, must be of type string")
    given = {key: str(data.get(key, "")) for key in data}
    scheme = f"{given['scheme']}:" if given.get("scheme") else ""
    rest = given.get("opaque") or ""
    if not rest:
        user = f"{given['userinfo']}@" if given.get("userinfo") else ""
        host = f"//{user}{given.get('host', '')}" if given.get("host") or user else ""
        path = quote(given.get("path", ""), safe="/$&+,:;=@!'()*~")
        rest = host + (f"/{path}" if host and path and not path.startswith("/") else path)
    query = f"?{given['query']}" if given.get("query") else ""
    fragment = f"#{given['fragment']}" if given.get("fragment") else ""
    return f"{scheme}{rest}{query}{fragment}"


def _hashed(name: str) -> Callable[[str], str]:
    def computed(text: str) -> str:
        import hashlib

        return hashlib.new(name, octets(text), usedforsecurity=False).hexdigest()

    return computed


def _adler32(text: str) -> str:
    import zlib

    return str(zlib.adler32(octets(text)))


def _pretty(value: Any) -> str:
    return to_json(value, "  ")


def _raw(value: Any) -> str:
    return to_json(value, escaped=False)


FUNCTIONS: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "b64enc": ("s", lambda text: base64.b64encode(octets(text)).decode()),
    "b64dec": ("s", _decoded(_base64, "base64")),
    "b32enc": ("s", lambda text: base64.b32encode(octets(text)).decode()),
    "b32dec": ("s", _decoded(base64.b32decode, "base32")),
    "sha1sum": ("s", _hashed("sha1")),
    "sha256sum": ("s", _hashed("sha256")),
    "sha512sum": ("s", _hashed("sha512")),
    "adler32sum": ("s", _adler32),
    "fromJson": ("s", _lenient(from_json, None)),
    "mustFromJson": ("s", from_json),
    "toJson": ("a", _lenient(to_json, "")),
    "mustToJson": ("a", to_json),
    "toPrettyJson": ("a", _lenient(_pretty, "")),
    "mustToPrettyJson": ("a", _pretty),
    "toRawJson": ("a", _raw),
    "mustToRawJson": ("a", _raw),
    "urlParse": ("s", _url_parsed),
    "urlJoin": ("m", _url_joined),
}
