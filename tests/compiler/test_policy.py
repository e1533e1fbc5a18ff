"""Each policy that is built in: what passes, what fails, and where a failure could hide."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from compiler.cost import Prices, Tariff
from compiler.hardware import Nodes
from compiler.policy.builtin import builtins
from compiler.policy.pods import pods
from compiler.policy.view import View

DIGEST = "@sha256:" + "a" * 64
GOOD = {
    "name": "main",
    "image": f"ghcr.io/acme/tool:1.2{DIGEST}",
    "resources": {"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}},
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    },
}
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "allowed-registries": {"registries": ["ghcr.io/acme"]},
    "gpu-limit": {"limit": 1},
    "max-cost-per-run": {"limit": 10},
    "max-cost-per-month": {"limit": 100},
    "no-privileged-pods": {"standard": "restricted"},
}
PRICES = Prices("EUR", cpu=1.0)
JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: j}
spec: {template: {spec: {serviceAccountName: runner, containers: [%s]}}}
"""


def container(**changes: Any) -> dict[str, Any]:
    return {**GOOD, **changes}


def workflow(template: Mapping[str, Any], **spec: Any) -> dict[str, Any]:
    whole = {"name": "train", "timeout": "1h", **template}
    fields = {"entrypoint": "train", "serviceAccountName": "runner", **spec}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "WorkflowTemplate",
        "metadata": {"name": "churn", "namespace": "ml"},
        "spec": {**fields, "templates": [whole]},
    }


def cron(policy: str = "Forbid", line: str = "0 4 * * *") -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "CronWorkflow",
        "metadata": {"name": "churn", "namespace": "ml"},
        "spec": {
            "schedules": [line],
            "concurrencyPolicy": policy,
            "workflowSpec": {"workflowTemplateRef": {"name": "churn"}},
        },
    }


def found(
    name: str, *objects: Mapping[str, Any], owner: str = "ml", priced: bool = True
) -> list[str]:
    pipeline = {"name": "churn", "environment": "prod", "namespace": "ml", "owner": owner}
    facts = {
        "pipeline": pipeline,
        "objects": list(objects),
        "owners": {"train": "train"},
        "steps": [],
        "schedules": [],
    }
    tariff = Tariff(PRICES, Nodes()) if priced else None
    view = View(facts, tariff, datetime(2026, 1, 1, tzinfo=UTC))
    policy = builtins()[name]
    settings = {**policy.settings, **SETTINGS.get(name, {})}
    return [violation.message for violation in policy.check(view, settings)]


@pytest.mark.parametrize("name", builtins())
def test_a_good_pipeline_passes(name: str) -> None:
    assert found(name, workflow({"container": GOOD}), cron()) == []


BAD: Mapping[str, dict[str, Any]] = {
    "image-digests": {"image": "ghcr.io/acme/tool:1.2"},
    "allowed-registries": {"image": "quay.io/acme/tool:1" + DIGEST},
    "no-moving-tags": {"image": "ghcr.io/acme/tool"},
    "gpu-limit": {"resources": {"limits": {"nvidia.com/gpu": "2"}}},
    "no-privileged-pods": {"securityContext": {"privileged": True}},
    "resources-required": {"resources": {"requests": {"cpu": "1"}}},
}
HIDDEN = {
    "container": lambda bad: workflow({"container": bad}),
    "script": lambda bad: workflow({"script": {**bad, "source": "true"}}),
    "sidecar": lambda bad: workflow({"container": GOOD, "sidecars": [{**bad, "name": "log"}]}),
    "init": lambda bad: workflow({"container": GOOD, "initContainers": [{**bad, "name": "get"}]}),
    "set": lambda bad: workflow({"containerSet": {"containers": [GOOD, {**bad, "name": "two"}]}}),
    "defaults": lambda bad: workflow(
        {"container": {k: v for k, v in GOOD.items() if k not in bad or k == "name"}},
        templateDefaults={"container": bad},
    ),
    "default sidecar": lambda bad: workflow(
        {"container": GOOD}, templateDefaults={"sidecars": [{**bad, "name": "log"}]}
    ),
    "patch of the template": lambda bad: workflow(
        {"container": GOOD, "podSpecPatch": patch({**bad, "name": "main"})}
    ),
    "patch of the workflow": lambda bad: workflow(
        {"container": GOOD}, podSpecPatch=patch({**bad, "name": "main"})
    ),
    "patch that adds": lambda bad: workflow(
        {"container": GOOD, "podSpecPatch": patch({**bad, "name": "more"})}
    ),
    "object": lambda bad: workflow(
        {"resource": {"action": "create", "manifest": JOB % dumped({**bad, "name": "j"})}}
    ),
    "workflow in an object": lambda bad: workflow(
        {"resource": {"action": "create", "manifest": dumped(workflow({"container": bad}))}}
    ),
    "list of objects": lambda bad: workflow(
        {
            "resource": {
                "action": "apply",
                "manifest": dumped(
                    {"kind": "List", "items": [{"spec": {"containers": [{**bad, "name": "j"}]}}]}
                ),
            }
        }
    ),
    "in line": lambda bad: workflow(
        {"dag": {"tasks": [{"name": "a", "inline": {"container": bad}}]}}
    ),
    "cron": lambda bad: {
        **cron(),
        "spec": {
            "workflowSpec": workflow({"container": bad})["spec"],
            "concurrencyPolicy": "Forbid",
        },
    },
}


