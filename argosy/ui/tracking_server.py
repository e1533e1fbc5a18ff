"""MLflow's own page, started on request and ended with ours, however that ends."""

import os
import signal
import socket
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

from argosy.models.failure import ModelError
from argosy.models.store import artifact_root, is_ready, local_uri

# its stdin is a pipe of ours: when that closes, all of its group go
_SCRIPT = '"$@" </dev/null & cat >/dev/null; trap "" TERM; kill -TERM 0'


class TrackingServer:
    """At most one `mlflow server` over the local store."""

    def __init__(self, state: Path) -> None:
        self._state, self._lock = state, threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    def address(self) -> str | None:
        """Return where MLflow's page is; None while it starts. Raise `ModelError` if it cannot."""
        with self._lock:
            if self._process is None:
                self._start()
            elif self._process.poll() is not None:
                self._process = None
                raise ModelError("MLflow's page ended at once", f"see {self._log}")
        with socket.socket() as probe:
            probe.settimeout(1)
            answers = probe.connect_ex(("127.0.0.1", self._port)) == 0
        return f"http://127.0.0.1:{self._port}/" if answers else None

    @property
    def _log(self) -> Path:
        return self._state / "mlflow-server.log"

    def _start(self) -> None:
        if not is_ready(self._state):
            raise ModelError("there is no MLflow store yet", "a run that logs something makes it")
        if find_spec("mlflow.server") is None or find_spec("uvicorn") is None:
            raise ModelError("MLflow's page is not installed", "pip install 'argosy[ui]'")
        with socket.socket() as chosen:
            chosen.bind(("127.0.0.1", 0))
            self._port = chosen.getsockname()[1]
        words = ("--backend-store-uri", local_uri(self._state), "--host", "127.0.0.1")
        root = artifact_root(local_uri(self._state))
        more = ("--port", str(self._port), "--workers", "1", "--default-artifact-root", str(root))
        server = (sys.executable, "-P", "-m", "mlflow", "server", *words, *more)
        quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["sh", "-c", _SCRIPT, "sh", *server],
                cwd=self._state,
                env={**os.environ, **quiet},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def close(self) -> None:
        """End it, if it was started."""
        with self._lock:
            process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
