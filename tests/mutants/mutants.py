"""mutants.py – breaks the engine in one place at a time and looks whether the tests notice.

Copies the tree, applies each change of mutants.toml to the copy, builds the test named there and runs it. A test
that fails has killed its mutant; so has a build that fails. Writes the table of results into docs/design/testing.md.

    mutants.py TREE COPY [--only TEXT]
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tomllib

BEGIN, END = "<!-- mutants: begin -->", "<!-- mutants: end -->"
KEPT = shutil.ignore_patterns("build", ".git")
LIMIT_S = 240  # a mutant may loop for ever


def copy_tree(tree, copy):
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(tree, copy, ignore=KEPT)
    run(["cmake", "-S", copy, "-B", copy / "build", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release"], check=True)


def run(command, check=False, **more):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=check, **more)


def changed(text, mutant):
    """The text with the mutant's change; an error if its place is not there."""
    places = text.count(mutant["old"])
    nth = mutant.get("nth", 1)
    if places < nth or ("nth" not in mutant and places != 1):
        sys.exit(f"mutants.py: '{mutant['name']}': {mutant['file']} has {places} places like that; mend mutants.toml")
    at = -1
    for _ in range(nth):
        at = text.index(mutant["old"], at + 1)
    return text[:at] + mutant["new"] + text[at + len(mutant["old"]):]


def judge(copy, mutant):
    """killed, survived, or how else it ended."""
    file = copy / mutant["file"]
    before = file.read_text()
    file.write_text(changed(before, mutant))
    try:
        built = run(["cmake", "--build", copy / "build", "--target", mutant["test"]])
        if built.returncode != 0:
            print(built.stdout[-2000:], built.stderr[-2000:], file=sys.stderr)
            return "does not build"
        command = [copy / "build" / "bin" / mutant["test"]]
        if "filter" in mutant:
            command.append("--gtest_filter=" + mutant["filter"])
        environment = {**os.environ, "LARDER_MODEL_ITERATIONS": os.environ.get("LARDER_MODEL_ITERATIONS", "30000")}
        try:
            return "survived" if run(command, timeout=LIMIT_S, env=environment).returncode == 0 else "killed"
        except subprocess.TimeoutExpired:
            return "killed (never ends)"
    finally:
        file.write_text(before)


def table(results):
    lines = ["| change | in | test | result |", "|---|---|---|---|"]
    for mutant, result in results:
        said = result if result != "survived" else f"survives: {mutant.get('survives', 'no test tells yet')}"
        lines.append(f"| {mutant['name']} | `{mutant['file'].removeprefix('engine/')}` | `{mutant['test']}` | {said} |")
    killed = sum(result.startswith("killed") for _, result in results)
    lines.append("")
    lines.append(f"{killed} of {len(results)} killed.")
    return "\n".join(lines)


def write_table(page, results):
    text = page.read_text()
    head, rest = text.split(BEGIN)
    page.write_text(head + BEGIN + "\n" + table(results) + "\n" + END + rest.split(END)[1])


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("tree", type=pathlib.Path)
    arguments.add_argument("copy", type=pathlib.Path)
    arguments.add_argument("--only", default="", help="mutants whose name or test contains this; writes no table")
    options = arguments.parse_args()
    mutants = tomllib.loads((options.tree / "tests/mutants/mutants.toml").read_text())["mutant"]
    mutants = [one for one in mutants if options.only in one["name"] or options.only in one["test"]]
    copy_tree(options.tree, options.copy)
    results, surprises = [], 0
    for mutant in mutants:
        result = judge(options.copy, mutant)
        expected = "survives" in mutant
        surprise = (result == "survived") != expected or result == "does not build"
        surprises += surprise
        results.append((mutant, result))
        print(f"{'UNEXPECTED ' if surprise else ''}{result:20} {mutant['test']:18} {mutant['name']}", flush=True)
    if not options.only:
        write_table(options.tree / "docs/design/testing.md", results)
    return 1 if surprises else 0


if __name__ == "__main__":
    sys.exit(main())
