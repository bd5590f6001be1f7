#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tidy.sh [BUILD [FILE...]]: clang-tidy 14 by .clang-tidy over host/ and plugins/, or over the files that are named. BUILD
# is a tree that was built (default: build/release), since some sources are made on the way.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
build=${1:-build/release}
[ $# -eq 0 ] || shift
[ -f "$build/compile_commands.json" ] || { echo "$build is no configured build tree" >&2; exit 1; }
command -v clang-tidy-14 >/dev/null || { echo "clang-tidy-14 is not installed" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One command a file (plugins are compiled twice), and no option that only gcc knows.
python3 - "$build/compile_commands.json" "$work" "$root" "$@" <<'PYTHON'
import json, os, sys
source, work, root, *named = sys.argv[1:]
named = {os.path.realpath(name) for name in named}
commands = {}
for entry in json.load(open(source)):
    file = os.path.realpath(os.path.join(entry["directory"], entry["file"]))
    wanted = file in named if named else file.startswith((root + "/host/", root + "/plugins/"))
    if wanted and file not in commands:
        words = [w for w in entry["command"].split() if w != "-ftrivial-auto-var-init=zero" and not w.endswith("ccache")]
        commands[file] = {"directory": entry["directory"], "file": file, "command": " ".join(words)}
if not commands:
    sys.exit("nothing to check")
json.dump(list(commands.values()), open(work + "/compile_commands.json", "w"))
open(work + "/files", "w").write("\0".join(sorted(commands)))
PYTHON

# It counts on stderr what it suppressed in system headers.
xargs -0 -n 1 -P "$(nproc)" clang-tidy-14 -p "$work" --quiet --warnings-as-errors='*' <"$work/files" \
  2> >(grep -v ' warnings\? generated\.$' >&2)
echo "clang-tidy has nothing to say about $(tr '\0' '\n' <"$work/files" | grep -c .) files"
