"""Let the same model learn from several tables; write which of them serves it best."""

import argparse
import json
from pathlib import Path

import numpy
from sklearn.neighbors import KNeighborsClassifier

parser = argparse.ArgumentParser()
parser.add_argument("tables", type=Path)
parser.add_argument("--rows", type=json.loads, required=True)
options = parser.parse_args()

scores = {}
for folder in sorted(options.tables.iterdir()):
    train, test = (
        numpy.loadtxt(folder / f"{name}.csv", delimiter=",") for name in ("train", "test")
    )
    model = KNeighborsClassifier().fit(train[:, :-1], train[:, -1])
    scores[folder.name] = model.score(test[:, :-1], test[:, -1])
print(scores, "rows:", options.rows)
best = max(scores, key=scores.get)
Path("best.txt").write_text(best)
Path("gain.txt").write_text(f"{scores[best] - min(scores.values()):.6f}")
