"""Learn one part of a table and measure on the other; the label is in the last column."""

import argparse
from pathlib import Path

import numpy
from sklearn.linear_model import LogisticRegression

parser = argparse.ArgumentParser()
parser.add_argument("parts", type=Path)
parser.add_argument("--rows", type=int, required=True)
options = parser.parse_args()

train, test = (
    numpy.loadtxt(options.parts / f"{name}.csv", delimiter=",", skiprows=1)
    for name in ("train", "test")
)
assert len(train) == options.rows  # noqa: S101 - the split has said so
model = LogisticRegression(max_iter=500).fit(train[:, :-1], train[:, -1])
accuracy = model.score(test[:, :-1], test[:, -1])
Path("accuracy.txt").write_text(f"{accuracy:.6f}")
print(f"accuracy {accuracy:.4f} on {len(test)} rows")
