"""Accounts and what they may do: runs report results, the syncer applies what is rendered."""

from collections.abc import Iterator

from argosy.bootstrap.tenant import Object, Tenant, make

RUN = "argosy-run"
KINDS = (("", "configmaps"), ("argoproj.io", "cronworkflows"), ("argoproj.io", "workflowtemplates"))
_RBAC = "rbac.authorization.k8s.io"
_REPORT = {"apiGroups": ["argoproj.io"], "resources": ["workflowtaskresults"],
           "verbs": ["create", "patch"]}  # fmt: skip
_SYNC = ["get", "list", "watch", "create", "patch", "delete"]


def run_rights(tenant: Tenant) -> Iterator[Object]:
    """Yield the account of the pods of runs, as `platform/argosy-run.yaml` has it."""
    place = tenant.namespace
    yield make("v1/ServiceAccount", RUN, place)
    yield _role(RUN, place, [_REPORT])
    yield _binding(RUN, place, RUN, place)


def sync_rights(tenant: Tenant, home: str) -> Iterator[Object]:
    """Yield the account by which the controller in namespace `home` applies the environment.

    It lives there: in the namespace of the runs, a pipeline could ask to run by it.
    """
    rules = [
        {"apiGroups": [group], "resources": [kind], "verbs": list(_SYNC)} for group, kind in KINDS
    ]
    yield make("v1/ServiceAccount", tenant.name, home)
    yield _role("argosy-sync", tenant.namespace, rules)
    yield _binding("argosy-sync", tenant.namespace, tenant.name, home)


def _role(name: str, namespace: str, rules: list[Object]) -> Object:
    return make(f"{_RBAC}/v1/Role", name, namespace, rules=rules)


def _binding(role: str, namespace: str, account: str, home: str) -> Object:
    return make(
        f"{_RBAC}/v1/RoleBinding",
        role,
        namespace,
        roleRef={"apiGroup": _RBAC, "kind": "Role", "name": role},
        subjects=[{"kind": "ServiceAccount", "name": account, "namespace": home}],
    )
