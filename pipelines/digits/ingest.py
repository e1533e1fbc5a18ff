"""Write the UCI handwritten digits that scikit-learn ships as one compressed array file."""

import argparse
from pathlib import Path

import numpy
from sklearn.datasets import load_digits

parser = argparse.ArgumentParser()
parser.add_argument("--rows", type=int, required=True)
parser.add_argument("--out", type=Path, required=True)
options = parser.parse_args()

digits = load_digits()
images, labels = digits.data[: options.rows], digits.target[: options.rows]
options.out.mkdir(parents=True, exist_ok=True)
numpy.savez_compressed(options.out / "digits.npz", images=images, labels=labels)
(options.out / "images.txt").write_text(str(len(images)))
print(f"{len(images)} images of {len(set(labels))} digits")