def dumped(data: Any) -> str:
    import json

    return json.dumps(data)


def patch(body: Mapping[str, Any]) -> str:
    # what is not to be patched to nothing
    resources = {**(body.get("resources") or {})}
    if resources and "limits" not in resources:
        resources["limits"] = {"memory": None}
    return dumped({"containers": [{**body, **({"resources": resources} if resources else {})}]})


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("place", HIDDEN)
def test_a_bad_container_is_found_wherever_it_hides(name: str, place: str) -> None:
    manifest = HIDDEN[place](container(**BAD[name]))
    assert found(name, manifest), f"{name} misses it in: {place}"


@pytest.mark.parametrize("name", [name for name, policy in builtins().items() if policy.deep])
@pytest.mark.parametrize(
    "template",
    [
        {"plugin": {"x": {}}},
        {"quantum": {}},
        {"container": GOOD, "podSpecPatch": '{"hostNetwork": {{workflow.parameters.x}}}'},
        {"container": GOOD, "podSpecPatch": "{"},
        {"resource": {"action": "create", "manifestFrom": {"artifact": {"name": "m"}}}},
        {"resource": {"action": "create", "manifest": "a: 1\n---\nb: 2\n"}},
    ],
)
def test_what_is_not_known_is_no_pass(name: str, template: dict[str, Any]) -> None:
    assert found(name, workflow(template))


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"hostNetwork": True}, "hostNetwork"),
        ({"podSpecPatch": '{"hostPID": true}'}, "hostPID"),
        ({"volumes": [{"name": "s", "hostPath": {"path": "/var/run/docker.sock"}}]}, "docker.sock"),
        ({"securityContext": {"seccompProfile": {"type": "Unconfined"}}}, "unconfined"),
    ],
)
def test_a_pod_with_the_rights_of_its_node_is_found(spec: dict[str, Any], said: str) -> None:
    (message, *_) = found("no-privileged-pods", workflow({"container": GOOD}, **spec))
    assert said in message


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ({"capabilities": {"add": ["cap_sys_admin"], "drop": ["ALL"]}}, "SYS_ADMIN"),
        ({"allowPrivilegeEscalation": True}, "gain privileges"),
        ({"procMount": "Unmasked"}, "/proc"),
        ({"runAsNonRoot": False}, "runAsNonRoot"),
        ({"privileged": "{{workflow.parameters.x}}"}, "privileged"),
    ],
)
def test_a_container_with_more_rights_is_found(context: dict[str, Any], said: str) -> None:
    bad = container(securityContext={**GOOD["securityContext"], **context})  # type: ignore[dict-item]
    messages = found("no-privileged-pods", workflow({"container": bad}))
    assert any(said in message for message in messages)


@pytest.mark.parametrize(
    "image",
    [
        "ghcr.io/acme-evil/x:1",
        "acme/x:1",
        "x:1",
        "ghcr.io.evil.com/acme/x:1",
        "{{inputs.parameters.i}}",
    ],
)
def test_a_registry_that_looks_like_an_allowed_one_is_none(image: str) -> None:
    assert found("allowed-registries", workflow({"container": container(image=image)}))


@pytest.mark.parametrize(
    ("image", "moves"),
    [
        ("localhost:5000/tool", True),
        ("localhost:5000/tool:1", False),
        ("tool:LATEST", True),
        (f"tool:latest{DIGEST}", False),
        ("tool:{{workflow.parameters.tag}}", True),
    ],
)
def test_a_tag_is_told_from_a_port(image: str, moves: bool) -> None:
    messages = found("no-moving-tags", workflow({"container": container(image=image)}))
    assert bool(messages) == moves


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("no-moving-tags", {"image": "ghcr.io/acme/x:{{workflow.parameters.tag}}"}),
        ("allowed-registries", {"image": "ghcr.io/acme/{{=inputs.parameters.x}}:1"}),
        ("gpu-limit", {"resources": {"limits": {"nvidia.com/gpu": "{{inputs.parameters.n}}"}}}),
        ("no-privileged-pods", {"securityContext": {"privileged": "{{inputs.parameters.p}}"}}),
    ],
)
def test_what_a_run_decides_in_an_object_is_no_pass(name: str, bad: dict[str, Any]) -> None:
    made = JOB % dumped(container(**bad))
    assert found(name, workflow({"resource": {"action": "create", "manifest": made}}))


@pytest.mark.parametrize(
    "resources",
    [
        {"limits": {"amd.com/gpu": 2}},
        {"requests": {"nvidia.com/mig-1g.10gb": "2"}},
        {"limits": {"nvidia.com/gpu.shared": "2"}},
        {"limits": {"nvidia.com/gpu": "{{inputs.parameters.n}}"}},
    ],
)
def test_gpus_are_counted_under_every_name(resources: dict[str, Any]) -> None:
    assert found("gpu-limit", workflow({"container": container(resources=resources)}))


