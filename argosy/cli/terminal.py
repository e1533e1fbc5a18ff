"""The two streams: stdout is the result, stderr the talk. Neither ever ends in a traceback."""

import codecs
import os
import sys
from typing import IO

from argosy.failure import Failure

_PLAIN = {"✔": "ok", "✖": "x", "→": "->", "…": "...", "·": "-", "●": "*", "○": "o", "—": "-"}

_people = True


class ReaderGone(Exception):  # noqa: N818 - who read our output has seen enough
    """The reader of stdout went away, as `head` does."""


class OutputFailure(Failure):
    """Stdout cannot be written: a full disk, mostly."""


def prepare() -> None:
    """Make the standard streams usable whatever the caller has closed and whatever the locale."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            # else the next file opened takes the number, and our output goes into it
            os.open(os.devnull, os.O_RDWR)
    codecs.register_error("argosy", _substitute)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(errors="argosy")  # type: ignore[union-attr]


def _substitute(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    found = error.object[error.start : error.end]
    return "".join(_PLAIN.get(letter, "?") for letter in found), error.end


def out(text: str) -> None:
    """Write a line of the result to stdout, or aside."""
    if not _people:
        talk(text.removesuffix("\n"))
        return
    _write(text if text.endswith("\n") else f"{text}\n")


def aside() -> None:
    """Let the lines for people go to stderr from now on: a program reads stdout."""
    global _people
    _people = False


def out_bytes(content: bytes) -> None:
    """Write bytes to stdout as they are, such as YAML, which is always UTF-8."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except OSError as error:
        raise _lost(error) from None


def out_json(text: str) -> None:
    """Write JSON to stdout: UTF-8 everywhere, and what is no character by JSON's own escape."""
    out_bytes(text.encode("utf-8", "backslashreplace"))


def talk(text: str) -> None:
    """Write a line to stderr; what cannot be written there is lost, for nobody listens."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except OSError:
        _mute(sys.stderr)


def complain(message: str, hint: str = "") -> None:
    """Write an error that has no place in a file."""
    mark = "\033[1;31merror\033[0m" if coloured(sys.stderr) else "error"
    talk(f"{mark}: {message}")
    if hint:
        talk(f"  help: {hint}")


def finish() -> None:
    """Write what is still buffered; raise `ReaderGone` or `OutputFailure` when that fails."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError as error:
        raise _lost(error) from None


def coloured(stream: IO[str] | None) -> bool:
    """Say whether `stream` is to have colours: NO_COLOR, FORCE_COLOR, else a capable terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def live() -> bool:
    """Say whether stderr is a terminal on which lines can be written over."""
    stream = sys.stderr
    return stream is not None and stream.isatty() and os.environ.get("TERM") not in (None, "dumb")


def columns() -> int:
    """Return the width of the terminal, or COLUMNS, or 80."""
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said) >= 20:
        return int(said)
    return size()[0]


def size() -> tuple[int, int]:
    """Return columns and lines of the terminal as they are now, or 80 and 24."""
    for stream in (sys.stderr, sys.stdout):
        try:
            found = os.get_terminal_size(stream.fileno())
        except (OSError, ValueError, AttributeError):
            continue
        return found.columns or 80, found.lines or 24
    return 80, 24


def writes_unicode(stream: IO[str] | None) -> bool:
    """Say whether `stream` can take every character."""
    return (getattr(stream, "encoding", None) or "").lower().replace("-", "") == "utf8"


def write_over(frame: str) -> None:
    """Write a frame to stderr in one piece, as it is; where it cannot go it is lost."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(frame)
        sys.stderr.flush()
    except OSError:
        _mute(sys.stderr)


def _write(text: str) -> None:
    if sys.stdout is None:
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        raise _lost(error) from None


def _lost(error: OSError) -> Exception:
    _mute(sys.stdout)
    if isinstance(error, BrokenPipeError):
        return ReaderGone()
    return OutputFailure(f"stdout cannot be written: {error.strerror}", "free some space")


def _mute(stream: IO[str]) -> None:
    """Send the rest to nowhere, or the interpreter fails on it once more at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
