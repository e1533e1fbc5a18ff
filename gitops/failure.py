"""Publishing failed outside Argosy: git, the network or the repository itself."""


class GitopsFailure(Exception):  # noqa: N818 - it tells the user what failed, it is no bug of the program
    """A foreseeable fault of git or of a repository; `hint` says what would help."""

    exit_code = 4

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
