"""The labels and annotations that a run gives itself (Argo's updateWorkflowMetadata)."""

from collections.abc import Iterator, Mapping
from typing import Any

from argosy.engine import language
from argosy.engine.control import words
from argosy.engine.failure import EngineError
from argosy.engine.language.errors import EvaluationError, UnfitError
from argosy.engine.language.go.printf import go_quoted as quote
from argosy.engine.language.values import go_name, to_json
from compiler.manifests import selectors

Data = Mapping[str, Any]


def values(metadata: Data, known: Mapping[str, str], own: Data) -> dict[str, str]:
    """Return what `{{workflow.labels.…}}` and `{{workflow.annotations.…}}` name.

    `metadata` is the spec's `workflowMetadata`, `known` are the names of the run without it, `own`
    the labels of the object. Raise `EngineError` for a label that is none.
    """
    written = words.substitute(metadata, known)
    labels = {**dict(_written(written)), **dict(_computed(written, known))}
    notes = {str(name): str(text) for name, text in (written.get("annotations") or {}).items()}
    return {
        **{f"workflow.labels.{name}": text for name, text in labels.items()},
        **{f"workflow.annotations.{name}": text for name, text in notes.items()},
        **dict.fromkeys(("workflow.labels", "workflow.labels.json"), to_json({**own, **labels})),
    }


def _written(metadata: Data) -> Iterator[tuple[str, str]]:
    for name, text in (metadata.get("labels") or {}).items():
        _check(name, str(text), "")
        yield name, str(text)


def _computed(metadata: Data, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, source in (metadata.get("labelsFrom") or {}).items():
        expression = str(source.get("expression") or "")
        label, shown = quote(name), quote(expression)
        try:
            value = language.evaluate(expression, known)
        except UnfitError as error:
            said = f"Failed to compile function for expression {shown}: {error}"
            raise EngineError(said) from None
        except EvaluationError as error:
            said = f"failed to evaluate label {label} expression {shown}: {error}"
            raise EngineError(said) from None
        if not isinstance(value, str):
            raise EngineError(
                f"failed to evaluate label {label} expression {shown} evaluted to "
                f"{go_name(value)} but must be a string"
            )
        _check(name, value, f" and expression {shown}")
        yield name, value


def _check(name: str, value: str, source: str) -> None:
    if wrong := selectors.faults(value):
        said = f"invalid label value {quote(value)} for label {quote(name)}{source}: {wrong}"
        raise EngineError(said)
