"""Train a model on the irises that scikit-learn ships and write its accuracy."""

import pickle
from pathlib import Path

from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

iris = load_iris()
train_x, test_x, train_y, test_y = train_test_split(
    iris.data, iris.target, test_size=0.4, random_state=7, stratify=iris.target
)
model = LogisticRegression(max_iter=500).fit(train_x, train_y)
accuracy = model.score(test_x, test_y)
Path("model").mkdir()
Path("model", "model.pkl").write_bytes(pickle.dumps(model))
Path("accuracy.txt").write_text(f"{accuracy:.6f}")
print(f"accuracy {accuracy:.4f}")
