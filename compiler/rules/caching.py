"""Rules of caches: what a hit gives must be what running would have given."""

import re
from collections.abc import Iterator

from compiler.images import by_digest
from compiler.pipeline import Inline, Pipeline, Step
from compiler.problems import Problem

_DIFFERENT = ("name", "uid", "source")
_RUN = re.compile(r"\brun\s*[.\[]")


def keys(pipeline: Pipeline) -> Iterator[Problem]:
    """A cached step does not read what is different in every run; its image is one for good."""
    for step in pipeline.steps:
        if step.cache is None:
            continue
        for name in _of_the_run(step):
            message = f"`{step.name}` is cached, but reads {name}, which differs from run to run"
            hint = "read it in a step that is not cached"
            yield Problem("bad-cache", message, step.cache.at, hint)
        if not by_digest(step.image):
            message = f"`{step.name}` is cached, but its image `{step.image}` is named by a tag"
            hint = "name it by digest (IMAGE@sha256:…): a push to the tag is not seen by the cache"
            yield Problem("moving-tag", message, step.cache.at, hint, severity="warning")


def _of_the_run(step: Step) -> Iterator[str]:
    for reference in step.references:
        if reference.namespace == "run" and reference.path in _DIFFERENT:
            yield f"`{reference}`"
    if isinstance(step.action, Inline) and _RUN.search(step.action.text):
        yield "`run`"
