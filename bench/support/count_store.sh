#!/bin/sh
# Instructions of store operations, counted by valgrind's callgrind like those of a cache hit (count_hit.sh).
#
#   bench/support/count_store.sh [DIRECTORY OF larder_store_count]
#
# Each number is the difference of two runs with 10,000 and 30,000 operations, divided by 20,000. "driver" forms the
# keys and is in the others as well.
set -eu
bin="${1:-build/release/bin}/larder_store_count"
if ! command -v valgrind >/dev/null 2>&1; then
  echo "count_store: valgrind is not installed (apt-get install valgrind): skipped" >&2
  exit 0
fi
if [ ! -x "$bin" ]; then
  echo "count_store: no program $bin; build it first, or name the directory it is in" >&2
  exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

count() {
  if ! valgrind --tool=callgrind --callgrind-out-file="$work/out" "$bin" "$1" "$2" >"$work/log" 2>&1; then
    cat "$work/log" >&2
    echo "count_store: $bin $1 $2 failed under valgrind" >&2
    exit 1
  fi
  sed -n -e 's/^totals: \([0-9]*\).*/\1/p' -e 's/^summary: \([0-9]*\).*/\1/p' "$work/out" | head -n 1
}

printf '%-8s %14s\n' operation instructions
for task in driver get incr rate set lock; do
  few=$(count "$task" 10000)
  many=$(count "$task" 30000)
  printf '%-8s %14d\n' "$task" $(((many - few) / 20000))
done
