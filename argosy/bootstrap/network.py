"""What pods of an environment may speak with: nobody, unless a policy names it."""

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from argosy.bootstrap.tenant import Object, Tenant, make
from argosy.failure import Failure

_PORTS = {"https": 443, "http": 80, "ssh": 22}
_NAMESPACE = "kubernetes.io/metadata.name"
_API = (443, 6443)


class AddressFailure(Failure):
    """An address that no network policy can name."""

    exit_code = 2


def network(tenant: Tenant) -> Iterator[Object]:
    """Yield the policies: deny all, then names, the API server, MLflow and what else is named."""
    yield _policy(tenant, "argosy-deny", ["Ingress", "Egress"])
    dns = {
        "to": [{"namespaceSelector": {"matchLabels": {_NAMESPACE: "kube-system"}}}],
        "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
    }
    yield _policy(tenant, "argosy-dns", ["Egress"], [dns])
    peers = [{"ipBlock": {"cidr": _range(cidr)}} for cidr in tenant.apiserver]
    ports = [{"protocol": "TCP", "port": port} for port in _API]
    api = {**({"to": peers} if peers else {}), "ports": ports}
    yield _policy(tenant, "argosy-apiserver", ["Egress"], [api])
    addresses = (*([tenant.mlflow] if "://" in tenant.mlflow else []), *tenant.egress)
    rules = [rule(address) for address in dict.fromkeys(addresses)]
    if rules:
        yield _policy(tenant, "argosy-egress", ["Egress"], rules)


def rule(address: str) -> Object:
    """Return the rule that lets pods reach a URL, `HOST:PORT` or `CIDR:PORT`.

    A Service is named by its namespace. Of a name outside of the cluster only the port can be
    held to: policies know no names. Raise `AddressFailure` for what is no address.
    """
    host, port = _parts(address)
    ports = [{"protocol": "TCP", "port": port}]
    try:
        cidr = str(ipaddress.ip_network(host, strict=False))
        return {"to": [{"ipBlock": {"cidr": cidr}}], "ports": ports}
    except ValueError:
        pass
    labels = host.removesuffix(".cluster.local").split(".")
    if len(labels) == 3 and labels[2] == "svc":
        selector = {"matchLabels": {_NAMESPACE: labels[1]}}
        return {"to": [{"namespaceSelector": selector}], "ports": ports}
    return {"ports": ports}


def _range(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        hint = "such as 10.96.0.1/32"
        raise AddressFailure(f"`{text}` is no range of addresses", hint) from None


def _parts(address: str) -> tuple[str, int]:
    hint = "a URL, HOST:PORT or CIDR:PORT, such as 10.0.0.0/8:9000"
    try:
        if "://" in address:
            parts = urlsplit(address)
            host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
        else:
            host, _, number = address.rpartition(":")
            host, port = host.strip("[]"), int(number)
    except ValueError:
        host, port = "", 0
    if not host or not 0 < port < 65536:
        raise AddressFailure(f"`{address}` is no address that pods can be let through to", hint)
    return host, port


def _policy(
    tenant: Tenant, name: str, types: list[str], egress: list[Object] | None = None
) -> Object:
    spec: Object = {"podSelector": {}, "policyTypes": types}
    if egress:
        spec["egress"] = egress
    return make("networking.k8s.io/v1/NetworkPolicy", name, tenant.namespace, spec=spec)
