"""orders.py – weakens the memory orders of the engine's accesses and looks whether the models notice.

Every access of the engine that a model makes and that is more than relaxed is a candidate (tests/model/orders.h):
acquire, release and both become relaxed; one of the single total order becomes acquire, release or both. Many accesses
are ordered twice, e.g. a load is followed by a CAS that acquires, too, so weakening a single one tells little.
Therefore orders.toml names a set of *redundant* accesses: all of them together may be weakened, and no model notices.
Each other access carries the protocol: weakened on top of those, it must be noticed. Both are checked; an access that
is in neither state is an error.

    orders.py TREE MODELS            checks, and writes the table of docs/design/testing.md
    orders.py TREE MODELS --search   finds such a set, to which nothing can be added, among those that orders.toml names
                                     (all, if it names none), and writes it
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

BEGIN, END = "<!-- orders: begin -->", "<!-- orders: end -->"
LIMIT_S = 900
HEAD = """\
# Accesses of the engine whose memory orders may all be weakened at once, and no model notices: something else orders
# what they order. Written by ./dev mutants orders --search; checked by ./dev mutants orders. They stay as strong
# as they are: on x86-64 an acquiring load and a releasing store cost nothing, and the models are bounded.
"""


def run(model, **environment):
    """True if the model finds nothing wrong."""
    try:
        return subprocess.run([model], capture_output=True, timeout=LIMIT_S,
                              env={"LARDER_MODEL_ITERATIONS": "30000", **os.environ, **environment}).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def places_of(model):
    """Where this model makes accesses of the engine: engine/FILE:LINE:COLUMN."""
    with tempfile.NamedTemporaryFile("r") as listed:
        run(model, LARDER_MODEL_PLACES=listed.name, LARDER_MODEL_ITERATIONS="3000")
        lines = listed.read().splitlines()
    if not lines:
        sys.exit(f"orders.py: {model} named no place")
    found = (re.search(r"(?:^|/)(engine/[^:]+:\d+:\d+)$", line) for line in lines)
    return {match.group(1) for match in found if match}


class Source:
    """The text at a place, which outlives a change of line numbers: file, line's text, which of the line's accesses."""

    def __init__(self, tree, places):
        self.tree, self.files, self.places = tree, {}, sorted(places)

    def line(self, place):
        file, line, _ = place.split(":")
        if file not in self.files:
            self.files[file] = (self.tree / file).read_text().splitlines()
        return self.files[file][int(line) - 1].split("//")[0].strip()

    def name(self, place):
        file, line, column = place.split(":")
        on_line = sorted(int(other.split(":")[2]) for other in self.places if other.startswith(f"{file}:{line}:"))
        here = [other for other in self.places if other.startswith(file + ":")]
        above = [other for other in here if int(other.split(":")[1]) < int(line)]
        same = {other.split(":")[1] for other in above if self.line(other) == self.line(place)}
        return (file, self.line(place), len(same) + 1, on_line.index(int(column)) + 1)


class Models:
    """The models and what each reaches."""

    def __init__(self, folder):
        self.models = sorted(folder.glob("model_*"))
        self.places = {model: places_of(model) for model in self.models}
        self.all = set().union(*self.places.values())

    def notice(self, weakened, because):
        """The first model that notices; only those are asked that reach a place of `because`. Random schedules first,
        in all of them: a bounded search takes longer."""
        for hurry in ({"LARDER_MODEL_RANDOM": "1"}, {}):
            for model in self.models:
                mine = ",".join(sorted(self.places[model] & weakened))
                if self.places[model] & because and not run(model, LARDER_MODEL_WEAKEN=mine, **hurry):
                    return model.name
        return None


def search(models, candidates):
    """Of the candidates, and then of the others, places that may all be weakened; nothing can be added to them."""
    redundant, todo = set(), [sorted(candidates)]
    while todo:
        group = todo.pop(0)
        killer = models.notice(redundant | set(group), set(group))
        if killer is None:
            redundant |= set(group)
        elif len(group) > 1:
            half = len(group) // 2
            todo[:0] = [group[:half], group[half:]]
        print(f"{len(redundant):4} may be weakened; {len(group):4} more: {killer or 'not noticed'}", flush=True)
    for place in sorted(models.all - redundant):
        if models.notice(redundant | {place}, {place}) is None:
            redundant.add(place)
            print(f"{len(redundant):4} may be weakened; also {place}", flush=True)
    return redundant


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def write_redundant(path, source, redundant):
    entries = [f"[[redundant]]\nfile = {quoted(file)}\ntext = {quoted(text)}\nline = {nth}\naccess = {access}\n"
               for file, text, nth, access in sorted(source.name(place) for place in redundant)]
    path.write_text(HEAD + "\n" + "\n".join(entries))


def table(rows, redundant):
    files = {}
    for place, killer in rows:
        files.setdefault(place.split(":")[0], []).append(killer)
    spare = [place.split(":")[0] for place in redundant]
    lines = ["| file | accesses | carry the protocol | weakened, noticed by | ordered twice |", "|---|---|---|---|---|"]
    for file in sorted({*files, *spare}):
        killers = files.get(file, [])
        by = ", ".join(f"`{name}` {killers.count(name)}" for name in sorted({killer for killer in killers if killer}))
        counts = f"{len(killers) + spare.count(file)} | {len(killers)} | {by} | {spare.count(file)}"
        lines.append(f"| `{file.removeprefix('engine/')}` | {counts} |")
    killed = sum(killer is not None for _, killer in rows)
    lines += ["", f"{len(rows) + len(redundant)} accesses: {len(rows)} carry the protocol, of which {killed} noticed; "
              f"{len(redundant)} ordered twice."]
    return "\n".join(lines)


def write_table(page, text):
    head, rest = page.read_text().split(BEGIN)
    page.write_text(head + BEGIN + "\n" + text + "\n" + END + rest.split(END)[1])


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("tree", type=pathlib.Path)
    arguments.add_argument("models", type=pathlib.Path, help="the folder of the models' programs")
    arguments.add_argument("--search", action="store_true")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count())
    options = arguments.parse_args()
    listed = options.tree / "tests/mutants/orders.toml"
    models = Models(options.models)
    source = Source(options.tree, models.all)
    wanted = {(one["file"], one["text"], one["line"], one["access"])
              for one in tomllib.loads(listed.read_text()).get("redundant", [])}
    redundant = {place for place in models.all if source.name(place) in wanted}
    for name in wanted - {source.name(place) for place in redundant}:
        sys.exit(f"orders.py: orders.toml names an access that no model makes: {name}; mend it, or --search anew")
    if options.search:
        write_redundant(listed, source, search(models, redundant or models.all))
        return 0
    surprises = 0
    if killer := models.notice(redundant, redundant):
        surprises += 1
        print(f"UNEXPECTED {killer} notices that the redundant orders are weaker", flush=True)
    rows = []
    needed = sorted(models.all - redundant)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for place, killer in zip(needed, pool.map(lambda one: models.notice(redundant | {one}, {one}), needed)):
            surprises += killer is None
            rows.append((place, killer))
            print(f"{killer or 'UNEXPECTED not noticed':14} {place}  {source.line(place)}", flush=True)
    write_table(options.tree / "docs/design/testing.md", table(rows, redundant))
    return 1 if surprises else 0


if __name__ == "__main__":
    sys.exit(main())
