"""`argosy step notify`: what the handlers of a pipeline call, and the watch on one that is late.

What is known at render time comes as arguments, what is known at run time by environment.
"""

import argparse
import time
from collections.abc import Mapping
from pathlib import Path

from argosy.notices import delivery
from argosy.notices.delivery import Mailbox
from argosy.notices.message import Message, Subject, compose, failures

FAILURES = "failures.json"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `notify` to `parser`."""
    parser.add_argument("--via", choices=("slack", "webhook", "email"), required=True)
    for flag in ("pipeline", "env"):
        parser.add_argument(f"--{flag}", required=True)
    for flag in ("after", "channel", "from", "server", "url"):
        parser.add_argument(f"--{flag}", default="", dest=f"argument_{flag}")
    for flag in ("link", "to"):
        parser.add_argument(f"--{flag}", action="append", default=[])
    parser.add_argument("--tls", choices=("starttls", "ssl", "none"), default="starttls")
    parser.add_argument("--port", type=int, default=587)


def execute(
    args: argparse.Namespace, environment: Mapping[str, str], folder: Path
) -> tuple[int, list[str]]:
    """Send a notice of the run; raise `DeliveryError` if nobody takes it.

    With `--after` wait that long before.
    """
    if args.argument_after:
        time.sleep(_seconds(args.argument_after))
    message = _message(args, environment, folder)
    _deliver(args, environment, message)
    return 0, [f"sent to {args.via}:", *message.text.splitlines()]


def _message(args: argparse.Namespace, environment: Mapping[str, str], folder: Path) -> Message:
    file = folder / FAILURES
    found = failures(file.read_text("utf-8", "replace")) if file.is_file() else {}
    run = environment.get("ARGOSY_RUN", "")
    links = dict(text.split("=", 1) for text in args.link)
    subject = Subject(
        pipeline=args.pipeline,
        environment=args.env,
        run=run,
        status=environment.get("ARGOSY_STATUS", ""),
        duration=float(environment.get("ARGOSY_DURATION") or 0),
        links={name: url.replace("{run}", run) for name, url in links.items()},
        after=args.argument_after,
    )
    return compose(subject, found, environment.get("ARGOSY_NOTICE_TEXT", ""))


def _deliver(args: argparse.Namespace, environment: Mapping[str, str], message: Message) -> None:
    url = args.argument_url or environment.get("ARGOSY_NOTICE_URL", "").strip()
    if args.via == "slack":
        delivery.slack(url, message, args.argument_channel)
    elif args.via == "webhook":
        delivery.webhook(url, message)
    else:
        user, password = (environment.get(f"ARGOSY_NOTICE_{n}", "") for n in ("USER", "PASSWORD"))
        recipients = tuple(args.to)
        box = (args.argument_server, args.port, args.tls, args.argument_from, recipients)
        delivery.mail(Mailbox(*box, user.strip(), password.strip()), message)


def _seconds(text: str) -> float:
    return float(text[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[text[-1]]
