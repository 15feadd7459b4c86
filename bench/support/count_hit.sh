#!/bin/sh
# Instructions, data reads and data writes of one get hit, counted by valgrind's callgrind (which simulates them, so the
# numbers are the same on a busy machine and on a quiet one).
#
#   bench/support/count_hit.sh [DIRECTORY OF larder_hit_count]
#
# Each number is the difference of two runs with 10,000 and 30,000 hits, divided by 20,000: start-up and warm-up cancel
# out. "driver" is the loop around it alone (next id, key forming), and is in the other two as well.
set -eu
bin="${1:-build/release/bin}/larder_hit_count"
if ! command -v valgrind >/dev/null 2>&1; then
  echo "count_hit: valgrind is not installed (apt-get install valgrind): skipped" >&2
  exit 0
fi
if [ ! -x "$bin" ]; then
  echo "count_hit: no program $bin; build it first, or name the directory it is in" >&2
  exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Prints "instructions reads writes" of a whole run.
count() {
  log="$work/$1.$2.log"
  if ! valgrind --tool=callgrind --cache-sim=yes --callgrind-out-file="$work/out.$1.$2" "$bin" "$1" "$2" \
      >"$log" 2>&1; then
    cat "$log" >&2
    echo "count_hit: $bin $1 $2 failed under valgrind" >&2
    exit 1
  fi
  sed -n -e 's/^totals: \([0-9]*\) \([0-9]*\) \([0-9]*\).*/\1 \2 \3/p' \
    -e 's/^summary: \([0-9]*\) \([0-9]*\) \([0-9]*\).*/\1 \2 \3/p' \
    "$work/out.$1.$2" | head -n 1
}

printf '%-8s %14s %12s %12s\n' "get hit" instructions reads writes
for contestant in driver floor larder; do
  few=$(count "$contestant" 10000)
  many=$(count "$contestant" 30000)
  echo "$few $many" | awk -v who="$contestant" \
    '{ printf "%-8s %14.1f %12.1f %12.1f\n", who, ($4-$1)/20000, ($5-$2)/20000, ($6-$3)/20000 }'
done
