"""Train epoch by epoch, keep each, and be taken away in the middle of the first attempt."""

import argparse
import os
import pickle
import signal
from pathlib import Path

import numpy
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, required=True)
parser.add_argument("--keep", type=Path, required=True)
options = parser.parse_args()

x, y = load_digits(return_X_y=True)
train_x, test_x, train_y, test_y = train_test_split(x / 16, y, random_state=7, stratify=y)

kept = options.keep / "kept.pkl"
done, model = 0, SGDClassifier(random_state=7)
if kept.exists():
    done, model = pickle.loads(kept.read_bytes())  # noqa: S301 - our own
resumed = done
print(f"going on after epoch {resumed}" if resumed else "beginning")

for epoch in range(done + 1, options.epochs + 1):
    model.partial_fit(train_x, train_y, classes=numpy.unique(y))
    partial = kept.with_suffix(".part")
    partial.write_bytes(pickle.dumps((epoch, model)))
    partial.rename(kept)  # whole or not at all
    print(f"epoch {epoch}: {model.score(test_x, test_y):.4f}", flush=True)
    if not resumed and epoch == options.epochs // 2:
        print("this is when the cloud takes its node back")
        os.kill(os.getpid(), signal.SIGTERM)

Path("model").mkdir()
Path("model", "model.pkl").write_bytes(pickle.dumps(model))
Path("accuracy.txt").write_text(f"{model.score(test_x, test_y):.6f}")
Path("resumed.txt").write_text(str(resumed))
