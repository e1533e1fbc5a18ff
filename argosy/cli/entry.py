"""The way in: parse, run the command's module, turn whatever happens into an exit code."""

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from argosy.cli import terminal

_READER_GONE = 141
_INTERRUPTED = 130
_BUG = 70
# what a compilation makes has no cycles: looking for them took a quarter of a large one
_RARELY = (20_000, 10, 100)


def main(argv: Sequence[str] | None = None) -> int:
    """Run `argosy` with `argv`; return its exit code."""
    terminal.prepare()
    gc.set_threshold(*_RARELY)
    code = _guarded(sys.argv[1:] if argv is None else argv)
    try:
        terminal.finish()
    except terminal.ReaderGone:
        return code or _READER_GONE
    except terminal.OutputFailure as failure:
        terminal.talk(f"error: {failure.message}")
        return code or failure.exit_code
    return code


def _guarded(argv: Sequence[str]) -> int:
    try:
        return _run(argv)
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else 2
    except KeyboardInterrupt as error:
        return _answered(error, argv)
    except terminal.ReaderGone:
        return _READER_GONE
    except Exception as error:  # noqa: BLE001 - the last line of defence, it writes the report
        return _answered(error, argv)


def _answered(error: BaseException, argv: Sequence[str]) -> int:
    try:
        from argosy.cli import faults

        return faults.answer(error, machine="--json" in argv)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except terminal.ReaderGone:
        return _READER_GONE
    except Exception as second:  # noqa: BLE001 - nothing is left that could answer
        terminal.talk(f"error: {error}\n  and then, telling of it: {second!r}")
        return _BUG


def _run(argv: Sequence[str]) -> int:
    from argosy.cli import arguments

    args = arguments.parse(argv)
    if args.directory:
        _enter(args.directory)
    command = import_module(f"argosy.cli.{args.module}")
    return int(command.execute(args))


def _enter(directory: str) -> None:
    try:
        os.chdir(directory)
    except OSError as error:
        from argosy.cli.usage import UsageFailure

        message = f"-C {directory}: {error.strerror}"
        raise UsageFailure(message, "name a folder of the project") from None
