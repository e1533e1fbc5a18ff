"""Train one model on three quarters of the digits and measure it on the rest."""

import argparse
import pickle
from pathlib import Path

import numpy
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC


def model_named(name, seed):
    """Return an untrained model; the same seed gives the same model."""
    return {
        "logreg": make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
        "forest": RandomForestClassifier(n_estimators=100, random_state=seed),
        "neighbors": KNeighborsClassifier(n_neighbors=5),
        "svc": SVC(gamma=0.001, C=10, random_state=seed),
    }[name]


parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True, choices=["logreg", "forest", "neighbors", "svc"])
parser.add_argument("--data", type=Path, required=True)
parser.add_argument("--seed", type=int, required=True)
options = parser.parse_args()

data = numpy.load(options.data / "digits.npz")
train_x, test_x, train_y, test_y = train_test_split(
    data["images"],
    data["labels"],
    test_size=0.25,
    random_state=options.seed,
    stratify=data["labels"],
)
model = model_named(options.model, options.seed).fit(train_x, train_y)
predicted = model.predict(test_x)
metrics = {
    "accuracy": accuracy_score(test_y, predicted),
    "macro_f1": f1_score(test_y, predicted, average="macro"),
}

Path("metrics").mkdir(exist_ok=True)
Path("model").mkdir(exist_ok=True)
for name, value in metrics.items():
    Path("metrics", f"{name}.txt").write_text(f"{value:.6f}")
Path("model", "model.pkl").write_bytes(pickle.dumps(model))
print(options.model, {name: round(value, 4) for name, value in metrics.items()})
