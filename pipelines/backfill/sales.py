"""Sales by month: which months are missing, and what one month sums up to."""

import argparse
import json
import random
from pathlib import Path

LOADED = {"2026-02", "2026-05"}  # what a warehouse would be asked for


def missing(options):
    """Write the months, from the first one on, that are not loaded yet."""
    year, month = map(int, options.since.split("-"))
    first = 12 * year + month - 1
    wanted = [f"{n // 12}-{n % 12 + 1:02}" for n in range(first, first + options.months)]
    months = [name for name in wanted if name not in LOADED]
    options.out.write_text(json.dumps(months))
    print("missing:", *months)


def load(options):
    """Write the sum of a month's sales: made up, but the same for the same month."""
    source = random.Random(options.month)
    sales = [round(source.uniform(5, 500), 2) for _ in range(1000)]
    options.out.write_text(f"{sum(sales):.2f}")
    print(f"{options.month}: {len(sales)} sales, {sum(sales):,.2f}")


parser = argparse.ArgumentParser()
commands = parser.add_subparsers(required=True)
command = commands.add_parser("missing")
command.add_argument("--since", required=True)
command.add_argument("--months", type=int, required=True)
command.add_argument("--out", type=Path, required=True)
command.set_defaults(call=missing)
command = commands.add_parser("load")
command.add_argument("--month", required=True)
command.add_argument("--out", type=Path, required=True)
command.set_defaults(call=load)
options = parser.parse_args()
options.call(options)