def test_gpus_of_a_pod_are_added_up() -> None:
    one = {"limits": {"nvidia.com/gpu": "1"}}
    side = [container(name="log", resources=one)]
    both = workflow({"container": container(resources=one), "sidecars": side})
    assert found("gpu-limit", both) == ["the pod of `train` asks for 2 GPUs; the limit is 1"]
    assert found("gpu-limit", workflow({"container": container(resources=one)})) == []


def test_devices_that_are_claimed_cannot_be_counted() -> None:
    claim = '{"resourceClaims": [{"name": "gpus"}]}'
    assert found("gpu-limit", workflow({"container": GOOD}, podSpecPatch=claim))


def test_an_owner_of_blanks_is_none() -> None:
    assert found("owner-required", workflow({"container": GOOD}), owner=" ")


def test_a_pod_needs_an_account_of_its_own() -> None:
    for spec in ({"serviceAccountName": "default"}, {"serviceAccountName": ""}):
        assert found("own-service-account", workflow({"container": GOOD}, **spec))
    job = JOB.replace("serviceAccountName: runner, ", "") % dumped(GOOD)
    made = workflow({"resource": {"action": "create", "manifest": job}})
    assert found("own-service-account", made)


def test_what_waits_needs_a_timeout_too() -> None:
    assert found("timeouts-required", workflow({"container": GOOD, "timeout": ""}))
    assert found("timeouts-required", workflow({"suspend": {}, "timeout": ""}))
    assert not found("timeouts-required", workflow({"suspend": {"duration": "1h"}, "timeout": ""}))
    whole = workflow({"container": GOOD, "timeout": ""}, activeDeadlineSeconds=60)
    assert not found("timeouts-required", whole)
    given = workflow({"container": GOOD, "timeout": ""}, templateDefaults={"timeout": "1h"})
    assert not found("timeouts-required", workflow({"dag": {"tasks": []}, "timeout": ""}))
    assert found("timeouts-required", given), "an empty text of the template's own wins"


@pytest.mark.parametrize(
    "manifest",
    [
        "{kind: ConfigMap, metadata: {name: x, namespace: kube-system}}",
        "{kind: ClusterRole, metadata: {name: x}}",
        "{kind: List, items: [{kind: Pod, metadata: {name: x, namespace: other}}]}",
        "{kind: Pod, metadata: {name: x, namespace: '{{workflow.parameters.n}}'}}",
    ],
)
def test_an_object_elsewhere_is_found(manifest: str) -> None:
    assert found(
        "fixed-namespace", workflow({"resource": {"action": "apply", "manifest": manifest}})
    )


def test_a_flag_leads_elsewhere_too() -> None:
    here = "{kind: Pod, metadata: {name: x}}"
    body = {"action": "apply", "manifest": here, "flags": ["--namespace=kube-system"]}
    assert found("fixed-namespace", workflow({"resource": body}))
    assert not found("fixed-namespace", workflow({"resource": {**body, "flags": []}}))


@pytest.mark.parametrize("policy", ["Allow", "", "Replace"])
def test_runs_of_a_schedule_may_not_meet(policy: str) -> None:
    assert found("no-overlap", workflow({"container": GOOD}), cron(policy))


def test_costs_are_held_against_their_limits() -> None:
    dear = workflow({"container": container(resources={"requests": {"cpu": "11"}})})
    assert found("max-cost-per-run", dear) == ["a run may cost 11.00 EUR; the limit is 10"]
    assert found("max-cost-per-month", workflow({"container": GOOD}), cron(line="0 */4 * * *"))
    assert not found("max-cost-per-month", dear), "no schedule starts it"


def test_without_prices_no_cost_is_known() -> None:
    assert found("max-cost-per-run", workflow({"container": GOOD}), priced=False)
    assert found("max-cost-per-month", workflow({"container": GOOD}), cron(), priced=False)


def test_a_pod_is_what_template_workflow_and_patches_make_of_it() -> None:
    manifest = workflow(
        {
            "container": {**GOOD, "name": ""},
            "nodeSelector": {"own": "1"},
            "podSpecPatch": patch({"name": "main", "env": [{"name": "A", "value": "2"}]}),
        },
        nodeSelector={"shared": "1"},
        volumes=[{"name": "v", "emptyDir": {}}],
        podSpecPatch="priorityClassName: low",
    )
    (pod,) = pods(manifest)
    assert pod.spec["nodeSelector"] == {"own": "1"}
    assert pod.spec["priorityClassName"] == "low"
    assert pod.spec["volumes"] == [{"name": "v", "emptyDir": {}}]
    assert [c["name"] for c in pod.spec["containers"]] == ["main"]
    assert pod.spec["containers"][0]["env"] == [{"name": "A", "value": "2"}]
    assert pod.spec["containers"][0]["image"] == GOOD["image"]
