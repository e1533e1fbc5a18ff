"""The commands that start a project and look at what it stands on, as data."""

from typing import TYPE_CHECKING

from argosy.cli.parser import command, offer_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from argosy.cli.parser import Commands


def _init(found: "Commands") -> None:
    text = "write a new repository: a pipeline that runs, the project file, CI, editor settings"
    examples = (
        "init shop\n"
        "init --ci gitlab --gitops https://gitlab.com/acme/deployments.git\n"
        "init shop --owner @acme/ml-platform --sync flux --gitops https://github.com/acme/d.git"
    )
    parser = command(found, "init", text, examples)
    parser.add_argument(
        "directory_", nargs="?", metavar="DIR", default=".", help="the folder (default: this one)"
    )
    parser.add_argument("--name", metavar="NAME", help="the project (default: that of the folder)")
    parser.add_argument("--ci", choices=("github", "gitlab", "none"), default="github")
    parser.add_argument(
        "--gitops", metavar="URL", default="", help="the repository that environments go to"
    )
    parser.add_argument(
        "--sync",
        choices=("flux", "argocd", "none"),
        default="none",
        help="write what makes a cluster sync, too (default none); needs --gitops",
    )
    parser.add_argument(
        "--owner", metavar="@TEAM", default="", help="who reviews: a user or a team of the host"
    )
    parser.add_argument(
        "--keep",
        action="store_true",
        help="leave files that exist and differ as they are; a project gets what is around it",
    )


def _doctor(found: "Commands") -> None:
    text = "say what is missing here and outside, each with the command that mends it"
    parser = command(found, "doctor", text, "doctor\ndoctor --env prod --json")
    parser.add_argument(
        "--env",
        dest="envs",
        action="append",
        default=[],
        metavar="ENV",
        help="only this environment; may be given again",
    )
    offer_json(parser, "doctor")


CONFIGURE: "dict[str, Callable[[Commands], None]]" = {"init": _init, "doctor": _doctor}
