"""Train a small neural network on the wines and write its accuracy."""

import argparse
import json
import pickle
from pathlib import Path

from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

parser = argparse.ArgumentParser()
parser.add_argument("--data", type=Path, required=True)
parser.add_argument("--hidden", type=int, required=True)
parser.add_argument("--rate", type=float, required=True)
parser.add_argument("--optimizer", required=True)
options = parser.parse_args()

data = json.loads((options.data / "wine.json").read_text())
network = MLPClassifier(
    (options.hidden,),
    solver=options.optimizer,
    learning_rate_init=options.rate,
    max_iter=400,
    random_state=0,
)
scaler = StandardScaler() if data["scale"] else FunctionTransformer()
model = make_pipeline(scaler, network).fit(data["train_x"], data["train_y"])
accuracy = model.score(data["test_x"], data["test_y"])
Path("accuracy.txt").write_text(f"{accuracy:.6f}")
Path("model.pkl").write_bytes(pickle.dumps(model))
print(f"accuracy {accuracy:.4f}")
