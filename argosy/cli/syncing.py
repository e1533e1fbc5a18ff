"""The commands about what a cluster holds, as data."""

import argparse
import re
from typing import TYPE_CHECKING

from argosy.cli.parser import command, offer_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from argosy.cli.parser import Commands


def _bootstrap(found: "Commands") -> None:
    text = "write what an administrator commits, so that a cluster syncs environments"
    examples = (
        "bootstrap flux --env prod --secret gitops-read\n"
        "bootstrap argocd --env dev --env prod --out clusters/main\n"
        "bootstrap flux --env prod --quota requests.cpu=200 --egress 10.0.0.0/8:9000\n"
        "bootstrap flux --env prod --check"
    )
    parser = command(found, "bootstrap", text, examples)
    parser.add_argument("syncer", choices=("flux", "argocd"), help="what syncs the cluster")
    parser.add_argument(
        "--env", action="append", metavar="ENV", help="an environment; may be given many times"
    )
    parser.add_argument(
        "--out", default="bootstrap", metavar="DIR", help="the folder (default bootstrap)"
    )
    parser.add_argument(
        "--secret",
        type=_name,
        metavar="NAME",
        help="the Secret by which Flux reads the repository; for Argo CD, add the repository to it",
    )
    parser.add_argument(
        "--pod-security",
        choices=("baseline", "restricted"),
        default="baseline",
        help="what the namespace enforces (default baseline; restricted needs a controller"
        " set up as platform/argo-workflows does)",
    )
    parser.add_argument(
        "--quota",
        action="append",
        type=_pair,
        default=[],
        metavar="NAME=VALUE",
        help="a limit of the ResourceQuota, such as pods=500",
    )
    parser.add_argument(
        "--egress",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="what pods may reach besides MLflow: a URL, HOST:PORT or CIDR:PORT",
    )
    parser.add_argument(
        "--apiserver",
        action="append",
        default=[],
        metavar="CIDR",
        help="where the API server is (default: any address, ports 443 and 6443)",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 3 if a file is missing or differs"
    )
    parser.add_argument("--force", action="store_true", help="overwrite files that differ")


def _drift(found: "Commands") -> None:
    text = "compare what a cluster holds with what the GitOps repository says"
    examples = "drift prod\ndrift prod --context prod-eu --exit-code\ndrift prod --json"
    parser = command(found, "drift", text, examples)
    parser.add_argument("environment", metavar="ENV", help="the environment")
    parser.add_argument(
        "--context",
        default="",
        metavar="NAME",
        help="the cluster, by its name in kubectl's configuration (default: the current one)",
    )
    parser.add_argument("--exit-code", action="store_true", help="exit 3 if anything differs")
    offer_json(parser, "drift")


def _pair(text: str) -> tuple[str, str]:
    """Read NAME=VALUE; argparse turns the error into its own."""
    name, _, value = text.partition("=")
    if not name or not value:
        raise argparse.ArgumentTypeError(f"`{text}` is no NAME=VALUE, such as pods=500")
    return name, value


def _name(text: str) -> str:
    """Read a name as Kubernetes takes it; argparse turns the error into its own."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", text):
        raise argparse.ArgumentTypeError(f"`{text}` is no name of a Secret")
    return text


CONFIGURE: "dict[str, Callable[[Commands], None]]" = {"bootstrap": _bootstrap, "drift": _drift}
