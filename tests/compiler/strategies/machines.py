"""Hardware and pods: everything that a step may ask of its node."""

from typing import Any

from tests.compiler.strategies.chance import LABEL_KEYS, OBJECTS, Chance

Fields = dict[str, Any]
SPOT = "lifecycle/spot"
SMALL = {"cpu": "500m", "memory": "512Mi"}
PROFILES = ("small", "child", "large", "spotty")
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
_PATHS = ("volume", "vol/é x", "/mnt/a", "/opt/it's", "/data/x/")


def profiles(chance: Chance) -> Fields:
    """The profiles of a project; `spotty` leaves spot nodes after one attempt."""
    return {
        "small": SMALL,
        "child": {"extends": "small", **inline(chance)},
        "large": hardware(chance),
        "spotty": {"cpu": 1, "spot": {"attempts": 1}},
    }


def inline(chance: Chance) -> Fields:
    """Hardware over that of a profile which has plain amounts alone."""
    return hardware(chance) or {"cpu": 2}


def hardware(chance: Chance) -> Fields:
    chosen = chance.fields(
        {
            "cpu": lambda: chance.pick(
                ["250m", 2, 0.5, "1.5", {"request": "100m", "limit": 3}, {"limit": "4"}]
            ),
            "memory": lambda: _bytes(chance),
            "disk": lambda: _bytes(chance),
            "gpu": lambda: _gpu(chance),
            "tpu": lambda: _tpu(chance),
            "resources": lambda: {"vpc.amazonaws.com/efa": chance.count(1, 4)},
            "nodeSelector": chance.labels,
            "affinity": lambda: affinity(chance),
            "tolerations": lambda: tolerations(chance),
            "topologySpread": lambda: _spread(chance),
            "priorityClass": lambda: chance.pick(OBJECTS),
            "spot": chance.flag,
            "queue": lambda: chance.pick(["gpu", "q.0"]),
            "volumes": lambda: _volumes(chance),
        },
        one_in=4,
        least=1,
    )
    if chosen.get("gpu"):
        chosen.pop("tpu", None)
    return {**chosen, "memory": "8Gi", "shm": "1Gi"} if chance.flag(6) else chosen


def _bytes(chance: Chance) -> Any:
    return chance.pick(
        ["64Mi", "4Gi", {"request": "1Gi", "limit": "2Ti"}, {"request": "9Ki"}, {"limit": "9Ti"}]
    )


def _gpu(chance: Chance) -> Any:
    whole: Fields = {
        "count": lambda: chance.count(0, 8),
        "type": lambda: chance.pick(["NVIDIA-L4", "a_b.c"]),
        "memory": lambda: chance.pick(["20Gi", "512Mi"]),
    }
    shares = {"mig": "2g.20gb", "memory": "20Gi", "shared": chance.flag(), "count": 1}
    partition = {key: shares[key] for key in chance.some(list(shares), 1, 4)}
    return chance.pick([chance.count(0, 4), chance.fields(whole, least=1), partition])


def _tpu(chance: Chance) -> Fields:
    chips = {"chips": chance.pick([1, 4, 8])} if chance.flag() else {}
    return {"type": "tpu-v5-lite-podslice", "topology": "2x4", **chips}


def tolerations(chance: Chance) -> list[Fields]:
    effect = {"effect": chance.pick(["NoSchedule", "PreferNoSchedule", "NoExecute"])}
    forms: list[Fields] = [
        {"operator": "Exists"},
        {"key": "a.b/c", "operator": "Exists", **effect},
        {"key": "k", "operator": "Equal", "value": "", **effect},
        {"key": "k", "value": "yes"},
    ]
    return chance.some(forms)


def _spread(chance: Chance) -> list[Fields]:
    return [_constraint(chance, key) for key in chance.some(LABEL_KEYS, 1, 2)]


def _constraint(chance: Chance, key: str) -> Fields:
    found = chance.fields(
        {"maxSkew": lambda: chance.count(1, 1000), "labelSelector": lambda: _selector(chance)}
    )
    unsatisfiable = chance.pick(["ScheduleAnyway", "DoNotSchedule"])
    hard = {"minDomains": chance.count(1, 5)} if unsatisfiable == "DoNotSchedule" else {}
    return {"topologyKey": key, "whenUnsatisfiable": unsatisfiable, **hard, **found}


