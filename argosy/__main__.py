"""The command `argosy`, and `python -m argosy`."""

import sys

from argosy.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())
