"""The commands that bring something into an environment, and take it back, as data."""

from typing import TYPE_CHECKING

from argosy.cli.parser import (
    Parser,
    age,
    break_glass,
    command,
    count,
    environment,
    offer_json,
    sentence,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from argosy.cli.parser import Commands


def _history(found: "Commands") -> None:
    text = "show what an environment held and when, from which source, by whom"
    examples = "history prod\nhistory prod churn\nhistory prod --limit 100 --json"
    parser = command(found, "history", text, examples)
    _place(parser)
    parser.add_argument(
        "pipeline", nargs="?", default="", metavar="PIPELINE", help="only what changed this one"
    )
    parser.add_argument(
        "--limit", type=count, default=20, metavar="N", help="show so many (default 20)"
    )
    offer_json(parser, "history")


def _promote(found: "Commands") -> None:
    text = "move what one environment holds to another: source revision, images and models"
    examples = (
        "promote dev prod --dry-run\n"
        "promote dev prod\n"
        "promote dev prod churn --pull-request --reason 'quarterly model'"
    )
    parser = command(found, "promote", text, examples)
    parser.add_argument("origin", metavar="FROM", help="the environment that holds it")
    parser.add_argument("goal", metavar="TO", help="the environment that is to hold it")
    _pipelines(parser)
    _change(parser)
    break_glass(parser, "go on without what is asked for, or into a freeze")


def _rollback(found: "Commands") -> None:
    text = "let an environment hold again what it held before, by its source"
    examples = (
        "rollback prod --dry-run\n"
        "rollback prod --gitops-first --reason 'churn model drifts'\n"
        "rollback prod churn --to 1a2b3c4 --pin --pull-request"
    )
    parser = command(found, "rollback", text, examples)
    _place(parser)
    _pipelines(parser)
    parser.add_argument(
        "--to",
        default="",
        metavar="REV",
        help="a source revision or a commit of the GitOps repository (default: the one before)",
    )
    parser.add_argument(
        "--gitops-first",
        action="store_true",
        help="first restore the GitOps repository; publishing is held until the source follows",
    )
    parser.add_argument(
        "--pin",
        action="store_true",
        help="pin this environment to its earlier source, revert nothing",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, for the record")
    _change(parser)


def _pipelines(parser: Parser) -> None:
    parser.add_argument(
        # without a default, argparse calls it required wherever it calls anything so
        "words",
        nargs="*",
        default=[],
        metavar="PIPELINE",
        help="only these; all by default",
    )


def _change(parser: Parser) -> None:
    """Add how a change of the source is made."""
    parser.add_argument("--dry-run", action="store_true", help="write nothing, show what would be")
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--commit", action="store_true", help="commit it to a new branch; this is the default"
    )
    how.add_argument(
        "--pull-request", action="store_true", help="push that branch and open a pull request"
    )
    parser.add_argument("--branch", default="", metavar="NAME", help="the name of the branch")
    parser.add_argument("--json", action="store_true", help="print JSON (schema `delivery`)")
    parser.add_argument(
        "--allow-dirty", action="store_true", help="go on without what is not committed"
    )


def _diff(found: "Commands") -> None:
    text = "show how two environments differ beyond their names"
    examples = "diff dev prod\ndiff dev prod churn --rendered\ndiff staging prod --format json"
    parser = command(found, "diff", text, examples)
    parser.add_argument("first", metavar="ENV1", help="an environment")
    parser.add_argument("second", metavar="ENV2", help="another")
    _pipelines(parser)
    parser.add_argument(
        "--rendered", action="store_true", help="what would be published, not what is"
    )
    parser.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    parser.add_argument("--exit-code", action="store_true", help="exit 3 if they differ")


def _hold(found: "Commands") -> None:
    text = "let nothing be published into an environment until it is resumed"
    examples = "hold prod --reason 'the cluster moves'\nhold prod\nresume prod"
    parser = command(found, "hold", text, examples)
    _place(parser)
    parser.add_argument(
        "--reason", default="", metavar="TEXT", help="why; without it, say whether it is held"
    )
    parser.add_argument("--json", action="store_true", help="print JSON (schema `hold`)")


def _policy(found: "Commands") -> None:
    text = "list the policies of each environment and what they find"
    examples = (
        "policy\n"
        "policy --env prod\n"
        "policy churn --env prod --format markdown\n"
        "policy --env prod --pods pods"
    )
    parser = command(found, "policy", text, examples)
    parser.add_argument("names", nargs="*", metavar="NAME", help="pipelines; all by default")
    environment(parser, "only this environment; all by default")
    parser.add_argument(
        "--format", choices=("human", "json", "github", "sarif", "markdown"), default="human"
    )
    parser.add_argument(
        "--pods",
        metavar="DIR",
        help="write the pods that the pipelines lead to, for Kyverno, conftest and others",
    )


def _backfill(found: "Commands") -> None:
    text = "run a pipeline for each interval of the past, by a file that is reviewed"
    examples = (
        "backfill churn --env prod --from 2026-01-01 --to 2026-02-01 --every 1d --start-param day\n"
        "backfill run 2026-01-01-2026-02-01\n"
        "backfill status 2026-01-01-2026-02-01\n"
        "backfill stop 2026-01-01-2026-02-01 --running\n"
        "backfill run 2026-01-01-2026-02-01 --local"
    )
    parser = command(found, "backfill", text, examples)
    what = "a pipeline, to write the file; or run, status, stop or show, and the name of a file"
    parser.add_argument("words", nargs="+", metavar="WHAT", help=what)
    environment(parser)
    parser.add_argument("--from", dest="begin", metavar="TIME", help="where the first one begins")
    parser.add_argument("--to", dest="until", metavar="TIME", help="where the last one ends")
    parser.add_argument("--every", metavar="STEP", help="how long one is: 6h, 1d, 1w, 1mo")
    parser.add_argument("--start-param", dest="start", metavar="NAME", help="what takes its start")
    parser.add_argument("--end-param", dest="end", metavar="NAME", help="what takes its end")
    parser.add_argument(
        "--parallel", type=count, default=1, metavar="N", help="runs at once (default 1)"
    )
    parser.add_argument(
        "-p", dest="parameters", action="append", default=[], metavar="NAME=VALUE",
        help="another parameter of each run; may be given again",
    )  # fmt: skip
    parser.add_argument("--id", metavar="ID", help="the name of the file (default: its times)")
    parser.add_argument("--local", action="store_true", help="run: on this machine")
    parser.add_argument(
        "--wait", type=age, default=0.0, metavar="TIME",
        help="run: how long to wait for a sync to bring what the runs need, such as 10m",
    )  # fmt: skip
    parser.add_argument("--running", action="store_true", help="stop: what runs already, too")
    parser.add_argument(
        "--allow-dirty", action="store_true", help="run: although the file is not committed"
    )
    parser.add_argument("--kube-context", default="", metavar="NAME", help="the cluster")
    parser.add_argument(
        "--json", action="store_true", help="run, status, stop: print JSON (schema `backfilled`)"
    )


def _place(parser: Parser) -> None:
    parser.add_argument("environment", metavar="ENV", help="the environment")


def release(verbs: "Commands") -> None:
    """Add `models release`."""
    text = "let the alias of each pinned model point to its version"
    parser = verbs.add_parser("release", help=text, description=sentence(text))
    _place(parser)
    parser.add_argument(
        "--alias", default="champion", metavar="NAME", help="the alias (default champion)"
    )
    parser.add_argument("--dry-run", action="store_true", help="move nothing, say what would be")


CONFIGURE: "dict[str, Callable[[Commands], None]]" = {
    "promote": _promote,
    "rollback": _rollback,
    "history": _history,
    "diff": _diff,
    "hold": _hold,
    "policy": _policy,
    "backfill": _backfill,
}
