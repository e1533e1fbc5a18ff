"""The cluster: can it be reached, does it know Argo's objects, may the pods of runs report."""

import re
import shutil
from collections.abc import Collection, Iterator
from datetime import datetime
from time import time

from argosy.cluster.kubectl import Answer, Kubectl
from argosy.doctor.clock import compare
from argosy.doctor.finding import Finding, fine, note, unreachable, wrong

_PATIENCE = 8.0
_KINDS = ("workflows", "workflowtemplates", "cronworkflows", "workflowtaskresults")
_CRDS = "https://github.com/argoproj/argo-workflows/manifests/base/crds/full"
_SPEC = ".spec.versions[0].schema.openAPIV3Schema.properties.spec"
_MOMENT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argosy-clock}\n"
_CONTROLLER = re.compile(r"workflow-controller:v?(\d+)\.(\d+)(\.\d+)?")


_KUBECTL = Kubectl(patience=_PATIENCE)


def configured() -> str:
    """Return the context that kubectl would use; empty without kubectl, or without one."""
    if shutil.which("kubectl") is None:
        return ""
    return _KUBECTL.ask("config", "current-context").out.strip()


def reach() -> Iterator[Finding]:
    """Say which cluster answers, and how old it is."""
    context = configured()
    if not context:
        yield note("no cluster is configured here: what is in it cannot be checked")
        return
    answer = _KUBECTL.ask("version", "-o", "json")
    version = re.search(r'"serverVersion".*?"gitVersion": "([^"]+)"', answer.out, re.DOTALL)
    if version:
        yield fine(f"context {context}: Kubernetes {version[1]} answers")
        yield from _objects()
        yield from _time(context)
    else:
        fix = "kubectl cluster-info; another one: kubectl config use-context NAME"
        yield unreachable(f"context {context} does not answer: {_last(answer)}", fix)


def _objects() -> Iterator[Finding]:
    names = [f"{kind}.argoproj.io" for kind in _KINDS]
    form = f'{{.metadata.name}} {{{_SPEC}.x-kubernetes-map-type}}{{"\\n"}}'
    many = f"jsonpath={{range .items[*]}}{form}{{end}}"
    answer = _KUBECTL.ask("get", "crd", *names, "-o", many)
    if "orbidden" in answer.err:
        yield note("this login may not see which objects the cluster knows")
        return
    found = dict(line.partition(" ")[::2] for line in answer.out.splitlines())
    missing = [name for name in names if name not in found]
    install = f"kubectl apply --server-side --kustomize '{_CRDS}?ref=v3.7.3'"
    if missing:
        yield wrong(f"the cluster does not know {', '.join(missing)}", install)
    elif "atomic" in found.values():
        said = (
            "the cluster has Argo's minimal CRDs: it accepts misspelled fields, and a sync undoes"
        )
        yield note(f"{said} the suspension of a schedule", install)
    else:
        yield fine("it knows Argo's objects, with all their fields")


def controller(target: str) -> Iterator[Finding]:
    """Hold the version of Argo's controller against that which is rendered for."""
    if not configured():
        return
    images = "{range .items[*]}{.spec.template.spec.containers[*].image}{'\\n'}{end}"
    answer = _KUBECTL.ask("get", "deployments", "--all-namespaces", "-o", f"jsonpath={images}")
    found = _CONTROLLER.search(answer.out)
    if answer.status:
        yield note("which Argo runs there cannot be seen by this login")
    elif not found:
        fix = "docs/bootstrap.md tells how to install it"
        yield note("no deployment of Argo's workflow controller was found", fix)
    elif (int(found[1]), int(found[2])) < tuple(map(int, target.split("."))):
        said = f"Argo {found[1]}.{found[2]} runs there, and is older than what is rendered for"
        yield wrong(f"{said} ({target})", f'targetArgo: "{found[1]}.{found[2]}" in argosy.yaml')
    else:
        yield fine(f"Argo {found[0].partition(':')[2]} runs there")


def _time(context: str) -> Iterator[Finding]:
    """Ask the API server for its time, by an object that is not made."""
    form = "jsonpath={.metadata.creationTimestamp}"
    started = time()
    answer = _KUBECTL.ask("create", "--dry-run=server", "-f", "-", "-o", form, text=_MOMENT)
    if answer.status == 0 and answer.out:
        told = datetime.fromisoformat(answer.out).timestamp()
        yield from compare(told - (started + time()) / 2, context)


def accounts(namespace: str, names: Collection[str]) -> Iterator[Finding]:
    """Say whether runs have a namespace and accounts that may report their results."""
    if _absent("namespace", namespace):
        yield wrong(f"there is no namespace {namespace}", f"kubectl create namespace {namespace}")
        return
    for name in names:
        yield _account(namespace, name)


def _account(namespace: str, name: str) -> Finding:
    fix = f"kubectl apply -n {namespace} -f platform/argosy-run.yaml"
    if _absent("serviceaccount", name, "-n", namespace):
        return wrong(f"{namespace} has no service account {name}: no pod of a run starts", fix)
    who = f"--as=system:serviceaccount:{namespace}:{name}"
    for verb in ("create", "patch"):
        words = ("auth", "can-i", verb, "workflowtaskresults.argoproj.io", "-n", namespace, who)
        answer = _KUBECTL.ask(*words)
        if answer.out.splitlines()[-1:] == ["no"]:
            return wrong(
                f"{name} may not {verb} workflowtaskresults: every step ends in Error", fix
            )
        if answer.out.splitlines()[-1:] != ["yes"]:
            return note(f"what {name} may do cannot be seen by this login: {_last(answer)}")
    return fine(f"{namespace} is there, and {name} may report results")


def _absent(*words: str) -> bool:
    return "(NotFound)" in _KUBECTL.ask("get", *words, "-o", "name").err


def _last(answer: Answer) -> str:
    lines = (answer.words or answer.out).splitlines()
    return lines[-1] if lines else f"kubectl ended with {answer.status}"
