"""Tags looked up in a scope, and what is said of those that are not there."""

from collections.abc import Callable, Container

from compiler.manifests.context import Context
from compiler.manifests.findings import Path
from compiler.manifests.tags import is_open, unresolved


def look_up(
    ctx: Context,
    part: str,
    scope: Container[str],
    path: Path,
    rule: Callable[[str], str] = lambda _: "V51",
) -> None:
    """Report the tags of `part` that nothing stands for, and one that nobody closes.

    `rule` gives the rule that a tag breaks.
    """
    for tag in unresolved(part, scope, template=ctx.template):
        ctx.report(rule(tag.strip()), path, f"failed to resolve {{{{{tag}}}}}")
    if is_open(part):
        ctx.report("V51", path, 'Cannot find end tag="}}"')
