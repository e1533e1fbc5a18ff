"""`make docs`: write the reference pages anew."""

from docs.reference import FOLDER, PAGES, page

for name in PAGES:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.md").write_text(page(name), encoding="utf-8")
    print(FOLDER / f"{name}.md")
