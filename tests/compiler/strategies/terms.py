"""What a pipeline says of itself and its runs: parameters, schedules, retention, notices."""

from typing import Any

from tests.compiler.strategies.chance import DURATIONS, OBJECTS, TEXTS, Chance

Fields = dict[str, Any]
_TEXTS = [text for text in TEXTS if text]
# declarations, each with values that it takes
PARAMETERS: tuple[tuple[Fields, list[Any]], ...] = (
    ({"type": "integer", "default": 3, "min": 1, "max": 10**12}, [1, 3, 10**12]),
    ({"type": "integer", "enum": [1, 2, -3]}, [1, -3]),
    ({"type": "number", "default": 1e-3, "min": -1.5}, [1e-3, 7, -1.5, 1e22]),
    ({"type": "number", "max": 2, "default": -0.0}, [2, 0.1]),
    ({"type": "boolean", "default": True}, [True, False]),
    ({"type": "boolean"}, [False]),
    ({"type": "string"}, _TEXTS),
    ({"type": "string", "default": ""}, ["", *_TEXTS]),
    ({"type": "string", "enum": ["us", "e'u", 'x"y'], "default": "us"}, ["us", "e'u"]),
    ({"type": "string", "pattern": "v[0-9]+(é|\\.x)?", "default": "v1"}, ["v2", "v30é"]),
    ({"type": "list", "default": []}, [[], ["a b", "it's"]]),
    ({"type": "list", "default": ['e"u', "1", "x\ny"]}, [["a"], _TEXTS[:9]]),
    ({"type": "list", "items": "integer", "default": [1, -2]}, [[3], [10**15]]),
    ({"type": "list", "items": "number", "default": [0.5, 1]}, [[1e-7]]),
    ({"type": "list", "items": "boolean", "default": [True]}, [[False, True]]),
    ({"type": "list", "items": "string"}, [["", "a"]]),
    (
        {
            "type": "list",
            "items": {"city": "string", "zone": "integer", "is": "boolean", "rate": "number"},
            "default": [{"city": "new 'york", "zone": 1, "is": True, "rate": 0.5}],
        },
        [[], [{"city": "é", "zone": -2, "is": False, "rate": 1}]],
    ),
)
_OPTIONAL = [pair for pair in PARAMETERS if "default" in pair[0]]
_ZONES = ("Etc/UTC", "Europe/London", "Asia/Kathmandu", "America/St_Johns")
_CRONS = (
    "0 2 * * *",
    "@daily",
    "*/5 1-3,7 ? JAN-mar MON",
    "59 23 31 12 0",
    "@hourly",
    "0 0 29 2 *",
)


def parameter(chance: Chance) -> tuple[Fields, list[Any]]:
    body, values = chance.pick(PARAMETERS if chance.flag(4) else _OPTIONAL)
    described = {"description": chance.text()} if chance.flag(3) else {}
    default: Fields = {}
    if "default" in body and isinstance(body["default"], str) and "pattern" not in body:
        default = {"default": chance.pick(values)}
    return {**body, **default, **described}, values


def schedule(chance: Chance, params: dict[str, list[Any]]) -> Any:
    """A schedule; `params` are values that the parameters take."""
    if chance.flag(4):
        return chance.pick(_CRONS)
    if chance.flag():
        names = chance.some(["eu", "us", "a" * 40])
        return [{"name": name, **_entry(chance, params)} for name in names]
    return _entry(chance, params)


