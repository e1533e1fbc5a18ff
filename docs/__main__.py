"""`make docs`: write the reference pages anew."""

from docs import runtimes
from docs.reference import FOLDER, PAGES, page

for name in PAGES:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.md").write_text(page(name), encoding="utf-8")
    print(FOLDER / f"{name}.md")

runtimes.PAGE.write_text(runtimes.written(runtimes.PAGE.read_text("utf-8")), encoding="utf-8")
print(runtimes.PAGE)
