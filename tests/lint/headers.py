"""headers.py – every source file of the engine and the tools begins by saying what it is: "// name.h – what it is"."""

import source

FOLDERS = ["engine", "tools", "bindings"]


def check(root, offences):
    for path in source.files(root, FOLDERS):
        first = path.read_text(encoding="utf-8").split("\n", 1)[0]
        wanted = f"// {path.name} – "
        if not first.startswith(wanted) or len(first) < len(wanted) + 8:
            offences.add(path, 1, f'the first line must begin "{wanted}" and say what the file is')


if __name__ == "__main__":
    source.run(check)