def _entry(chance: Chance, params: dict[str, list[Any]]) -> Fields:
    given = {name: chance.pick(params[name]) for name in chance.some(list(params))}
    found = chance.fields(
        {
            "timezone": lambda: chance.pick(_ZONES),
            "concurrency": lambda: chance.pick(["allow", "forbid", "replace"]),
            "deadline": lambda: chance.pick(DURATIONS),
            "suspend": chance.flag,
            "until": lambda: chance.pick(["2027-03-31", "2096-02-29"]),
            "except": lambda: chance.some(
                [
                    {"from": "2026-12-20", "to": "2027-01-02"},
                    {"from": "2026-08-01"},
                    {"days": ["sat", "sun"]},
                    {"days": ["mon"], "from": "18:00", "to": "24:00"},
                    {"days": ["tue", "wed", "thu", "fri"], "to": "06:30"},
                ]
            ),
        }
    )
    crons = chance.pick([chance.pick(_CRONS), chance.some(_CRONS)])
    return {"cron": crons, **found, **({"params": given} if given else {})}


def shared(chance: Chance) -> Fields:
    """What pipelines and the defaults of projects have in common."""
    return chance.fields(
        {
            "retention": lambda: retention(chance),
            "serviceAccount": lambda: chance.pick(OBJECTS),
            "imagePullSecrets": lambda: chance.some(OBJECTS),
            "security": lambda: security(chance),
        }
    )


def own(chance: Chance) -> Fields:
    """What only pipelines say; each of it may differ by environment."""
    return chance.fields(
        {
            "owner": lambda: chance.pick(_TEXTS),
            "description": chance.text,
            "links": lambda: {
                "a": "https://x.example/é?a=1&b='#c",
                **({"run-book": "http://h:8080"} if chance.flag() else {}),
            },
            "tags": lambda: chance.some(["weekly", "null", "t" * 40]),
            "timeout": lambda: "2d",
            "parallelism": lambda: chance.count(1, 1000),
            "concurrency": lambda: _concurrency(chance),
        }
    ) | shared(chance)


def retention(chance: Chance) -> Fields:
    kept = {"success": lambda: chance.count(0, 9), "failure": lambda: chance.count(0, 1000)}
    return chance.fields(
        {
            "success": lambda: chance.pick(DURATIONS),
            "failure": lambda: chance.pick(DURATIONS),
            "pods": lambda: chance.pick(["failed", "none", "all"]),
            "scheduled": lambda: chance.fields(kept, least=1),
        },
        least=1,
    )


def security(chance: Chance) -> Fields:
    return chance.fields(
        {
            "user": lambda: chance.pick([1, 1000, 2**31 - 1]),
            "group": lambda: chance.pick([1, 2000]),
            "readOnlyRoot": chance.flag,
        },
        least=1,
    )


def _concurrency(chance: Chance) -> Any:
    group = {"group": "gpu-pool"}
    forms = [1, 7, {"limit": 3}, group, {**group, "limit": 1}, {**group, "configMap": "limits"}]
    return chance.pick(forms)


def retries(chance: Chance, least: int = 0) -> Any:
    limit = chance.count(least, 5)
    if chance.flag():
        return limit
    causes: list[str | int] = ["failure", "error", "spot", "oom", 1, 137, 255]
    return {
        "limit": limit,
        **chance.fields(
            {
                "backoff": lambda: "10s",
                "maxBackoff": lambda: "5m",
                "on": lambda: chance.some(causes),
            }
        ),
    }


def notice(chance: Chance, text: str) -> Fields:
    """A handler that tells somebody; `text` is what it says."""
    said = {"text": text} if chance.flag() else {}
    secret = {"secret": chance.pick(OBJECTS), "key": "url_1.x"}
    channel = {"channel": chance.pick(["#ml", "@me"])} if chance.flag() else {}
    mail = {"to": chance.some(["ml@acme.com", "a+b@x.y"]), "from": "é@acme.com", "server": "smtp.x"}
    options = chance.fields(
        {
            "port": lambda: chance.pick([25, 65535]),
            "tls": lambda: chance.pick(["starttls", "ssl", "none"]),
            "secret": lambda: "smtp",
        }
    )
    forms: list[Fields] = [
        {"slack": {**secret, **channel, **said}},
        {"webhook": {"url": "https://hooks.acme.com/a?b=1", **said}},
        {"webhook": {**secret, **said}},
        {"email": {**mail, **options, **said}},
    ]
    return chance.pick(forms)
