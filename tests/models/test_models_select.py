"""`argosy step select`: the best candidate, its values and its files."""

from pathlib import Path

import pytest

from argosy.models.failure import ModelInputError
from argosy.models.select import best, candidates, write


def found(*values: str) -> tuple[object, ...]:
    arguments = [f"train-{index}:model=m{index},fold={index}" for index in range(len(values))]
    environment = {f"ARGOSY_VALUE_{index}_MY_AUC": text for index, text in enumerate(values)}
    return candidates(arguments, ["my_auc"], environment)


@pytest.mark.parametrize(
    ("values", "mode", "expected"),
    [
        (("0.1", "0.3", "0.2"), "max", 1),
        (("0.1", "0.3", "0.2"), "min", 0),
        (("0.3", "0.3"), "max", 0),
        (("0.3", "0.3"), "min", 0),
        (("", "0.1"), "max", 1),
        (("nan", "0.1"), "max", 1),
        (("{{tasks.a.outputs.parameters.auc}}", "-1e9"), "max", 1),
    ],
)
def test_the_best_is_chosen(values: tuple[str, ...], mode: str, expected: int) -> None:
    assert best(found(*values), "my_auc", mode) == expected  # type: ignore[arg-type]


def test_nobody_has_a_number() -> None:
    with pytest.raises(ModelInputError) as caught:
        best(found("", "nan"), "my_auc", "max")  # type: ignore[arg-type]
    assert caught.value.hint == "found train-0: nothing, train-1: nan"


def test_values_and_files_of_the_chosen_are_handed_on(tmp_path: Path) -> None:
    (tmp_path / "inputs/1/model").mkdir(parents=True)
    (tmp_path / "inputs/1/model/x").write_text("1")
    chosen = candidates(["a:model=x", "b:model=y"], ["auc"], {"ARGOSY_VALUE_1_AUC": "0.5"})[1]
    write(tmp_path, 1, chosen, ["model"])
    values = tmp_path / "outputs" / "values"
    assert {path.name: path.read_text() for path in values.iterdir()} == {
        "auc": "0.5",
        "matrix-model": "y",
        "selected": "b",
    }
    assert (tmp_path / "outputs/artifacts/model/x").read_text() == "1"
    with pytest.raises(ModelInputError, match="did not arrive"):
        write(tmp_path, 0, chosen, ["model"])
