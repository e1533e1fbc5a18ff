"""One template of a spec, as the rules of what goes wrong later look at it."""

from collections.abc import Iterator

from compiler.manifests.findings import Finding, Judge, Path
from compiler.manifests.holders import Data, Holder, callers, mapping, mappings, words
from compiler.record import record


@record
class Part:
    """A template, its path, and the spec that holds it."""

    base: Holder
    template: Data
    path: Path

    def callers(self) -> Iterator[tuple[Path, Data]]:
        """Yield the tasks or steps of the template with their paths in the manifest."""
        for at, task in callers(self.template):
            yield (*self.path, *at), task

    def called(self, task: Data) -> Data | None:
        """Return the template that a task calls, if it is of this spec."""
        if task.get("inline") is not None:
            return mapping(task["inline"])
        found = self.base.template(words(task.get("template")))
        return found[0] if found and task.get("templateRef") is None else None

    def containers(self) -> Iterator[tuple[Path, Data]]:
        """Yield every container that the pods of the template have."""
        for name in ("container", "script"):
            if self.template.get(name) is not None:
                yield (*self.path, name), mapping(self.template[name])
        grouped = mapping(self.template.get("containerSet")).get("containers")
        for name, group in (
            ("containerSet", grouped),
            ("sidecars", self.template.get("sidecars")),
            ("initContainers", self.template.get("initContainers")),
        ):
            inner = ("containers",) if name == "containerSet" else ()
            for index, container in enumerate(mappings(group)):
                yield (*self.path, name, *inner, index), container


def finding(rule: str, path: Path, message: str, *judges: Judge) -> Finding:
    return Finding(path, rule, message, frozenset(judges))
