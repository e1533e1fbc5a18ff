"""The commands around runs on this machine, as data."""

from typing import TYPE_CHECKING

from argosy.cli.parser import Parser, age, command, count, environment, offer_json, phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from argosy.cli.parser import Commands


def _run(found: "Commands") -> None:
    text = "run a pipeline on this machine, from the same manifests a cluster gets"
    examples = (
        "run digits --env dev -p rows=500\n"
        "run digits --env dev --published\n"
        "run workflow.yaml --json\n"
        "run checkout/envs/dev/digits"
    )
    parser = command(found, "run", text, examples)
    parser.add_argument(
        "target", metavar="TARGET", help="a pipeline, or a file or folder of manifests"
    )
    environment(parser)
    _parameters(parser, "set a parameter")
    parser.add_argument("--name", help="the name of the run (default: the pipeline's and a suffix)")
    parser.add_argument(
        "--published", action="store_true", help="run what is published, as a cluster would"
    )
    parser.add_argument(
        "--runtime",
        choices=("process", "sandbox", "container"),
        default="process",
        help="how steps run: processes of this machine (default), with the files of a pod at "
        "their absolute paths, or in their images",
    )
    parser.add_argument(
        "--workflow", default="", metavar="NAME", help="which of several that the files hold"
    )
    parser.add_argument(
        "--kube-context",
        default="",
        metavar="NAME",
        help="the cluster, by its name in kubectl's configuration, for steps that need one",
    )
    parser.add_argument(
        "--as-argo",
        action="store_true",
        help="do what Argo does where it silently changes or passes on a text, and do not stop",
    )
    parser.add_argument(
        "--no-cache", action="store_true", help="run what the cache holds, and keep the new result"
    )
    parser.add_argument(
        "--from", dest="start", metavar="STEP", help="take what comes before from the last run"
    )
    parser.add_argument("--only", metavar="STEP", help="run this step, the rest as it was")
    parser.add_argument("--dry-run", action="store_true", help="run nothing, say what would run")
    parser.add_argument(
        "--detach", action="store_true", help="go on without this terminal; print the run's name"
    )
    _stream(parser)


def _parameters(parser: Parser, text: str) -> None:
    parser.add_argument(
        "-p",
        "--param",
        dest="parameters",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"{text}; may be given again",
    )


def _resume(found: "Commands") -> None:
    text = "go on with a run whose engine died or was told to stop, or release an environment"
    _again(found, "resume", text, "\nresume prod")


def _retry(found: "Commands") -> None:
    _again(found, "retry", "run again what failed in a run, and what waits for it")


def _again(found: "Commands", name: str, text: str, more: str = "") -> None:
    examples = f"{name}\n{name} digits-x7k2p\n{name} digits-x7k2p --json{more}"
    parser = command(found, name, text, examples)
    _one_run(parser)
    _stream(parser)


def _stop(found: "Commands") -> None:
    text = "end a run that goes on"
    examples = "stop\nstop digits-x7k2p\nstop digits-x7k2p --now"
    parser = command(found, "stop", text, examples)
    _one_run(parser, "the one that goes on")
    parser.add_argument(
        "--now", action="store_true", help="kill the steps at once, run no exit handler"
    )
    offer_json(parser, "asked")


def _approve(found: "Commands") -> None:
    text = "let a step go on that waits for an answer"
    examples = "approve digits-x7k2p ask\napprove digits-x7k2p ask -p rate=0.1 --message fine"
    _answer(command(found, "approve", text, examples))


def _reject(found: "Commands") -> None:
    text = "let a step fail that waits for an answer"
    examples = "reject digits-x7k2p ask\nreject digits-x7k2p ask --message 'not this week'"
    _answer(command(found, "reject", text, examples))


def _answer(parser: Parser) -> None:
    _one_run(parser, "the one that goes on")
    parser.add_argument(
        "step", nargs="?", default="", metavar="STEP", help="the step (default: the one that waits)"
    )
    _parameters(parser, "give an output that the step asks for")
    parser.add_argument("--message", default="", help="why, for the record")
    offer_json(parser, "asked")


def _one_run(parser: Parser, default: str = "the last one") -> None:
    text = f"a run, its beginning or a pipeline (default: {default})"
    parser.add_argument("run", nargs="?", default="", metavar="RUN", help=text)


def _stream(parser: Parser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="print each event as a line of JSON (schema `events`)"
    )


def _runs(found: "Commands") -> None:
    text = "list the runs on this machine, newest first"
    examples = "runs\nruns --pipeline digits --phase Failed\nruns --all --json"
    parser = command(found, "runs", text, examples)
    parser.add_argument("--pipeline", metavar="NAME", help="only runs of this pipeline")
    parser.add_argument(
        "--phase",
        type=phase,
        metavar="PHASE",
        help="only those that are Running, Succeeded, Failed, Error, Interrupted or Damaged",
    )
    parser.add_argument(
        "--limit", type=count, default=20, metavar="N", help="show so many (default 20)"
    )
    parser.add_argument("--all", action="store_true", help="show all")
    offer_json(parser, "runs")


def _logs(found: "Commands") -> None:
    text = "show what the steps of a run wrote"
    examples = "logs\nlogs -f\nlogs digits-x7k2p train\nlogs train --raw > train.log"
    parser = command(found, "logs", text, examples)
    _run_and_step(parser)
    parser.add_argument(
        "-f", "--follow", action="store_true", help="go on with what is written, to the run's end"
    )
    parser.add_argument(
        "--raw", action="store_true", help="as it was written, with what steers a terminal"
    )
    offer_json(parser, "log")


def _why(found: "Commands") -> None:
    text = "say why a step ran, was skipped, was tried again, failed, or waits"
    examples = "why train\nwhy digits-x7k2p register\nwhy digits-x7k2p register --json"
    parser = command(found, "why", text, examples)
    _run_and_step(parser)
    offer_json(parser, "why")


def _clean(found: "Commands") -> None:
    text = "remove runs, with their logs, artifacts and work folders"
    examples = "clean --keep 20\nclean --older-than 30d --phase Failed --dry-run\nclean --all --yes"
    parser = command(found, "clean", text, examples)
    parser.add_argument(
        "--older-than", type=age, metavar="AGE", help="those that began so long ago, such as 30d"
    )
    parser.add_argument("--keep", type=count, metavar="N", help="all but the newest so many")
    parser.add_argument(
        "--phase",
        dest="phases",
        type=phase,
        action="append",
        default=[],
        metavar="PHASE",
        help="only of this phase; may be given again",
    )
    parser.add_argument("--all", action="store_true", help="all of them")
    parser.add_argument(
        "--cache", action="store_true", help="no runs, but results of steps, unused for AGE"
    )
    parser.add_argument("--dry-run", action="store_true", help="remove nothing, say what would go")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    offer_json(parser, "cleaned")


def _run_and_step(parser: Parser) -> None:
    parser.add_argument(
        "words",
        nargs="*",
        metavar="RUN STEP",
        help="a run, its beginning or a pipeline (default: the last run), and a step of it",
    )


CONFIGURE: "dict[str, Callable[[Commands], None]]" = {
    "run": _run,
    "runs": _runs,
    "logs": _logs,
    "why": _why,
    "stop": _stop,
    "resume": _resume,
    "retry": _retry,
    "approve": _approve,
    "reject": _reject,
    "clean": _clean,
}
