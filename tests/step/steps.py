"""steps.py LOG... – adds up what the step tests say they did, and fails if it is less than the campaign promises.

A line reads `[  STATES  ] TEST OPERATION: name=number ...`. Distinct states are counted per operation: those that a
worker died in, and those that whoever buried one died in.
"""

import argparse
import collections
import re

LINE = re.compile(r"\[  STATES  \] (\w+) (\S+): (.*)")


def read(paths):
    """Test, operation and figures of every line."""
    for path in paths:
        with open(path, encoding="utf-8") as log:
            for line in log:
                if match := LINE.search(line):
                    yield match[1], match[2], dict(part.split("=") for part in match[3].split())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("logs", nargs="+")
    parser.add_argument("--least", type=int, default=0, help="distinct states that must have been met")
    arguments = parser.parse_args()
    sums, operations = collections.Counter(), collections.Counter()
    longest = (0, "nobody", "nobody")
    for test, operation, figures in read(arguments.logs):
        operations[test] += 1
        for name, figure in figures.items():
            if figure.isdigit():
                sums[test, name] += int(figure)
        if test == "stopped":
            longest = max(longest, (int(figures["most"]), figures["of"], operation))
    killed, buried = sums["killed", "states"], sums["bury", "states"]
    answers = sums["killed", "diagnoses"] + sums["bury", "diagnoses"]
    print(f"killed    {killed} distinct states of {operations['killed']} operations")
    deaths = sums["bury", "deaths"]
    print(f"buriers   {buried} distinct states after {deaths} deaths in {operations['bury']} operations")
    print(f"together  {killed + buried} distinct states; the doctor answered on {answers}")
    print(f"frozen    {sums['stopped', 'places']} places in {operations['stopped']} operations; "
          f"another needed at most {longest[0]} instructions ({longest[1]} beside {longest[2]})")
    print(f"late      {sums['late', 'places']} places in {operations['late']} operations")
    print(f"forked    {sums['forked', 'places']} places in {operations['forked']} operations")
    others = [f"{test} {sums[test, 'places']} places, {sums[test, 'deaths']} deaths"
              for test in ("moved", "counted", "expired") if operations[test]]
    print(f"records   {'; '.join(others)}")
    if killed + buried < arguments.least:
        raise SystemExit(f"steps.py: fewer than {arguments.least} distinct states")


if __name__ == "__main__":
    main()
