"""The volumes of a pod: folders at the places where its containers mount them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from argosy.engine.failure import EngineError
from argosy.engine.pods import environment
from argosy.engine.pods.world import World
from compiler.record import record

Data = Mapping[str, Any]
_FOLDERS = ("emptyDir", "ephemeral")
_WRITTEN = ("configMap", "secret", "projected", "downwardAPI")


@record
class Root:
    """A folder that stands for `/` of a container: absolute paths of the manifest lie below it."""

    folder: Path

    def at(self, path: str) -> Path:
        """Return where absolute `path` lies; raise `EngineError` if it would leave the folder."""
        parts = PurePosixPath(path).parts
        if not path.startswith("/") or ".." in parts:
            raise EngineError(f"path `{path}` of the manifest is not absolute and plain")
        return self.folder.joinpath(*parts[1:])


@record
class Bind:
    """A folder or file of this machine that a container sees at an absolute path."""

    source: Path
    path: str


def of_workflow(spec: Data, folder: Path, run: str) -> dict[str, Any]:
    """Return the volumes of a workflow by name; its claims become folders of the run."""
    found = {volume["name"]: volume for volume in spec.get("volumes") or ()}
    for template in spec.get("volumeClaimTemplates") or ():
        name = template["metadata"]["name"]
        claim = f"{run}-{name}"
        (folder / "claims" / claim).mkdir(parents=True, exist_ok=True)
        found[name] = {"persistentVolumeClaim": {"claimName": claim}}
    return found


def mount(
    world: World, root: Root, containers: list[Data], declared: Data, fields: Data
) -> tuple[Bind, ...]:
    """Put every volume in its place, outer ones first; return those that lie elsewhere.

    These are symbolic links at their places. The containers of a pod share its volumes.
    """
    entries = [mount for each in containers for mount in each.get("volumeMounts") or ()]
    if not entries:
        return ()
    uses = Counter(entry["name"] for entry in entries)
    binds: list[Bind] = []
    for entry in sorted(entries, key=lambda entry: len(PurePosixPath(entry["mountPath"]).parts)):
        name, inner, target = entry["name"], entry.get("subPath") or "", root.at(entry["mountPath"])
        volume = declared.get(name)
        if volume is None:
            raise EngineError(f"volume '{name}' not found in workflow spec")
        if any(kind in volume for kind in _WRITTEN):
            _place(target, inner, list(_content(world, volume, fields)))
            continue
        home = _home(world, name, volume)
        if home is None and uses[name] == 1:
            target.mkdir(parents=True, exist_ok=True)
            continue
        source = (home or root.folder.absolute() / ".volumes" / name) / inner
        _link(target, source)
        binds.append(Bind(source, entry["mountPath"]))
    return tuple(binds)


def _link(target: Path, source: Path) -> None:
    if not source.exists():
        source.mkdir(parents=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir() and not target.is_symlink():
        target.rmdir()
    target.unlink(missing_ok=True)
    target.symlink_to(source)


def _home(world: World, name: str, volume: Data) -> Path | None:
    """Return where a volume outlives the pod, made if need be; None when it does not."""
    if any(kind in volume for kind in _FOLDERS):
        return None
    if "persistentVolumeClaim" not in volume:
        kind = next((key for key in volume if key != "name"), "nothing")
        hint = "emptyDir, ephemeral, configMap, secret, projected and persistentVolumeClaim are"
        raise EngineError(f"volume `{name}`: `{kind}` is not supported here", hint)
    claim = volume["persistentVolumeClaim"]["claimName"]
    own = world.folder / "claims" / claim
    home: Path = (own if own.is_dir() else world.claims / claim).absolute()
    home.mkdir(parents=True, exist_ok=True)
    return home


def _content(world: World, volume: Data, fields: Data) -> Iterator[tuple[str, bytes, int]]:
    """Yield path, bytes and mode of each file of a volume."""
    projected = volume.get("projected")
    mode = (projected or {}).get("defaultMode")
    for source in (projected.get("sources") or ()) if projected else (volume,):
        yield from _source(world, source, fields, mode)


def _source(
    world: World, source: Data, fields: Data, mode: int | None
) -> Iterator[tuple[str, bytes, int]]:
    if "downwardAPI" in source:
        given = source["downwardAPI"]
        for item in given.get("items") or ():
            text = environment.field_of(fields, item["fieldRef"]["fieldPath"])
            yield item["path"], text.encode(), _mode(item, given, mode)
        return
    kind = "configMap" if "configMap" in source else "secret"
    if kind not in source:
        raise EngineError(f"a projected `{next(iter(source), 'nothing')}` is not supported here")
    given = source[kind]
    name = given.get("name") or given.get("secretName")
    read = environment.config_map if kind == "configMap" else environment.secret
    data = read(world, given)
    if data is None and not given.get("optional"):
        what = "ConfigMap" if kind == "configMap" else "Secret"
        raise EngineError(
            f"{what} `{name}` is not among the manifests",
            "run the folder that holds it, not a single file",
        )
    items = given.get("items") or [{"key": key, "path": key} for key in data or {}]
    for item in items:
        if item["key"] in (data or {}):
            yield item["path"], (data or {})[item["key"]], _mode(item, given, mode)
        elif not given.get("optional"):
            raise EngineError(f"{kind} `{name}` has no key `{item['key']}`")


def _mode(item: Data, given: Data, mode: int | None) -> int:
    for found in (item.get("mode"), given.get("defaultMode"), mode):
        if found is not None:
            return int(found)
    return 0o644


def _place(target: Path, sub_path: str, content: list[tuple[str, bytes, int]]) -> None:
    if not sub_path:
        target.mkdir(parents=True, exist_ok=True)
    for path, data, mode in content:
        if path == sub_path:
            _write(target, data, mode)
        elif not sub_path or path.startswith(f"{sub_path}/"):
            _write(target / path.removeprefix(sub_path).lstrip("/"), data, mode)


def _write(path: Path, data: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(data)
    path.chmod(mode)
