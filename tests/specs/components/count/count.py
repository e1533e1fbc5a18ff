"""Count the lines of a file that are long enough."""

import os
import sys
from pathlib import Path

table, text, items, least = sys.argv[1:]
lines = Path(table).read_text("utf-8").splitlines()
Path("total").write_text(str(sum(len(line) >= int(least) for line in lines)), "utf-8")
Path("said").write_text(f"{text} {items} {os.environ['SAID']}", "utf-8")
