"""promises.py – each promise of docs/promises.md names tests that exist and says what was measured.

A promise is a table row whose first cell is P or E and a number; its cells are name, what it says, tests, figures.
The tests stand in back-quotes, as `Suite.Name`, `Suite.*`, or the name of a ctest entry, all of which must exist; or
the cell says "planned (…)". The figures are never empty: what was measured and by which command, or "not run" or "–".
A command that begins with ./dev must be one that `./dev help` knows.
"""

import re

import source

ROW = re.compile(r"^\|\s*([PE]\d+)\b[^|]*\|")
QUOTED = re.compile(r"`([^`]+)`")
GTEST = re.compile(r"^\s*(?:TEST|TEST_F|TEST_P|TYPED_TEST)\s*\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.M)
CTEST = re.compile(r"\b(?:add_test\s*\(\s*NAME\s+|larder_(?:test|model)\s*\(\s*)([\w.-]+)")


def known_tests(root):
    names = set()
    for path in source.files(root, ["tests"], (".cc", ".h")):
        for suite, test in GTEST.findall(path.read_text(encoding="utf-8")):
            names.update((f"{suite}.{test}", f"{suite}.*"))
    for path in source.files(root, ["tests"], (".txt",)):
        names.update(CTEST.findall(path.read_text(encoding="utf-8")))
    return names


def known_verbs(root):
    """The words after ./dev that its help text explains: "prove damage", "test", …"""
    dev = root / "dev"
    if not dev.exists():
        return set()
    lines = re.findall(r"^  (\w+)(?: (\w+))?", dev.read_text(encoding="utf-8"), re.M)
    return {word for word, _ in lines} | {f"{word} {more}" for word, more in lines if more}


def check_figures(path, number, row, figures, verbs, offences):
    if not figures:
        offences.add(path, number, f'{row} has no figures; write what was measured, "not run" or "–"')
    for command in re.findall(r"`\./dev ([^`]+)`", figures):
        words = command.split()
        known = " ".join(words[:2]) in verbs if words[0] == "prove" else words[0] in verbs
        if not known:
            offences.add(path, number, f"{row}: ./dev {command} is not in ./dev help")


def check(root, offences):
    path = root / "docs" / "promises.md"
    if not path.exists():
        return
    names = known_tests(root)
    verbs = known_verbs(root)
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        row = ROW.match(line)
        if row is None:
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) != 4:
            offences.add(path, number, f"{row.group(1)} has {len(cells)} cells; name, what it says, tests, figures")
            continue
        cell = cells[2]
        check_figures(path, number, row.group(1), cells[3], verbs, offences)
        tests = [name for name in QUOTED.findall(cell)]
        if not tests and not re.search(r"\bplanned\s*\(.+\)", cell):
            offences.add(path, number, f'{row.group(1)} names no test; write `Suite.Name` or "planned (issue)"')
        for name in tests:
            if name not in names:
                offences.add(path, number, f"{row.group(1)}: no test is called {name}")


if __name__ == "__main__":
    source.run(check)
