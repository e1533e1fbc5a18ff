"""Policies that people write: `policy/NAME.yaml`, an expression or a JSON Schema over the facts.

The expressions are expr-lang's, as those that Argo evaluates; who computes them is handed in.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from compiler import schema
from compiler.document import Document, read
from compiler.exprlang import tree
from compiler.exprlang.parser import parse
from compiler.exprlang.tokens import UnreadableError
from compiler.exprlang.vocabulary import BUILTINS
from compiler.files import read_text
from compiler.policy import shape
from compiler.policy.finding import Level
from compiler.policy.view import View, Violation
from compiler.problems import Location, Problem, Rejected, nearest
from compiler.record import field, record
from compiler.source import plain

FOLDER = "policy"
Evaluate = Callable[[str, Mapping[str, Any]], Any]
_ALWAYS = ("pipeline", "steps", "schedules", "objects", "environment", "settings")
EACH: Mapping[str, tuple[str, ...]] = {
    "pipeline": (),
    "step": ("step",),
    "schedule": ("schedule",),
    "object": ("object",),
    "pod": ("pod", "step"),
    "container": ("container", "role", "pod", "step"),
}
_CUT = "is it whole? in YAML ` #` begins a comment, unless the text is in quotes"
_CLOCK = ("now", "date", "timezone", "duration")


class EvaluationFailure(Exception):  # noqa: N818 - an answer about the policy
    """An expression has no answer, and why."""


class Strict(dict[str, Any]):
    """Data whose keys are known: to ask for another one is a mistake, never nil."""

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ARG002 - the signature is dict's
        """Return the value of `key`; raise `EvaluationFailure` where there is no such key."""
        if key not in self:
            raise EvaluationFailure(f"there is no `{key}`; {nearest(str(key), tuple(self))}")
        return self[key]


@record
class Written:
    """A policy of the project; `document` is its file, which fits its schema."""

    name: str
    asks: str
    level: Level
    each: str
    settings: Mapping[str, Any]
    document: Document = field(compare=False, repr=False)

    def check(
        self,
        view: View,
        settings: Mapping[str, Any],
        variables: Mapping[str, Any],
        evaluate: Evaluate,
    ) -> Iterator[Violation]:
        """Yield what is wrong with a pipeline; raise `EvaluationFailure` where nobody can say."""
        data = self.document.data
        for step, names, item in self._items(view):
            scope = {**self._scope(view, settings, variables), **names}
            if "when" in data and not self._truth("when", scope, evaluate):
                continue
            if "schema" in data:
                yield from self._unfit(step, item)
            elif not self._truth("assert", scope, evaluate):
                yield self._violation(step, names, "")

    def _truth(self, key: str, scope: Mapping[str, Any], evaluate: Evaluate) -> bool:
        found = evaluate(self.document.data[key], scope)
        if not isinstance(found, bool):
            raise EvaluationFailure(f"`{key}` gives {found!r:.80}, which is not true or false")
        return found

    def _scope(
        self,
        view: View,
        settings: Mapping[str, Any],
        variables: Mapping[str, Any],
    ) -> dict[str, Any]:
        pipeline = view.pipeline
        environment = {"name": pipeline["environment"], "namespace": pipeline["namespace"]}
        return {
            "pipeline": Strict(pipeline),
            "steps": [Strict(step) for step in view.facts["steps"]],
            "schedules": [Strict(schedule) for schedule in view.facts["schedules"]],
            "objects": list(view.objects),
            "environment": Strict({**environment, "vars": dict(variables)}),
            "settings": Strict(settings),
        }

    def _items(self, view: View) -> Iterator[tuple[str, dict[str, Any], Any]]:
        """Yield each thing that the policy is about: its step, its names, itself."""
        steps = {step["name"]: Strict(step) for step in view.facts["steps"]}
        if self.each == "pipeline":
            yield "", {}, view.pipeline
        elif self.each == "step":
            yield from ((name, {"step": step}, dict(step)) for name, step in steps.items())
        elif self.each == "schedule":
            for schedule in view.facts["schedules"]:
                yield "", {"schedule": Strict(schedule)}, schedule
        elif self.each == "object":
            yield from (("", {"object": found}, found) for found in view.objects)
        elif self.each == "pod":
            for step, pod in view.pods:
                data = _pod(pod)
                yield step, {"pod": Strict(data), "step": steps.get(step)}, pod.spec
        else:
            for step, pod, role, body in view.containers:
                names = {"container": body, "role": role, "pod": Strict(_pod(pod))}
                yield step, {**names, "step": steps.get(step)}, body

    def _unfit(self, step: str, item: Any) -> Iterator[Violation]:
        for objection in shape.objections(self.document.data["schema"], item):
            yield self._violation(step, {}, objection)

    def _violation(self, step: str, names: Mapping[str, Any], objection: str) -> Violation:
        container, pod = names.get("container") or {}, names.get("pod") or {}
        about = container.get("name") or (pod.get("template") if pod else "")
        text = ": ".join(filter(None, [self.document.data["message"], about, objection]))
        return Violation(text, step, "", self.document.data.get("hint", ""))


def _pod(pod: Any) -> dict[str, Any]:
    return {"template": pod.template, "kind": pod.origin, "object": pod.object,
            "spec": pod.spec, "metadata": pod.metadata, "unknown": pod.unknown}  # fmt: skip


def read_policies(root: Path, taken: tuple[str, ...]) -> tuple[tuple[Written, ...], list[Problem]]:
    """Return the policies of a project, and what is wrong with their files.

    `taken` are names that they cannot have.
    """
    found, problems = [], list[Problem]()
    folder = root / FOLDER
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    for name in (name for name in names if name.endswith((".yaml", ".yml"))):
        try:
            policy, wrong = _read(f"{FOLDER}/{name}", read_text(root, f"{FOLDER}/{name}"), taken)
        except Rejected as rejected:
            problems += rejected.problems
            continue
        found.append(policy)
        problems += wrong
    return tuple(found), problems


def _read(file: str, text: str, taken: tuple[str, ...]) -> tuple[Written, list[Problem]]:
    document, problems = schema.check(read(plain(file, text)), "policy")
    data = document.data
    if f"{FOLDER}/{data['name']}.yaml" != file:
        message, at = f"the policy is called `{data['name']}`, its file `{file}`", ("name",)
        problems.append(Problem("name", message, document.at(at), "make them equal"))
    if data["name"] in taken:
        message, at = f"`{data['name']}` is a policy of Argosy's own", ("name",)
        problems.append(Problem("bad-policy", message, document.at(at), "call it otherwise"))
    problems += [*_ways(document), *_expressions(document)]
    policy = Written(data["name"], data.get("description", data["message"]),
                     data.get("level", "warn"), data.get("each", "pipeline"),
                     data.get("settings", {}), document)  # fmt: skip
    return policy, problems


def _ways(document: Document) -> Iterator[Problem]:
    data = document.data
    if ("assert" in data) == ("schema" in data):
        message, hint = "a policy has `assert:` or `schema:`", "write one of them"
        yield Problem("bad-policy", message, document.key(("name",)), hint)
    if "schema" in data and (why := shape.refusal(data["schema"])):
        at = document.key(("schema",))
        yield Problem("bad-policy", f"the schema is not taken: {why}", at, "see docs/policies.md")


def _expressions(document: Document) -> Iterator[Problem]:
    known = (*_ALWAYS, *EACH[document.data.get("each", "pipeline")])
    for key in ("when", "assert"):
        if key not in document.data:
            continue
        text = document.data[key]
        try:
            root = parse(text)
        except (UnreadableError, RecursionError) as error:
            offset = getattr(error, "at", 0)
            at, hint = document.within((key,), offset, 1), _CUT if offset >= len(text) - 1 else ""
            yield Problem("bad-policy", f"`{key}` is no expression: {error}", at, hint)
            continue
        yield from _unknown(document, key, root, known)


def _unknown(
    document: Document, key: str, root: tree.Node, known: tuple[str, ...]
) -> Iterator[Problem]:
    """Yield names of an expression that stand for nothing, and functions that tell the time."""
    nodes = list(_nodes(root))
    bound = {node.name for node in nodes if isinstance(node, tree.Let)}
    for node in nodes:
        if isinstance(node, tree.Name) and node.name not in {*known, *bound, *BUILTINS}:
            at = document.within((key,), node.at, len(node.name))
            hint = nearest(node.name, known)
            yield Problem("bad-policy", f"`{node.name}` is not known in `{key}`", at, hint)
        if isinstance(node, tree.Builtin) and node.name in _CLOCK:
            at = document.within((key,), node.at, len(node.name))
            yield Problem("bad-policy", f"`{node.name}` is not for policies", at)


def _nodes(root: tree.Node) -> Iterator[tree.Node]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack += tree.children(node)


def at(policy: Written) -> Location:
    """Return where a policy says what it asserts."""
    key = "assert" if "assert" in policy.document.data else "schema"
    return policy.document.key((key,))
