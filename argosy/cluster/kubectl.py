"""kubectl as a function: words in, JSON out. Whatever goes wrong is said in its own words."""

import json
import os
import re
import subprocess
from typing import Any

from argosy.failure import Failure
from compiler.record import record

_PATIENCE = 60.0
_LINES = 5
_TOKEN = re.compile(r"(?i)(bearer\s+|token[\"']?\s*[:=]\s*[\"']?)[\w.~+/=-]{8,}")
_NOISE = re.compile(r"^[EWI]\d{4} .*\n?", re.MULTILINE)
_CAUSES = (
    (r"executable .*not found|getting credentials", "log in: kubectl cannot get its credentials"),
    (r"Unauthorized|must be logged in", "log in: the cluster does not know these credentials"),
    (r"Forbidden|forbidden", "ask for the right that is named, or use another --context"),
    (r"current-context is not set", "kubectl config use-context NAME, or add --context NAME"),
    (r"context .*does not exist", "`kubectl config get-contexts` lists those there are"),
    (r"doesn't have a resource type|no matches for kind", "the cluster lacks Argo's CRDs"),
    (
        r"refused|no such host|Unable to connect|unreachable|timed? ?out|deadline|EOF|x509",
        "kubectl cluster-info; is a login or a tunnel missing?",
    ),
)


class ClusterFailure(Failure):
    """The cluster cannot be asked, or says no."""


@record
class Answer:
    """What kubectl ended with; `err` is without secrets."""

    status: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """The last lines of what it said, without its log."""
        own = _NOISE.sub("", self.err).strip() or self.err
        return "\n".join([*dict.fromkeys(own.splitlines())][-_LINES:])


@record
class Kubectl:
    """kubectl for one context of its configuration, empty for the current one.

    `patience` are the seconds that one call may take, None for no limit; kubectl itself gives up a
    little earlier.
    """

    context: str = ""
    patience: float | None = _PATIENCE

    def ask(self, *words: str, text: str = "") -> Answer:
        """Run kubectl with `text` as its input; raise `ClusterFailure` unless it ends by itself."""
        where = [f"--context={self.context}"] if self.context else []
        if self.patience is not None:
            where.append(f"--request-timeout={max(self.patience - 2, 1):.0f}s")
        command = ["kubectl", *where, *words]
        try:
            done = subprocess.run(
                command,
                input=text.encode(),
                capture_output=True,
                timeout=self.patience,
                check=False,
                env=_environment(),
            )
        except subprocess.TimeoutExpired:
            said = f"kubectl {_verb(words)} did not end within {self.patience:.0f} s"
            raise ClusterFailure(said, _CAUSES[-1][1]) from None
        except OSError as error:
            raise ClusterFailure(f"kubectl cannot be started: {error.strerror}",
                                 "install kubectl") from None  # fmt: skip
        return Answer(done.returncode, _read(done.stdout), _masked(_read(done.stderr)))

    def text(self, *words: str, text: str = "") -> str:
        """Return what kubectl writes; raise `ClusterFailure` with its words when it fails."""
        answer = self.ask(*words, text=text)
        if answer.status:
            raise failure(words, answer)
        return answer.out

    def json(self, *words: str, text: str = "") -> Any:
        """Return what kubectl writes as JSON, None for nothing; raise `ClusterFailure`."""
        written = self.text(*words, "-o", "json", text=text)
        if not written.strip():
            return None
        try:
            return json.loads(written)
        except ValueError:
            said = f"kubectl {_verb(words)} wrote no JSON: {written[:80]!r}"
            raise ClusterFailure(said, "is `kubectl` the program of Kubernetes?") from None


def failure(words: tuple[str, ...], answer: Answer) -> ClusterFailure:
    """Return `answer` as a failure, with what would help."""
    said = answer.words or f"exit code {answer.status}"
    hint = next((hint for pattern, hint in _CAUSES if re.search(pattern, said)), "")
    return ClusterFailure(f"kubectl {_verb(words)}: {said}", hint)


def _verb(words: tuple[str, ...]) -> str:
    return next((word for word in words if not word.startswith("-")), "")


def _environment() -> dict[str, str]:
    """Return the environment without what an edit or a colour of the user's would change."""
    odd = ("KUBECTL_EXTERNAL_DIFF", "KUBECTL_KUBERC")
    return {name: value for name, value in os.environ.items() if name not in odd}


def _read(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _masked(said: str) -> str:
    if not said.strip():
        return ""
    from gitops.git import redact

    return _TOKEN.sub(r"\1***", redact(said.strip()))
