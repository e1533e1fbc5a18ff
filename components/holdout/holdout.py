"""Write the lines of a table into train.csv and test.csv, without libraries."""

import random
import sys
from pathlib import Path

table, folder, share, seed = Path(sys.argv[1]), Path(sys.argv[2]), *map(float, sys.argv[3:])
head, *rows = table.read_text("utf-8").splitlines()
random.Random(int(seed)).shuffle(rows)
apart = round(len(rows) * share)
folder.mkdir()
for name, part in (("test", rows[:apart]), ("train", rows[apart:])):
    (folder / f"{name}.csv").write_text("\n".join([head, *part]) + "\n", "utf-8")
(folder / "kept.txt").write_text(str(len(rows) - apart))
print(f"{len(rows) - apart} rows kept, {apart} set apart")
