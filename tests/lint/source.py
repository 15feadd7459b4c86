"""source.py – what the lints share: finding files, reading code without comments, and the verdict."""

import pathlib
import re
import sys

CODE = (".h", ".cc", ".def")


class Offences:
    """Collects "file:line: what" and turns them into an exit code."""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.found = []

    def add(self, path, line, what):
        self.found.append(f"{path.relative_to(self.root)}:{line}: {what}")

    def verdict(self):
        for offence in self.found:
            print(offence)
        return 1 if self.found else 0


def files(root, folders, suffixes=CODE):
    """All files below the folders with one of the suffixes, sorted."""
    root = pathlib.Path(root).resolve()
    return sorted(p for folder in folders for p in (root / folder).rglob("*") if p.is_file() and p.suffix in suffixes)


TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)


def code(path):
    """The file's text with comments and literals blanked out, line numbers kept; include lines keep their names."""

    def blank(match):
        text = match.group(0)
        line_start = path_text.rfind("\n", 0, match.start()) + 1
        if text.startswith('"') and path_text[line_start:].lstrip().startswith("#include"):
            return text
        if text.startswith("'") and re.search(r"[0-9a-fA-F]$", path_text[: match.start()]):
            return text  # a digit separator, not a character
        return re.sub(r"[^\n]", " ", text)

    path_text = path.read_text(encoding="utf-8")
    return TOKEN.sub(blank, path_text)


def run(check):
    """Calls check(root, offences) with the folder named on the command line."""
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} ROOT")
    offences = Offences(sys.argv[1])
    check(offences.root, offences)
    sys.exit(offences.verdict())
