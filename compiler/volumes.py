"""Hardware → the volumes of a template and where its container finds them."""

from typing import Any

from compiler.hardware import Hardware, Volume

WORK = "/work"
SHM = "/dev/shm"  # noqa: S108 - the shared memory of a container


def volumes(hardware: Hardware) -> list[dict[str, Any]]:
    """Return the volumes that a step has beside those of all steps."""
    memory = {"medium": "Memory", "sizeLimit": hardware.shm}
    found = [{"name": "shm", "emptyDir": memory}] if hardware.shm else []
    return found + [{"name": _name(volume), **volume.source} for volume in hardware.volumes]


def mounts(hardware: Hardware) -> list[dict[str, Any]]:
    """Return the mounts of these volumes."""
    found = [{"name": "shm", "mountPath": SHM}] if hardware.shm else []
    return found + [_mount(volume) for volume in hardware.volumes]


def place(path: str) -> str:
    """Return a path as the container sees it: one that is not absolute is in the work folder."""
    return (path if path.startswith("/") else f"{WORK}/{path}").rstrip("/")


def _mount(volume: Volume) -> dict[str, Any]:
    mount: dict[str, Any] = {"name": _name(volume), "mountPath": place(volume.path)}
    mount |= {"subPath": volume.sub_path} if volume.sub_path else {}
    return mount | ({"readOnly": True} if volume.read_only else {})


def _name(volume: Volume) -> str:
    return f"volume-{volume.name}"
