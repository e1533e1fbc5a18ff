"""The commands of a review, as data: what publishing would change, and saying so in a request."""

from typing import TYPE_CHECKING

from argosy.cli.parser import command, count

if TYPE_CHECKING:
    from collections.abc import Callable

    from argosy.cli.parser import Commands


def _plan(found: "Commands") -> None:
    text = "show what publishing would change"
    examples = (
        "plan --env dev\n"
        "plan --all-envs --base origin/main\n"
        "plan --env prod --format markdown > plan.md\n"
        "plan --all-envs --base origin/main --format json > plan.json\n"
        "plan --env dev --exit-code"
    )
    parser = command(found, "plan", text, examples)
    parser.add_argument(
        "--env", metavar="ENV", action="append", help="the environment; may be given again"
    )
    parser.add_argument("--all-envs", action="store_true", help="every environment of the project")
    parser.add_argument(
        "--base",
        metavar="REV",
        help="compare with what this revision renders to, not with what is published; needs no "
        "credential",
    )
    parser.add_argument(
        "--changed-since", metavar="REV", help="only pipelines that a change since REV touches"
    )
    parser.add_argument("--format", choices=("text", "markdown", "json", "comment"), default="text")
    parser.add_argument(
        "--exit-code",
        action="store_true",
        help="exit 3 if anything would change, 5 if policies refuse",
    )


def _comment(found: "Commands") -> None:
    text = "write a plan as the one comment of its pull request"
    examples = (
        "comment --plan plan.json\n"
        "comment --plan plan.json --pull-request 7 --repository acme/pipelines"
    )
    parser = command(found, "comment", text, examples)
    parser.add_argument(
        "--plan", metavar="FILE", required=True, help="what `plan --format json` wrote"
    )
    parser.add_argument(
        "--pull-request",
        type=count,
        metavar="N",
        help="its number; by default what the CI's event says",
    )
    parser.add_argument(
        "--repository", metavar="URL", help="by default GITHUB_REPOSITORY or CI_PROJECT_URL"
    )
    parser.add_argument(
        "--provider", choices=("github", "gitlab"), help="where its address does not say"
    )


CONFIGURE: "dict[str, Callable[[Commands], None]]" = {"plan": _plan, "comment": _comment}