def affinity(chance: Chance) -> Fields:
    nodes = {
        "requiredDuringSchedulingIgnoredDuringExecution": lambda: {
            "nodeSelectorTerms": [_term(chance) for _ in range(chance.count(1, 2))]
        },
        "preferredDuringSchedulingIgnoredDuringExecution": lambda: [
            {"weight": chance.count(1, 100), "preference": _term(chance)}
        ],
    }
    pods = {
        "requiredDuringSchedulingIgnoredDuringExecution": lambda: [_pods(chance)],
        "preferredDuringSchedulingIgnoredDuringExecution": lambda: [
            {"weight": chance.count(1, 100), "podAffinityTerm": _pods(chance)}
        ],
    }
    return chance.fields(
        {
            "nodeAffinity": lambda: chance.fields(nodes, least=1),
            "podAffinity": lambda: chance.fields(pods, least=1),
            "podAntiAffinity": lambda: chance.fields(pods, least=1),
        },
        least=1,
    )


def _term(chance: Chance) -> Fields:
    return {"matchExpressions": [_expression(chance, _OPERATORS)]}


def _expression(chance: Chance, operators: tuple[str, ...]) -> Fields:
    operator = chance.pick(operators)
    values = {"In": ["", "a"], "NotIn": ["v" * 63], "Gt": ["40000"], "Lt": ["0"]}
    given = {"values": values[operator]} if operator in values else {}
    return {"key": chance.pick(LABEL_KEYS), "operator": operator, **given}


def _selector(chance: Chance) -> Fields:
    return chance.fields(
        {
            "matchLabels": chance.labels,
            "matchExpressions": lambda: [_expression(chance, _OPERATORS[:4])],
        },
        least=1,
    )


def _pods(chance: Chance) -> Fields:
    namespaces = {"namespaces": ["a", "ml-dev"]} if chance.flag() else {}
    term = {"labelSelector": _selector(chance), "topologyKey": chance.pick(LABEL_KEYS)}
    return {**term, **namespaces}


def _volumes(chance: Chance) -> Fields:
    names = chance.some(["a", "e1", "work", "x" * 40])
    return {name: _volume(chance, path) for name, path in zip(names, chance.some(_PATHS, 3, 3))}


def _volume(chance: Chance, path: str) -> Fields:
    kind: Fields = chance.pick(
        [
            {"pvc": "features"},
            {"nfs": {"server": "10.0.0.5", "path": "/export/é x"}, "readOnly": chance.flag()},
            {"ephemeral": "100Gi", "storageClass": "fast.ssd"},
            {"ephemeral": "1Ti"},
        ]
    )
    return {"path": path, **kind, **({"subPath": "v 2/ü"} if chance.flag(3) else {})}


def pod(chance: Chance) -> Fields:
    spec: Fields = {
        "schedulerName": lambda: "default-scheduler",
        "runtimeClassName": lambda: "nvidia",
        "dnsPolicy": lambda: chance.pick(["ClusterFirst", "ClusterFirstWithHostNet", "Default"]),
        "hostname": lambda: "host-1",
        "enableServiceLinks": chance.flag,
        "shareProcessNamespace": chance.flag,
        "dnsConfig": lambda: {"nameservers": ["10.0.0.1"], "options": [{"name": "ndots"}]},
        "terminationGracePeriodSeconds": lambda: chance.pick([0, 30, 2**31 - 1]),
        "hostAliases": lambda: [{"ip": "10.0.0.2", "hostnames": ["a.b"]}],
    }
    notes = {"note": chance.text(), "example.com/a": chance.text()}
    metadata = {
        "labels": chance.labels,
        "annotations": lambda: {key: notes[key] for key in chance.some(list(notes))},
    }
    if chance.flag(8):
        return {"spec": {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.0.0.1"]}}}
    return chance.fields(
        {
            "metadata": lambda: chance.fields(metadata, least=1),
            "spec": lambda: chance.fields(spec, one_in=3, least=1),
        },
        least=1,
    )
