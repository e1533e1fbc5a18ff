"""When a daemon is ready: as its probe says, at once without one."""

from collections.abc import Callable, Mapping
from typing import Any

Data = Mapping[str, Any]
_PERIOD = 0.1


class Probe:
    """The readiness probe of a pod, as far as it names a port: something must listen there."""

    def __init__(self, template: Data) -> None:
        body = template.get("container") or template.get("script") or {}
        probe = body.get("readinessProbe") or {}
        asked = probe.get("httpGet") or probe.get("tcpSocket") or {}
        self._port = asked.get("port")

    def watch(self, later: Callable[[float, Callable[[], None]], None], ready: Any) -> None:
        """Call `ready` as soon as the daemon is; `later` runs a function after some seconds."""
        if self._answers():
            ready()
        else:
            later(_PERIOD, lambda: self.watch(later, ready))

    def _answers(self) -> bool:
        if not str(self._port or "").isdecimal():
            return True
        import socket

        try:
            socket.create_connection(("127.0.0.1", int(str(self._port))), timeout=0.5).close()
        except OSError:
            return False
        return True
