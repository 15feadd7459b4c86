"""copy_code.py – the optimistic copy of a hit is plain vector moves in the object code (base/copy.h, C1).

Usage: copy_code.py liblarder.a. Looks at the reads of a cache and at the copies they call: no library copy, no `rep
movs`, whose loads need not be done before the slot is looked at again.
"""

import re
import subprocess
import sys

READING = (r"larder::Cache::get(_many)?\(.*std::span<|"
           r"larder::\(anonymous namespace\)::(get_fully|read_batch|read_fully<.*CopyTo>)\(")
COPYING = r"larder::base::(copy_lines|copy_small|equal_words)\("
WANTED = re.compile(rf"<(.*\s)?({READING}|{COPYING})")
FORBIDDEN = re.compile(r"\brep movs|\b(memcpy|memmove|memcmp|bcmp)\b")


def main():
    command = ["objdump", "-drC", "--no-show-raw-insn", sys.argv[1]]
    dump = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    looked_at, offences, inside = 0, [], None
    for line in dump.split("\n"):
        head = re.match(r"^[0-9a-f]+ (<.*>):$", line)
        if head:
            inside = head.group(1) if WANTED.search(head.group(1)) else None
            looked_at += inside is not None
        elif inside and FORBIDDEN.search(line):
            offences.append(f"{inside}: {line.strip()}")
    print("\n".join(offences))
    if looked_at < 2:
        print(f"only {looked_at} of the reading functions found in {sys.argv[1]}; was one renamed?")
        return 1
    print(f"{looked_at} reading functions, {len(offences)} forbidden copies")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
