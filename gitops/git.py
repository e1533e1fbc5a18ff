"""The only module that runs git: GitPython's `Git.execute`, in an environment of its own."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from compiler.record import field, record
from gitops import credential
from gitops.failure import GitopsFailure

_PATIENCE, _GRACE = 120.0, 1.0
_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_EDITOR": ":",
    "GIT_PAGER": "cat",
    "SSH_ASKPASS_REQUIRE": "never",
    "GCM_INTERACTIVE": "never",
    "LANGUAGE": "C",
    "LC_ALL": "C",
}
# git sets these for its hooks; they would point our commands at another repository
_INHERITED = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"),
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_QUARANTINE_PATH"),
    *("GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_DEFAULT_HASH", "GIT_TEMPLATE_DIR"),
    *("GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"),
    # a dialog would wait for somebody
    *("SSH_ASKPASS", "GIT_CURL_VERBOSE"),
)
# a trace would be read as what the server says, and older gits show headers in it
_TRACES = "GIT_TRACE"
_QUIET = ("log.showSignature=false", "core.quotePath=false", "i18n.logOutputEncoding=UTF-8")
# the private repository lives for one publish: its bytes must be ours, its durability is nobody's,
# and what odd names others use is theirs to know: nothing is ever checked out
_PRIVATE = (
    *("core.autocrlf=false", "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.fsync=none"),
    *("core.attributesFile=/dev/null", "core.protectNTFS=false", "core.protectHFS=false"),
    *("commit.gpgSign=false", "push.gpgSign=false", "push.followTags=false", "gc.auto=0"),
    *("push.recurseSubmodules=no", "fetch.recurseSubmodules=no", "fetch.prune=false"),
    # what it has it has in part, and never says that it has it
    "fetch.negotiationAlgorithm=noop",
    *("fetch.unpackLimit=1", "core.compression=1", "pack.threads=1"),
    *("maintenance.auto=false", "i18n.commitEncoding=UTF-8", "fetch.writeCommitGraph=false"),
    *("protocol.file.allow=always", "protocol.ext.allow=never"),
)
_LOGIN = re.compile(r"(?i)\b(https?|ftps?)://[^/\s'\"]*@")
_PASSWORD = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://[^/\s:@'\"]*):[^/\s'\"]*@")
_HEADER = re.compile(r"(?i)(authorization:\s*\S+\s+)\S+")


class GitFailure(GitopsFailure):
    """A git command failed; `kind` is what about, `detail` is what git and the server said."""

    def __init__(self, message: str, hint: str = "", kind: str = "other", detail: str = "") -> None:
        super().__init__(redact(message), redact(hint))
        self.kind = kind
        self.detail = redact(detail)


@record
class Answer:
    """What a git command ended with."""

    status: int
    out: bytes
    err: str


@record
class Repository:
    """A git repository on this machine; `until` is the monotonic time by which commands end.

    `env` is what every command of it gets besides.
    """

    path: Path
    private: bool = False
    until: float | None = None
    env: Mapping[str, str] = field(default_factory=dict, repr=False)

    def ask(
        self, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None
    ) -> Answer:
        """Run `git ARGUMENTS` and return its answer, whatever its status; raise on timeout."""
        place = (f"--git-dir={self.path}",) if self.private else ("-C", str(self.path))
        settings = (*_QUIET, *_PRIVATE) if self.private else _QUIET
        options = [part for setting in settings for part in ("-c", setting)]
        left = _PATIENCE if self.until is None else max(self.until - time.monotonic(), _GRACE)
        return execute([*place, *options, *arguments], stdin, {**self.env, **(env or {})}, left)

    def run(
        self, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None
    ) -> bytes:
        """Run `git ARGUMENTS` and return its output; raise `GitFailure` if it fails."""
        answer = self.ask(*arguments, stdin=stdin, env=env)
        if answer.status:
            raise explain(answer.err, str(self.path))
        return answer.out

    def is_ancestor(self, old: str, new: str) -> bool:
        """Say whether `new` is known to descend from `old`."""
        return self.ask("merge-base", "--is-ancestor", old, new).status == 0

    def is_shallow(self) -> bool:
        """Say whether the history is cut off here."""
        return self.ask("rev-parse", "--is-shallow-repository").out.strip() == b"true"

    def text(
        self, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None
    ) -> str:
        """Run `git ARGUMENTS` and return its output as stripped text."""
        return self.run(*arguments, stdin=stdin, env=env).decode("utf-8", "replace").strip()


def execute(arguments: list[str], stdin: bytes, env: Mapping[str, str], timeout: float) -> Answer:
    """Run git for at most `timeout` seconds; raise `GitFailure` when it is missing or too slow."""
    if shutil.which("git") is None:
        raise GitFailure("git is not installed", "install git 2.34 or newer, on PATH", "missing")
    from git.cmd import Git

    leaked = [name for name in os.environ if name not in env and _leads_astray(name)]
    cleared = ["env", *(part for name in leaked for part in ("-u", name))] if leaked else []
    command = [*cleared, "git", *arguments]
    # a session of its own: it can be killed whole, and ssh fails instead of asking the terminal
    options: dict[str, Any] = {"istream": subprocess.PIPE, "start_new_session": True}
    given = {"GIT_ASKPASS": os.environ.get("GIT_ASKPASS", ""), **_ENVIRONMENT, **env}
    wrapper: Any = Git().execute(command, as_process=True, env=given, **options)
    process: subprocess.Popen[bytes] = wrapper.proc
    try:
        out, err = process.communicate(stdin, timeout)
    except subprocess.TimeoutExpired:
        _kill(process)
        raise _late(arguments, timeout) from None
    except BaseException:
        _kill(process)
        raise
    secrets = credential.secrets({**os.environ, **env})
    return Answer(process.returncode, out, credential.mask(err.decode("utf-8", "replace"), secrets))


def _leads_astray(name: str) -> bool:
    return name in _INHERITED or name.startswith(_TRACES)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in filter(None, (process.stdin, process.stdout, process.stderr)):
        stream.close()


def _late(arguments: list[str], timeout: float) -> GitFailure:
    verbs = ("fetch", "push", "ls-remote")
    verb = next((word for word in arguments if word in verbs), "")
    message = f"git {verb}".strip() + f" did not end within {timeout:.0f} s"
    return GitFailure(
        message, "is the repository reachable from here? Trying again is safe", "timeout"
    )


def redact(text: str) -> str:
    """Return `text` without the logins and passwords of its URLs, and without known tokens."""
    text = credential.mask(text, credential.secrets(os.environ))
    text = _LOGIN.sub(r"\1://***@", text)
    return _HEADER.sub(r"\1***", _PASSWORD.sub(r"\1:***@", text))


@record
class _Cause:
    kind: str
    pattern: str
    message: str
    hint: str


_CAUSES = (
    _Cause(
        "rejected",
        r"hook declined|protected branch|GH0\d\d|denied by|deny updating|denying ",
        "{where} refused the push",
        "these are the server's own words; its rules have to allow this push, or let Argosy "
        "open pull requests (`mode: pull-request` below `gitops:`)",
    ),
    _Cause(
        "locked",
        r"\.lock'?: File exists|[Uu]nable to lock",
        "{where} is locked",
        "another git process holds {lock}; if none is running, delete this file",
    ),
    _Cause(
        "owner",
        r"dubious ownership",
        "{where} belongs to another user",
        "`git config --global --add safe.directory PATH` makes git accept it",
    ),
    _Cause(
        "permission",
        r"[Pp]ermission denied|Authentication failed|could not read (Username|Password)|"
        r"insufficient permission|[Rr]ead-only file system|error: 40[13]|not authori[sz]ed|"
        r"unable to (create temporary|migrate objects)|[Uu]nable to create|Host key verification",
        "permission denied by {where}",
        "check the credential or the rights on the repository; a key with a passphrase needs "
        "ssh-agent, since nothing is asked here",
    ),
    _Cause(
        "unreachable",
        r"Could not resolve host|Connection (refused|timed out|reset|closed)|unable to access|"
        r"Network is unreachable|No route to host|early EOF|hung up unexpectedly|"
        r"unable to connect|Operation timed out|error: 5\d\d",
        "{where} is unreachable",
        "check the address and the network; trying again is safe",
    ),
    _Cause(
        "repository",
        r"does not appear to be a git repository|[Nn]ot a git repository|not found|"
        r"does not exist|cannot change to",
        "{where} is not a git repository, or it cannot be seen from here",
        "check the address; a private repository also needs a credential",
    ),
    _Cause(
        "unsupported",
        r"request for unadvertised object",
        "{where} gives no object by its name",
        "let git speak protocol version 2 with it (`git config protocol.version`; over ssh, "
        "`AcceptEnv GIT_PROTOCOL` there), or set `uploadpack.allowAnySHA1InWant` there",
    ),
    _Cause(
        "unsupported",
        r"does not support|mismatched algorithms|unknown option",
        "{where} and this git do not fit together",
        "publishing needs git 2.34 or newer and a server with atomic pushes",
    ),
)


def explain(err: str, where: str) -> GitFailure:
    """Return the failure that git's message `err` about repository `where` tells of."""
    said = redact("\n".join(_said(err)))
    # the order counts: git adds guesses about rights and hang-ups to what it knows
    for cause in _CAUSES:
        if re.search(cause.pattern, err):
            lock = re.search(r"'([^']*\.lock)'", err)
            message = cause.message.format(where=f"`{where}`")
            hint = cause.hint.format(lock=_dated(os.path.normpath(lock[1])) if lock else "its lock")
            spoken = f":\n{said}" if said and cause.kind != "locked" else ""
            return GitFailure(message + spoken, hint, cause.kind, err)
    return GitFailure(f"git failed at `{where}`" + (f":\n{said}" if said else ""), "", "other", err)


def _dated(lock: str) -> str:
    """Name a lock, and since when it is there if that can be seen from here."""
    with suppress(OSError):
        minutes = max(0.0, time.time() - Path(lock).stat().st_mtime) / 60
        return f"`{lock}` since {minutes:.0f} min"
    return f"`{lock}`"


def _said(err: str) -> list[str]:
    """Keep the lines that say something: of the server first, and git's own without its noise."""
    lines = [line.strip() for line in err.splitlines() if line.strip()]
    server = [line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:")]
    own = [line for line in lines if line.startswith(("fatal:", "error:", "!", "ssh:"))]
    return [line for line in server if line][:12] or (own or lines)[:4]
