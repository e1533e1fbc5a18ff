"""`argosy step`: what rendered manifests call inside a pod; no command for people."""

import argparse
import os
import signal
import sys
from pathlib import Path

from argosy.cli import terminal


def execute(args: argparse.Namespace) -> int:
    """Run the step in the current folder; its lines go to the pod's log."""
    from argosy.models import steps

    code, lines = steps.execute(args, os.environ, Path.cwd())
    for line in lines:
        terminal.out(line)
    if getattr(args, "argument_after", ""):
        # a watch for a late run stays until the run has ended and takes its pod away
        sys.stdout.flush()
        signal.pause()
    return code
