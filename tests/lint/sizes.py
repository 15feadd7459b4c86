"""sizes.py – no file is longer than 400 lines, no line of code wider than 120 columns."""

import source

MAX_LINES = 400
MAX_COLUMNS = 120
FOLDERS = ["engine", "tools", "tests", "bench", "bindings"]


def check(root, offences):
    for path in source.files(root, FOLDERS, source.CODE + (".py", ".sh")):
        lines = path.read_text(encoding="utf-8").split("\n")
        count = len(lines) - 1
        if count > MAX_LINES:
            offences.add(path, count, f"{count} lines; split it, {MAX_LINES} are allowed")
        for number, line in enumerate(lines, 1):
            if len(line) > MAX_COLUMNS:
                offences.add(path, number, f"{len(line)} columns; {MAX_COLUMNS} are allowed")


if __name__ == "__main__":
    source.run(check)
