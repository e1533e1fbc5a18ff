"""`argosy ui`: a page of all runs on this machine, live."""

import argparse
import signal
import threading

from argosy.cli import command, records, terminal


def execute(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    from argosy.ui.server import Server, serve

    state = records.folder()
    state.mkdir(exist_ok=True)
    command.offer(state)
    server = Server(state, args.port)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        terminal.out(server.address)
        terminal.talk("the address is as secret as a password; Ctrl-C ends the page")
        if not args.no_open:
            import webbrowser

            threading.Thread(target=webbrowser.open, args=(server.address,), daemon=True).start()
        serve(server)
    finally:
        server.close()
    return 0
