"""A revision of the project: it is compiled as it was then, and leaves nothing behind."""

from typing import TYPE_CHECKING

from argosy.cli import revisions
from compiler.project import load_project
from compiler.render import render

if TYPE_CHECKING:
    from tests.cli.conftest import Shop


def test_a_revision_renders_to_what_it_rendered_to(shop: "Shop") -> None:
    first = shop.commit()
    project = load_project(shop.root)
    then = render(project, "dev")
    shop.edit("hello ${params.who}", "welcome ${params.who}")
    with revisions.at(project, first) as before:
        assert render(before, "dev").files == then.files
    assert render(project, "dev").files != then.files
    assert list((shop.root / ".argosy" / "revisions").iterdir()) == []
