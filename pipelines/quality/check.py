"""Fail when a value of a column lies too far from the column's mean."""

import argparse
import sys
from pathlib import Path

from sklearn.datasets import load_wine

parser = argparse.ArgumentParser()
parser.add_argument("--column", required=True)
parser.add_argument("--limit", type=float, required=True)
parser.add_argument("--out", type=Path, required=True)
options = parser.parse_args()

wine = load_wine()
column = wine.data[:, wine.feature_names.index(options.column)]
distance = float(abs(column - column.mean()).max() / column.std())
options.out.write_text(f"{distance:.4f}")
print(f"{options.column}: farthest value {distance:.2f} deviations from the mean")
sys.exit(distance > options.limit)
