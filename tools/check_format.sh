#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every tracked C and C++ file is as clang-format 14 writes it. With --fix: writes them so.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "${GATEHOUSE_ROOT:-$root}"

mode=(--dry-run --Werror)
if [ "${1:-}" = --fix ]; then
  mode=(-i)
fi

formatter=$(command -v clang-format-14 || true)
if [ -z "$formatter" ]; then
  echo "clang-format-14 is not installed; versions differ in what they write, so no other will do" >&2
  exit 1
fi

# In an unpacked archive there is no git; then it is every file outside the build trees.
list_sources() {
  git ls-files -z -- '*.c' '*.h' '*.cpp' '*.hpp' 2>/dev/null ||
    find . -name build -prune -o -type f \( -name '*.c' -o -name '*.h' -o -name '*.cpp' -o -name '*.hpp' \) -print0
}

mapfile -d '' sources < <(list_sources)
existing=()
for file in "${sources[@]}"; do
  if [ -f "$file" ]; then
    existing+=("$file")
  fi
done
if [ ${#existing[@]} -eq 0 ]; then
  echo "no sources found" >&2
  exit 1
fi
if ! printf '%s\0' "${existing[@]}" | xargs -0 -n 32 -P "$(nproc)" "$formatter" --style=file "${mode[@]}"; then
  echo "tools/check_format.sh --fix writes them as they should be" >&2
  exit 1
fi
echo "${#existing[@]} files are formatted"
