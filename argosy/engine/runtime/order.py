"""A request to start a process, as it travels to the supervisor: texts are bytes already."""

TYPE_CHECKING = False  # `typing` would double the supervisor's start
if TYPE_CHECKING:
    from typing import Any


class Order:
    """All of a process; `timeout` and `grace` are seconds, `mark` is in its environment."""

    def __init__(
        self,
        key: str,
        path: bytes,
        argv: list[bytes],
        env: dict[bytes, bytes],
        folder: bytes,
        log: bytes,
        result: bytes | None,
        timeout: float | None,
        grace: float,
        mark: bytes,
    ) -> None:
        self.key, self.path, self.argv, self.env = key, path, argv, env
        self.folder, self.log, self.result = folder, log, result
        self.timeout, self.grace, self.mark = timeout, grace, mark

    def message(self) -> "list[Any]":
        """Return the request, whose rest makes the order again."""
        return ["start", *vars(self).values()]
