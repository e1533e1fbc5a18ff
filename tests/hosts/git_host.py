"""A host that serves its repository too: by git's own server, to who has the token."""

import base64
import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.gitops.servers import http_backend, parted
from tests.hosts.server import Forge, Handler


class GitHandler(Handler):
    """Answers git below `/OWNER/NAME.git/`, and API requests everywhere else."""

    def _serve(self) -> None:
        if f"/{self.forge.name}.git/" in self.path:
            return self._git()
        return super()._serve()

    def _git(self) -> None:
        body = self._body()
        login = self.headers.get("Authorization", "").removeprefix("Basic ")
        if base64.b64decode(login).decode().rpartition(":")[2] != self.forge.token:
            return self._reply(401, {}, {"WWW-Authenticate": 'Basic realm="git"'})
        parts = urlsplit(self.path)
        bare = self.forge.bare or Path()
        place = parts.path.partition(f"/{self.forge.name}.git/")[2]
        said = http_backend(self, bare.parent, f"/{bare.name}/{place}", parts.query, body)
        status, headers, content = parted(said)
        return self._reply(status, content, headers)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return super()._body()
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    do_GET = do_POST = do_PATCH = do_PUT = _serve  # noqa: N815 - the names are inherited


def repository(path: Path) -> Path:
    """Make a repository as hosts have them, with one commit on `main`."""

    def git(*arguments: str, **options: Any) -> str:
        done = subprocess.run(["git", f"--git-dir={path}", *arguments], check=True, text=True,
                              capture_output=True, **options)  # fmt: skip
        return str(done.stdout).strip()

    git("init", "--quiet", "--bare", "--initial-branch=main", str(path))
    who = {f"GIT_{role}_{what}": "ada" for role in ("AUTHOR", "COMMITTER")
           for what in ("NAME", "EMAIL")}  # fmt: skip
    tree = git("mktree", input="")
    first = git("commit-tree", tree, "-m", "first", env={**os.environ, **who})
    git("update-ref", "refs/heads/main", first)
    git("config", "http.receivepack", "true")
    return path


def merge(forge: Forge, number: int) -> None:
    """Merge a request by squashing it, as a button of the host does."""
    found = forge.of(number)
    assert found is not None
    heads = forge.heads()
    head, base = heads[found.head], heads[found.base]
    git = ["git", f"--git-dir={forge.bare}"]
    tree = subprocess.check_output([*git, "merge-tree", "--write-tree", base, head], text=True)
    who = ["-c", "user.name=Bo", "-c", "user.email=bo@example.com"]
    message = f"{found.title} (#{number})"
    made = subprocess.check_output(
        [*git, *who, "commit-tree", tree.strip(), "-p", base, "-m", message], text=True
    )
    subprocess.run([*git, "update-ref", f"refs/heads/{found.base}", made.strip()], check=True)
    found.state = "merged"
