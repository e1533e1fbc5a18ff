"""What an image is named by."""

import pytest

from compiler.images import by_digest

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (f"ghcr.io/acme/churn@{DIGEST}", True),
        (f"churn:1.2@{DIGEST}", True),
        ("churn:1.2", False),
        ("churn@sha256:1234", False),
        (f"churn@{DIGEST}0", False),
        (f"churn@{DIGEST}\n", False),
        (f"churn@{DIGEST.upper()}", False),
        ("churn@sha256:{{inputs.parameters.digest}}", False),
    ],
)
def test_a_digest_is_a_digest_in_full(image: str, expected: bool) -> None:
    assert by_digest(image) is expected
