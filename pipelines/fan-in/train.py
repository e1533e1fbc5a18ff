"""Train one model of one size on the wines that scikit-learn ships."""

import argparse
import pickle
from pathlib import Path

from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True)
parser.add_argument("--size", type=int, required=True)
options = parser.parse_args()

models = {
    "tree": lambda size: DecisionTreeClassifier(max_depth=size, random_state=0),
    "knn": lambda size: make_pipeline(StandardScaler(), KNeighborsClassifier(size)),
}
if options.model not in models:
    raise SystemExit(f"nobody knows how to train a model called {options.model}")
x, y = load_wine(return_X_y=True)
train_x, test_x, train_y, test_y = train_test_split(x, y, random_state=7, stratify=y)
model = models[options.model](options.size).fit(train_x, train_y)
accuracy = model.score(test_x, test_y)
Path("model.pkl").write_bytes(pickle.dumps(model))
Path("accuracy.txt").write_text(f"{accuracy:.6f}")
print(f"{options.model} of size {options.size}: accuracy {accuracy:.4f}")
