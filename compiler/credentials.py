"""What looks like a credential: known formats anywhere, high entropy in values that have a name.

A pattern is compiled only for a text that holds one of its marks, so that a start stays fast.
"""

import base64
import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise

_B64 = "[A-Za-z0-9+/]"
_URL64 = "[A-Za-z0-9_-]"
_WORD = "[A-Za-z0-9]"
_OPENAI = (
    rf"\bsk-(?:(?:proj|svcacct|admin|None)-{_URL64}{{20,}}|{_WORD}{{48}}\b"
    rf"|{_WORD}{{20}}T3BlbkFJ{_WORD}{{20}})"
)
_PRIVATE_KEY = (
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\\r|\\n|\s)+"
    rf"(?:(?:Proc-Type|Version|Comment)[^\n]*|({_B64}{{16,}}))"
)
# what it is, the words one of which every such credential holds, and its form; group 1, where
# there is one, is the secret part
FORMATS: tuple[tuple[str, str, str], ...] = (
    ("a key of AWS", "AKIA ASIA ABIA ACCA", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b"),
    ("a presigned URL of S3", "X-Amz-Sig", r"X-Amz-Signature=[0-9a-f]{64}"),
    (
        "a token of GitHub",
        "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
        rf"\b(?:gh[pousr]_{_WORD}{{36}}|github_pat_\w{{50,}})",
    ),
    (
        "a token of GitLab",
        "glpat- gldt- glrt- glptt- glcbt- gloas- glft- glsoat- glagent-",
        rf"\bgl(?:pat|dt|rt|ptt|cbt|oas|ft|soat|agent)-{_URL64}{{20,}}",
    ),
    (
        "a token of Slack",
        "xoxa- xoxb- xoxe- xoxe. xoxo- xoxp- xoxr- xoxs- xapp-",
        r"\b(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,}",
    ),
    (
        "a webhook of Slack",
        "hooks.slack",
        r"hooks\.slack\.com/(?:services|workflows)/\w+/\w+/\w+",
    ),
    (
        "a webhook of Discord",
        "/webhooks/",
        rf"discord(?:app)?\.com/api/webhooks/\d+/{_URL64}{{60,}}",
    ),
    (
        "a key of Stripe",
        "sk_live_ rk_live_ sk_test_ rk_test_",
        rf"\b[rs]k_(?:live|test)_{_WORD}{{16,}}",
    ),
    ("a secret of a webhook", "whsec_", rf"\bwhsec_{_B64}{{24,}}"),
    ("a key of Anthropic", "sk-ant-", rf"\bsk-ant-[a-z0-9]+-{_URL64}{{20,}}"),
    ("a key of OpenRouter", "sk-or-", r"\bsk-or-v1-[0-9a-f]{64}"),
    (
        "a key of OpenAI",
        "sk-",
        _OPENAI,
    ),
    ("a token of Hugging Face", "hf_ api_org_", r"\b(?:hf|api_org)_[A-Za-z0-9]{34}\b"),
    ("a key of Groq", "gsk_", rf"\bgsk_{_WORD}{{40,}}"),
    ("a key of xAI", "xai-", rf"\bxai-{_WORD}{{70,}}"),
    ("a token of Replicate", "r8_", rf"\br8_{_WORD}{{37}}\b"),
    ("a token of Databricks", "dapi dose dkea", r"\bd(?:api|ose|kea)[0-9a-f]{32}\b"),
    ("a key of Google", "AIza", rf"\bAIza{_URL64}{{35}}"),
    (
        "an OAuth secret of Google",
        "GOCSPX- ya29.",
        rf"\b(?:GOCSPX-{_URL64}{{28}}|ya29\.{_URL64}{{30,}})",
    ),
    (
        "a service account of Google",
        "private_key_id",
        r'"private_key_id"\s*:\s*\\?"[0-9a-f]{40}',
    ),
    (
        "a key of Azure",
        "AccountKey= SharedAccessKey=",
        rf"(?:Account|SharedAccess)Key={_B64}{{42,}}=",
    ),
    ("a signed URL of Azure", "sig=", r"[?&]sig=[A-Za-z0-9%+/]{40,}"),
    ("a JSON web token", "eyJ", rf"\beyJ{_URL64}{{8,}}\.eyJ{_URL64}{{8,}}\.{_URL64}{{16,}}"),
    (
        "a private key",
        "PRIVATE",
        _PRIVATE_KEY,
    ),
    ("a key of PuTTY", "PuTTY-User-Key", r"PuTTY-User-Key-File-\d"),
    ("a key of age", "AGE-SECRET-KEY-", r"\bAGE-SECRET-KEY-1[A-Z0-9]{58}"),
    (
        "a password in an address",
        "://",
        r"://[^\s/?#:@'\"<>{}$]*:(?![*xX]+@)[^\s/?#@'\"<>{}$]{3,}@[A-Za-z0-9\[]",
    ),
    ("a token of npm", "npm_", rf"\bnpm_{_WORD}{{36}}\b"),
    ("a token of PyPI", "pypi-", rf"\bpypi-AgE{_URL64}{{50,}}"),
    ("a token of Docker", "dckr_", rf"\bdckr_(?:pat|oat)_{_URL64}{{27,}}"),
    ("a token of Artifactory", "AKCp", rf"\bAKCp{_WORD}{{60,}}"),
    ("a key of SendGrid", "SG.", rf"\bSG\.{_URL64}{{20,24}}\.{_URL64}{{39,50}}"),
    ("a key of Twilio", "SK", r"\bSK[0-9a-f]{32}\b"),
    ("a key of Mailgun", "key-", r"\bkey-[0-9a-f]{32}\b"),
    (
        "a token of Shopify",
        "shpat_ shpca_ shppa_ shpss_",
        r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b",
    ),
    ("a token of DigitalOcean", "doo_v1_ dop_v1_ dor_v1_", r"\bdo[opr]_v1_[0-9a-f]{64}\b"),
    ("a token of Linear", "lin_api_", rf"\blin_api_{_WORD}{{40}}\b"),
    (
        "a token of Grafana",
        "glsa_ glc_",
        rf"\b(?:glsa_{_WORD}{{32}}_[0-9a-f]{{8}}|glc_{_B64}{{32,}})",
    ),
    ("a key of New Relic", "NRAK- NRII-", r"\bNR(?:AK|II)-[A-Za-z0-9_-]{27,}"),
    ("a token of Vault", "hvs. hvb.", rf"\bhv[sb]\.{_URL64}{{24,}}"),
    ("a token of Terraform", ".atlasv1.", rf"\b{_WORD}{{14}}\.atlasv1\.{_URL64}{{60,}}"),
    ("a token of Pulumi", "pul-", r"\bpul-[0-9a-f]{40}\b"),
    (
        "a token of Doppler",
        "dp.pt. dp.st. dp.ct. dp.sa.",
        rf"\bdp\.(?:pt|st|ct|sa)\.(?:[a-z0-9_-]+\.)?{_WORD}{{40,}}",
    ),
    ("a token of Telegram", ":AA", rf"\b\d{{8,10}}:AA{_URL64}{{33}}\b"),
    ("a token of Notion", "ntn_ secret_", rf"\b(?:ntn_{_WORD}{{40,}}|secret_{_WORD}{{43}}\b)"),
    ("a token of Sentry", "sntry", r"\bsntry[su]_[A-Za-z0-9+/=_-]{40,}"),
    ("a token of PlanetScale", "pscale_", rf"\bpscale_(?:tkn|pw|oauth)_{_URL64}{{32,}}"),
    ("a key of Tailscale", "tskey-", rf"\btskey-[a-z]+-{_URL64}{{16,}}"),
    ("a token of Neptune", "eyJhcGlfYWRkcmVzcyI6", rf"\beyJhcGlfYWRkcmVzcyI6{_B64}{{40,}}"),
    ("a key of Langfuse", "sk-lf-", r"\bsk-lf-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
)
_MARKS = [marks.split() for _, marks, _ in FORMATS]
_LEAST, _LONGEST, _MIXED, _BITS = 20, 14, 0.36, 3.6
_PUBLIC = ("-----BEGIN CERT", "-----BEGIN PUBLIC", "ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-")
_MAGIC = (
    *(b"\x89PNG", b"\x1f\x8b", b"PK\x03\x04", b"%PDF", b"\xff\xd8\xff", b"GIF8", b"\x7fELF"),
    *(b"\x93NUMPY", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PAR1", b"RIFF", b"BZh"),
)
_SECRET = ("SECRET", "TOKEN", "APIKEY", "CREDENTIAL", "CREDENTIALS", "AUTH")
_KEYS = {"API", "ACCESS", "SECRET", "PRIVATE", "SIGNING", "ENCRYPTION"}
_HASHES = {"DIGEST", "SHA", "SHA256", "HASH", "CHECKSUM", "ETAG", "INTEGRITY", "FINGERPRINT"}


def known(text: str) -> Iterator[tuple[str, str]]:
    """Yield (what it is, the secret) for every known format in `text`."""
    for number, marks in enumerate(_MARKS):
        what = FORMATS[number][0]
        if any(map(text.__contains__, marks)):
            for match in _pattern(number).finditer(text):
                yield what, match[1] or match[0] if match.re.groups else match[0]


@lru_cache(1 << 14)  # variables of a project are alike
def suspicious(name: str, value: str) -> bool:
    """Whether a value of this name is a secret that has no known format."""
    if len(value) < 6 or any(mark in value for mark in _PUBLIC):
        return False
    words = [word for word in re.split("[^A-Z0-9]+", name.upper()) if word]
    last = words[-1] if words else ""
    fixed = re.sub(r"\{\{.*?\}\}|\$\([^)]*\)|\$+\{?[A-Za-z_.]*\}?", " ", value).strip()
    if last in ("PASSWORD", "PASSWD", "PASSPHRASE"):
        return len(fixed) >= 6 and " " not in fixed and not _place(fixed)
    pieces = _pieces(fixed)
    named = last in _SECRET or (last == "KEY" and _KEYS & set(words)) or words == ["KAGGLE", "KEY"]
    if named and any(map(_opaque, pieces)):
        return True
    return last != "ID" and not _HASHES & set(words) and any(map(_random, pieces))


@cache
def _pattern(number: int) -> re.Pattern[str]:
    return re.compile(FORMATS[number][2])


def _pieces(text: str) -> list[str]:
    """The words of a value that may be secrets: no addresses, paths and digests."""
    words = re.split(r"[\s,;\"'<>()\[\]{}|]+", text)
    words = [w.partition("=")[2] if re.match("[A-Za-z_-]{1,30}=.", w) else w for w in words]
    kept = [w for w in words if not _place(w) and not re.match("sha[0-9]+[-:]", w)]
    return [p for w in kept for p in re.findall("[A-Za-z0-9+/_=-]{16,}", w)]


def _place(text: str) -> bool:
    return "://" in text or bool(re.match(r"\s*[.~]{0,2}/[\w.-]*(/|$|\s)", text))


def _opaque(piece: str) -> bool:
    """Whether a word is digits and letters in no order that a name would have."""
    parts = re.split("[-_/+=]", piece)
    if len(parts) > 1 and all(p.isalpha() or p.isdigit() or len(p) <= 3 for p in parts):
        return False
    digits = sum(letter.isdigit() for letter in piece)
    return digits >= 3 and len(piece) - digits >= 2 and len(set(piece)) >= 8 and not _text(piece)


def _random(piece: str) -> bool:
    """Whether a word has the entropy and the change of case that chance gives."""
    if len(piece) < _LEAST or not _three_classes(piece) or _text(piece):
        return False
    if max(map(len, re.split("[-_/=]", piece))) < _LONGEST:
        return False
    counts, total = Counter(piece), len(piece)
    bits = -sum(n / total * math.log2(n / total) for n in counts.values())
    return bits >= _BITS and _changes(piece) >= _MIXED


def _three_classes(piece: str) -> bool:
    return all(re.search(kind, piece) for kind in ("[a-z]", "[A-Z]", "[0-9]"))


def _changes(piece: str) -> float:
    """The share of neighbouring letters and digits that differ in kind; by chance it is 0.6."""
    kinds = ["a" if c.islower() else "A" if c.isupper() else "0" for c in piece if c.isalnum()]
    return sum(a != b for a, b in pairwise(kinds)) / max(len(kinds) - 1, 1)


def _text(piece: str) -> bool:
    """Whether it is the base64 of a file: of text, or of what begins as files do."""
    body = piece.rstrip("=")
    body += "=" * (-len(body) % 4)
    try:
        content = base64.b64decode(body, "-_" if set("-_") & set(body) else None, validate=True)
    except ValueError:
        return False
    if content.startswith(_MAGIC):
        return True
    printable = sum(32 <= byte < 127 or byte in (9, 10, 13) for byte in content)
    return len(content) >= 12 and printable >= 0.95 * len(content)
