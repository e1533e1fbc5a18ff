"""Become a step in a mount namespace of its own: run by `sandbox.Sandbox`, replaced by the step.

Light modules of the standard library only, since every step pays for the start.
"""

import ctypes
import marshal
import os
import sys

_NEWNS, _NEWUSER = 0x00020000, 0x10000000
_PRIVATE = 0x4000 | 0x40000  # MS_REC | MS_PRIVATE
BIND, RECURSIVE = 0x1000, 0x4000
NOT_STARTED = 64
_SIGPIPE, _DEFAULT = 13, 0
_libc = ctypes.CDLL(None, use_errno=True)


def enter() -> None:
    """Make a mount namespace, with the rights to use it; raise `OSError` if it is refused."""
    user, group = os.getuid(), os.getgid()
    _checked(_libc.unshare(_NEWNS | (_NEWUSER if user else 0)), "namespace")
    if user:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"0 {user} 1"),
            ("gid_map", f"0 {group} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123
                file.write(text)
    mount("none", "/", "", _PRIVATE, "")


def mount(source: str, target: str, kind: str, flags: int, options: str) -> None:
    """Mount, as the system call does; raise `OSError` that names the target."""
    texts = [os.fsencode(text) or None for text in (source, target, kind)]
    _checked(_libc.mount(*texts, ctypes.c_ulong(flags), os.fsencode(options)), target)


def _checked(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


def overlay(lower: str, upper: str, work: str, target: str) -> None:
    """Show `lower` at `target`, so that what is written there lands in `upper`."""
    for folder in (upper, work, target):
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
    options = f"lowerdir={lower},upperdir={upper},workdir={work},userxattr"
    mount("overlay", target, "overlay", 0, options)


def probe(folder: str, asked: list[str]) -> None:
    """Print which of the folders `asked` can be laid over."""
    enter()
    for number, each in enumerate(asked):
        places = [f"{folder}/{number}/{part}" for part in ("up", "work", "top")]
        try:
            overlay(each, *places)
        except OSError:
            continue
        sys.stdout.write(f"{each}\n")


def become(
    root: str,
    top: str,
    links: list[str],
    overlays: list[list[str]],
    binds: list[list[str]],
    folder: str,
    command: str,
    *words: str,
) -> None:
    """Build `/` at `top`, on the step's own folder `root`, and run a command in it."""
    enter()
    mount(root, top, "", BIND, "")
    for link in links:
        if not os.path.lexists(top + link):
            os.symlink(os.readlink(link), top + link)  # noqa: PTH115, PTH211
    for each in overlays:
        overlay(*each)
    for source, target in binds:
        os.makedirs(target, exist_ok=True)  # noqa: PTH103
        mount(source, target, "", BIND | RECURSIVE, "")
    os.chroot(top)
    os.chdir(folder)
    _libc.signal(_SIGPIPE, _DEFAULT)  # which Python ignores
    os.execv(command, [command, *words])  # noqa: S606 - the step's own command


def main(plan: str) -> int:
    """Do what the file `plan` says; return as Argo's executor does when a command cannot start."""
    with open(plan, "rb") as file:  # noqa: PTH123
        name, *rest = marshal.load(file)  # noqa: S302 - written by the sandbox
    try:
        probe(*rest) if name == "probe" else become(*rest)
    except OSError as error:
        sys.stderr.write(f"no sandbox: {error.strerror}: {error.filename}\n")
        return NOT_STARTED
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
