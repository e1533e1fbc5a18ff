"""A review as JSON, and back: what one job writes, another may have to read."""

from typing import Any

from argosy.report.document import document
from argosy.report.plan import summary
from compiler.record import as_data
from gitops.plan_change import Change, PipelinePlan, Plan, PolicyFinding, Review
from gitops.plan_cost import Cost, CostChange
from gitops.plan_fields import Field
from gitops.plan_graph import Graph, GraphChange, Node
from gitops.plan_stop import Stop

_VERSION = 2


def as_json(review: Review) -> str:
    """Return the review as JSON, by the schema `plan`."""
    body = {
        "version": _VERSION,
        "changes": bool(review),
        "project": review.project,
        "source": {"sha": review.source, "dirty": review.dirty},
        "base": review.base,
        "tool": review.tool,
        "environments": [_plan(plan) for plan in review.plans],
    }
    return document(body)


def _plan(plan: Plan) -> dict[str, Any]:
    found: dict[str, Any] = as_data(plan)
    found["other"] = found.pop("changes")
    return {"changes": bool(plan), "summary": summary(plan), **found}


def read(data: Any) -> Review:
    """Return the review in `data`, which the schema `plan` has accepted."""
    source = data["source"]
    plans = tuple(_read_plan(body) for body in data["environments"])
    return Review(
        data["project"], source["sha"], source["dirty"], data["base"], data["tool"], plans
    )


def _read_plan(body: Any) -> Plan:
    given = {key: value for key, value in body.items() if key not in ("summary", "other")}
    return Plan(**{
        **given,
        "pipelines": tuple(_pipeline(one) for one in body["pipelines"]),
        "changes": _changes(body["other"]),
        "kept": tuple(body["kept"]),
        "notes": tuple(body["notes"]),
        "findings": tuple(PolicyFinding(**one) for one in body["findings"]),
        "stops": tuple(Stop(**one) for one in body["stops"]),
    })  # fmt: skip


def _pipeline(body: Any) -> PipelinePlan:
    return PipelinePlan(**{
        **body,
        "changes": _changes(body["changes"]),
        "cost": _cost(body["cost"]) if body["cost"] else None,
        "pruned": tuple(body["pruned"]),
        "graph": _graphs(body["graph"]) if body["graph"] else None,
        "fields": tuple(Field(**one) for one in body["fields"]),
    })  # fmt: skip


def _changes(bodies: Any) -> tuple[Change, ...]:
    return tuple(Change(**{**body, "instances": tuple(body["instances"])}) for body in bodies)


def _cost(body: Any) -> CostChange:
    sides = [
        Cost(**{**side, "gaps": tuple(side["gaps"])}) if side else None
        for side in (body["before"], body["after"])
    ]
    return CostChange(body["currency"], *sides)


def _graphs(body: Any) -> GraphChange:
    return GraphChange(_graph(body["before"]), _graph(body["after"]), tuple(body["changed"]))


def _graph(body: Any) -> Graph:
    nodes = tuple(Node(**node) for node in body["nodes"])
    return Graph(nodes, tuple((first, second) for first, second in body["edges"]))
