"""Write the wines that scikit-learn ships as two CSV files, the label in the last column."""

import argparse
from pathlib import Path

import numpy
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

parser = argparse.ArgumentParser()
parser.add_argument("--scaled", choices=["true", "false"], required=True)
parser.add_argument("--seed", type=int, required=True)
parser.add_argument("--out", type=Path, required=True)
options = parser.parse_args()

wine = load_wine()
train_x, test_x, train_y, test_y = train_test_split(
    wine.data, wine.target, test_size=0.3, random_state=options.seed, stratify=wine.target
)
if options.scaled == "true":
    scaler = StandardScaler().fit(train_x)
    train_x, test_x = scaler.transform(train_x), scaler.transform(test_x)
options.out.mkdir()
for name, x, y in (("train", train_x, train_y), ("test", test_x, test_y)):
    numpy.savetxt(options.out / f"{name}.csv", numpy.column_stack([x, y]), "%.6g", ",")
(options.out / "rows.txt").write_text(str(len(train_x)))
print(f"{len(train_x)} wines to learn from, {len(test_x)} to test on")
