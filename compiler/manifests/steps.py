"""Steps templates: groups of steps, each of which sees those of the groups before it."""

from compiler.manifests import arguments, names, outputs
from compiler.manifests.context import Context, Layers, Scope
from compiler.manifests.findings import Path
from compiler.manifests.holders import Data, Holder, mapping, mappings, parameters, words
from compiler.manifests.lookup import look_up
from compiler.manifests.loops import add_items, loops
from compiler.manifests.serial import ordered
from compiler.manifests.tags import PLACEHOLDER, text


def check(ctx: Context, base: Holder, template: Data, path: Path, scope: Scope) -> None:
    """Report what is wrong with a steps template and with what its steps call."""
    seen: set[str] = set()
    groups = template.get("steps")
    for number, group in enumerate(groups if isinstance(groups, list) else []):
        for index, step in enumerate(mappings(group)):
            at = (*path, "steps", number, index)
            _name(ctx, step, at, seen)
            _step(ctx, base, step, at, scope)


def _name(ctx: Context, step: Data, at: Path, seen: set[str]) -> None:
    name = words(step.get("name"))
    if not name:
        ctx.report("V14", (*at, "name"), "name is required")
    elif name in seen:
        ctx.report("V14", (*at, "name"), f"name '{name}' is not unique")
    elif wrong := names.of_field(name):
        ctx.report("V14", (*at, "name"), f"'{name}' is invalid: {wrong}")
    seen.add(name)


def _step(ctx: Context, base: Holder, step: Data, at: Path, scope: Scope) -> None:
    prefix, given = f"steps.{words(step.get('name'))}", mapping(step.get("arguments"))
    scope[f"{prefix}.status"] = True
    add_items(ctx, step, at, scope)
    arguments.check(ctx, given, (*at, "arguments"), lenient=False)
    called = ctx.visit(ctx, base, step, at, None)
    hooks = mapping(step.get("hooks"))
    if step.get("onExit") or hooks.get("exit") is not None:
        outputs.publish(ctx, called, prefix, scope, many=False)
    check_hooks(ctx, hooks, (*at, "hooks"))
    mine: Scope = {}
    for parameter in parameters(mapping(step.get("inline")), "inputs"):
        mine[f"inputs.parameters.{parameter.get('name')}"] = PLACEHOLDER
    if "{{" in text(step):
        written, known = text(ordered(step, "step")), Layers(mine, scope, ctx.known)
        look_up(ctx, written, known, at, lambda t: f"V5{2 if t.startswith('steps.') else 1}")
    many = loops(step) and step.get("withSequence") is None
    outputs.publish(ctx, called, prefix, scope, many=many)
    ctx.visit(ctx, base, step, at, given)


def check_hooks(ctx: Context, hooks: Data, path: Path) -> None:
    """Report a hook, other than that of the exit, that does not say when it runs."""
    for name, hook in hooks.items():
        if name != "exit" and not mapping(hook).get("expression"):
            ctx.report("V13", (*path, name), f"{name} Expression required")
