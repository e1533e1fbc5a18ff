"""Hardware → the volumes of a template and where its container finds them."""

from typing import Any

from compiler.hardware import Hardware, Volume

WORK = "/work"
SHM = "/dev/shm"  # noqa: S108 - the shared memory of a container


def volumes(hardware: Hardware) -> list[dict[str, Any]]:
    """Return the volumes that a step has beside those of all steps."""
    memory = {"medium": "Memory", "sizeLimit": hardware.shm}
    found = [{"name": "shm", "emptyDir": memory}] if hardware.shm else []
    own = {_name(hardware, volume): dict(volume.source) for volume in hardware.volumes}
    return found + [{"name": name, **source} for name, source in own.items()]


def mounts(hardware: Hardware) -> list[dict[str, Any]]:
    """Return the mounts of these volumes."""
    found = [{"name": "shm", "mountPath": SHM}] if hardware.shm else []
    return found + [_mount(hardware, volume) for volume in hardware.volumes]


def place(path: str) -> str:
    """Return a path as the container sees it: one that is not absolute is in the work folder."""
    return (path if path.startswith("/") else f"{WORK}/{path}").rstrip("/")


def _mount(hardware: Hardware, volume: Volume) -> dict[str, Any]:
    mount: dict[str, Any] = {"name": _name(hardware, volume), "mountPath": place(volume.path)}
    mount |= {"subPath": volume.sub_path} if volume.sub_path else {}
    return mount | ({"readOnly": True} if volume.read_only else {})


def _name(hardware: Hardware, volume: Volume) -> str:
    """A claim is one volume, however often it is mounted: a kubelet never ends mounting two."""
    claim = "persistentVolumeClaim" in volume.source
    same = [other for other in hardware.volumes if claim and other.source == volume.source]
    return f"volume-{(same or [volume])[0].name}"
