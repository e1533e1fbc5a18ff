"""Objects → the files that hold them; files → the folder, each whole or not at all."""

import contextlib
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from argosy.bootstrap import argocd, flux
from argosy.bootstrap.network import network
from argosy.bootstrap.rights import run_rights, sync_rights
from argosy.bootstrap.room import room
from argosy.bootstrap.tenant import Object, Tenant
from argosy.failure import Failure
from compiler import emit
from compiler.record import record

Syncer = Literal["flux", "argocd"]
State = Literal["created", "changed", "unchanged"]
_HEAD = "Written by `argosy bootstrap {}`. Yours from here on: commit it, and change what you need."
_CM = f"""{_HEAD}
Add it to the argocd-cm that is there; it holds nothing else and takes nothing away:
kubectl apply --server-side --field-manager=argosy-bootstrap -f argocd-cm.yaml"""


class ExistsFailure(Failure):
    """Files are there that differ from those that would be written."""

    exit_code = 3


@record
class File:
    """A file of the folder: what it is to hold, and how that compares with what it holds."""

    path: str
    content: bytes
    state: State


def contents(syncer: Syncer, tenants: Sequence[Tenant]) -> dict[str, bytes]:
    """Return path → bytes of everything that the administrator commits for `tenants`."""
    found: dict[str, bytes] = {}
    for tenant in tenants:
        groups = _groups(syncer, tenant, several=len(tenants) > 1)
        resources: Object = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": list(groups),
        }
        groups["kustomization.yaml"] = [resources]
        for name, objects in groups.items():
            found[f"{tenant.environment}/{name}"] = _written(objects, _HEAD.format(syncer))
    if syncer == "argocd":
        found["argocd-cm.yaml"] = _written(argocd.settings(), _CM.format(syncer))
        if len(tenants) > 1:
            objects = argocd.in_waves(argocd.application_set(tenants))
            found["applicationset.yaml"] = _written(objects, _HEAD.format(syncer))
    return dict(sorted(found.items()))


def _groups(syncer: Syncer, tenant: Tenant, *, several: bool) -> dict[str, Iterable[Object]]:
    home = flux.HOME if syncer == "flux" else argocd.HOME
    groups: dict[str, Iterable[Object]] = {
        "namespace.yaml": room(tenant),
        "accounts.yaml": (*run_rights(tenant), *sync_rights(tenant, home)),
        "network.yaml": network(tenant),
    }
    if syncer == "flux":
        groups["flux.yaml"] = flux.flux(tenant)
    elif not several:
        groups["application.yaml"] = argocd.application(tenant)
    if syncer == "argocd":
        return {name: argocd.in_waves(objects) for name, objects in groups.items()}
    return groups


def _written(objects: Iterable[Object], head: str) -> bytes:
    lines = "".join(f"# {line}\n" for line in head.splitlines())
    return (lines + "---\n".join(emit.text(found) for found in objects)).encode()


def compare(folder: Path, wanted: Mapping[str, bytes]) -> list[File]:
    """Return each file with its state; raise `Failure` when one cannot be read."""
    return [File(path, content, _state(folder / path, content)) for path, content in wanted.items()]


def _state(path: Path, content: bytes) -> State:
    try:
        return "unchanged" if path.read_bytes() == content else "changed"
    except FileNotFoundError:
        return "created"
    except OSError as error:
        raise Failure(f"`{path}` cannot be read: {error.strerror}", "name another --out") from None


def write(folder: Path, files: Sequence[File], *, force: bool) -> None:
    """Write the files that are not as they should be.

    Raise `ExistsFailure` before anything is written when one differs and `force` is not given,
    `Failure` when one cannot be written.
    """
    differing = [file.path for file in files if file.state == "changed"]
    if differing and not force:
        names = ", ".join(f"`{path}`" for path in differing[:5])
        more = f" and {len(differing) - 5} more" if len(differing) > 5 else ""
        said = f"{names}{more} in `{folder}` differ from what would be written"
        raise ExistsFailure(said, "look at them with --check, overwrite them with --force")
    for file in files:
        if file.state != "unchanged":
            _replace(folder / file.path, file.content)


def _replace(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as fresh:
                fresh.write(content)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise Failure(
            f"`{path}` cannot be written: {error.strerror}", "name another --out"
        ) from None
