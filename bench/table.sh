# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Figures out of lines of ours, and the Markdown table of bars they end in; for the scripts beside this one.

calc() { awk "BEGIN { print ($1) }"; }

# field NAME [GROUP] <JSON: a number out of one line of ours.
field() {
  if [ $# -eq 2 ]; then
    grep -o "{\"name\":\"$2\"[^}]*" | sed -n "s/.*\"$1\":\([-0-9.e+]*\).*/\1/p"
  else
    sed -n "s/.*\"$1\":\([-0-9.e+]*\).*/\1/p"
  fi
}

# Of the numbers in a file, one a line.
mean() { awk '{ sum += $1 } END { print sum / NR }' "$1"; }
# ratio_of FILE-A FILE-B
ratio_of() { calc "$(mean "$1") / $(mean "$2")"; }

round() { awk "BEGIN { printf \"%.$2f\", $1 }"; }
thousands() { awk "BEGIN { printf \"%.1f k/s\", $1 / 1000 }"; }
# From microseconds.
milliseconds() { calc "$1 / 1000"; }

table=()
# row BAR MEASURED [FLOOR VERDICT]: without a floor it is only told.
row() { table+=("| $1 | $2 | ${3:-} | ${4:-} |"); }
# at_least MEASURED FLOOR and below MEASURED CEILING: met or missed, and by how much.
at_least() { awk "BEGIN { if ($1 >= $2) print \"met\"; else printf \"**missed** by %.0f %%\", 100 * (1 - $1 / $2) }"; }
below() { awk "BEGIN { if ($1 < $2) print \"met\"; else printf \"**missed** by %.0f %%\", 100 * ($1 / $2 - 1) }"; }

print_table() {
  printf '| bar | measured | floor | |\n|---|---|---|---|\n'
  printf '%s\n' "${table[@]}"
}
