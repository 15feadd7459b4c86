"""promises.py – each promise of docs/promises.md names a test that exists, or says that it is planned.

A promise is a table row whose first cell is P or E and a number. Its last cell names tests in back-quotes, as
`Suite.Name`, `Suite.*`, or the name of a ctest entry; or it says "planned (…)". Several names may stand in a cell; all
must exist.
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


def check(root, offences):
    path = root / "docs" / "promises.md"
    if not path.exists():
        return
    names = known_tests(root)
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        row = ROW.match(line)
        if row is None:
            continue
        cell = line.rstrip().rstrip("|").split("|")[-1].strip()
        tests = [name for name in QUOTED.findall(cell)]
        if not tests and not re.search(r"\bplanned\s*\(.+\)", cell):
            offences.add(path, number, f'{row.group(1)} names no test; write `Suite.Name` or "planned (issue)"')
        for name in tests:
            if name not in names:
                offences.add(path, number, f"{row.group(1)}: no test is called {name}")


if __name__ == "__main__":
    source.run(check)
