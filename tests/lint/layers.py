"""layers.py – the rooms of the engine, in order, and the words that belong to one room only.

A file of the engine includes its own room, rooms before it, and public headers. Tools, benches and bindings see the
public headers and the rooms made for them. Atomics live in base, and so do their memory orders; what no peer survives
(robust mutexes, asking whether a pid lives) is used nowhere.
"""

import re

import source

ROOMS = ["base", "os", "segment", "page", "index", "ring", "policy", "cache", "store", "observe", "config", "dump",
         "backend", "mail", "persist", "doctor", "tune", "sidecar"]
FOR_TOOLS = {"observe", "config", "dump", "doctor", "sidecar"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.M)

# (pattern, what is wrong, files that may)
WORDS = [
    (re.compile(r"std::atomic\b|std::atomic_|#\s*include\s*<atomic>"), "std::atomic outside engine/base",
     "engine/base/"),
    (re.compile(r"\bmemory_order|\b__(?:atomic|ATOMIC|sync)_\w+"), "a memory order outside engine/base/atomic.h",
     "engine/base/atomic.h"),
    (re.compile(r"\b(?:atomic_thread_fence|atomic_signal_fence)\b"), "a stand-alone fence", None),
    (re.compile(r"\bpthread_(?:mutex|rwlock|spin|cond|barrier)\w*"),
     "a pthread lock: it dies with its holder", None),
    (re.compile(r"\binterprocess_(?:\w*mutex|semaphore|condition\w*)|\bnamed_(?:\w*mutex|semaphore|condition\w*)|"
                r"\bmanaged_(?:shared_memory|mapped_file)"),
     "a Boost.Interprocess lock or heap: unsound after a kill", None),
    (re.compile(r"\bkill\s*\([^;]*,\s*0\s*\)"), "kill(pid, 0): a pid is no identity", None),
]


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def check_includes(root, offences):
    for path in source.files(root, ["engine"]):
        parts = path.relative_to(root / "engine").parts
        room = parts[0]
        text = source.code(path)
        if room == "include":
            allowed = set()
        elif room in ROOMS:
            allowed = set(ROOMS[: ROOMS.index(room) + 1])
        else:
            offences.add(path, 1, f"{room} is no room; the rooms are {', '.join(ROOMS)}")
            continue
        check_file(path, text, allowed, room, offences)


def check_file(path, text, allowed, room, offences):
    for match in INCLUDE.finditer(text):
        name = match.group(1)
        target = name.split("/")[0]
        if target == "larder":
            continue
        line = line_of(text, match.start())
        if "/" not in name or target in (".", ".."):
            offences.add(path, line, f'"{name}": include by room, as in "base/hash.h"')
        elif target not in ROOMS:
            offences.add(path, line, f'"{name}": {target} is no room of the engine')
        elif target not in allowed:
            offences.add(path, line, f'"{name}": {room} must not include {target}, a later room')


def check_outside(root, offences):
    for path in source.files(root, ["tools", "bindings"]):
        text = source.code(path)
        for match in INCLUDE.finditer(text):
            target = match.group(1).split("/")[0]
            if target in ROOMS and target not in FOR_TOOLS:
                offences.add(path, line_of(text, match.start()),
                             f'"{match.group(1)}": tools see larder/ and {", ".join(sorted(FOR_TOOLS))} only')


def check_words(root, offences):
    for path in source.files(root, ["engine"]):
        text = source.code(path)
        name = str(path.relative_to(root))
        for pattern, what, home in WORDS:
            if home is not None and name.startswith(home):
                continue
            for match in pattern.finditer(text):
                offences.add(path, line_of(text, match.start()), f"{match.group(0).strip()}: {what}")


def check(root, offences):
    check_includes(root, offences)
    check_outside(root, offences)
    check_words(root, offences)


if __name__ == "__main__":
    source.run(check)
