"""Write a text, count its words, show the most frequent ones."""

import argparse
import collections
import datetime
import json
import random
from pathlib import Path

WORDS = ["model", "data", "loss", "batch", "epoch", "token", "layer", "seed"]


def write(options):
    """Write lines of words: made up, and the same each time."""
    source = random.Random(0)
    weights = range(1, len(WORDS) + 1)
    lines = (" ".join(source.choices(WORDS, weights, k=6)) for _ in range(options.lines))
    options.out.write_text("\n".join(lines))


def count(options):
    """Count the words; when that was shows which run did it."""
    counts = collections.Counter(options.file.read_text().split())
    options.out.write_text(json.dumps(counts))
    now = datetime.datetime.now(datetime.UTC)
    options.out.with_name("counted.txt").write_text(now.isoformat())
    print(sum(counts.values()), "words")


def show(options):
    """Write the most frequent words."""
    counts = collections.Counter(json.loads(options.file.read_text()))
    options.out.write_text(" ".join(word for word, _ in counts.most_common(options.top)))
    print(options.out.read_text())


parser = argparse.ArgumentParser()
parser.add_argument("call", choices=["write", "count", "show"])
parser.add_argument("file", type=Path, nargs="?")
parser.add_argument("--lines", type=int)
parser.add_argument("--top", type=int)
parser.add_argument("--out", type=Path, required=True)
options = parser.parse_args()
{"write": write, "count": count, "show": show}[options.call](options)
