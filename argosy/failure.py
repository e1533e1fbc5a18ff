"""The outside world failed: what happened, what would help, and the exit code that says so."""


class Failure(Exception):  # noqa: N818 - it tells the user what failed, it is no bug of the program
    """A foreseeable fault outside Argosy, such as a server that does not answer.

    `exit_code` follows the table of exit codes: 4, the world failed and a retry is safe.
    """

    exit_code = 4

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
