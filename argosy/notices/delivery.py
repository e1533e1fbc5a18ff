"""Deliver a message: to a Slack webhook, to any URL as JSON, or by mail."""

import json
import smtplib
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

from argosy.exchange import Silence, exchange
from argosy.failure import Failure
from argosy.notices.message import Message
from compiler.record import record

_TIMEOUT = 10
_PAUSES = (2, 6)
_ESCAPED = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))


class DeliveryError(Failure):
    """Nobody has taken the message."""


@record
class Mailbox:
    """A mail server (`tls` is starttls, ssl or none), who writes, who gets it."""

    server: str
    port: int
    tls: str
    sender: str
    recipients: tuple[str, ...]
    user: str
    password: str


def slack(url: str, message: Message, channel: str) -> None:
    """Post to an incoming webhook; raise `DeliveryError` if it does not take it."""
    text = f"*{_plain(message.title)}*\n" + "\n".join(map(_plain, message.lines))
    _post(url, {"text": text, **({"channel": channel} if channel else {})})


def webhook(url: str, message: Message) -> None:
    """Post the message's data; raise `DeliveryError` if the address does not take it."""
    _post(url, message.data)


def _plain(text: str) -> str:
    for sign, escaped in _ESCAPED:
        text = text.replace(sign, escaped)
    return text


def _post(url: str, data: Mapping[str, Any]) -> None:
    # the address is often a secret as a whole: only its host is ever said
    host = urlsplit(url).hostname or "the address"
    body = json.dumps(data).encode()
    if urlsplit(url).scheme not in ("http", "https"):
        raise DeliveryError("the address of the notice is no http address", "look at its secret")

    def send() -> str:
        try:
            answer = exchange("POST", url, body, {"Content-Type": "application/json"}, _TIMEOUT)
        except Silence as error:
            return f"cannot be reached: {error}"
        # a redirect is no end: the address it names would get no message, or would not be ours
        said = f"answered {answer.status} {answer.reason}"
        if 300 <= answer.status < 500 and answer.status != 429:
            raise DeliveryError(f"{host} {said}", "")
        return "" if answer.status < 300 else said

    _insist(host, send)


def mail(box: Mailbox, message: Message) -> None:
    """Send the message; raise `DeliveryError` if the server does not take it."""
    letter = EmailMessage()
    letter["Subject"] = " ".join(message.title.split())
    letter["From"], letter["To"] = box.sender, ", ".join(box.recipients)
    letter.set_content("\n".join(message.lines))

    def send() -> str:
        try:
            _hand_over(box, letter)
        except smtplib.SMTPResponseException as error:
            said = error.smtp_error
            said = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
            if 500 <= error.smtp_code < 600:
                raise DeliveryError(f"{box.server} answered {error.smtp_code} {said}") from None
            return f"answered {error.smtp_code} {said}"
        except (smtplib.SMTPException, OSError) as error:
            return f"failed: {error}"
        return ""

    _insist(box.server, send)


def _hand_over(box: Mailbox, letter: EmailMessage) -> None:
    context = ssl.create_default_context()
    kind = smtplib.SMTP_SSL if box.tls == "ssl" else smtplib.SMTP
    options: dict[str, Any] = {"context": context} if box.tls == "ssl" else {}
    with kind(box.server, box.port, timeout=_TIMEOUT, **options) as server:
        if box.tls == "starttls":
            server.starttls(context=context)
        if box.user:
            server.login(box.user, box.password)
        server.send_message(letter)


def _insist(host: str, send: Callable[[], str], pauses: Sequence[float] = _PAUSES) -> None:
    """Try again what may get better."""
    wrong = send()
    for pause in pauses:
        if not wrong:
            return
        time.sleep(pause)
        wrong = send()
    if wrong:
        raise DeliveryError(f"{host} {wrong}", "the notice was tried three times")
