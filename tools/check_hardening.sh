#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check_hardening.sh BUILD: the server and every plugin of a release build carry what the flags ask for. A flag can get
# lost on the way from CMake to the linker without a word; the file itself cannot lie. (Not looked at: -fcf-protection.
# The linker marks a file only when all of its parts are marked, and Debian 12's own start-up objects are not.)
set -euo pipefail

build=${1:?usage: check_hardening.sh BUILD}
failures=0

fail() {
  printf '%s: %s\n' "$1" "$2"
  failures=$((failures + 1))
}

check_file() {
  local file=$1 kind=$2 headers dynamic symbols fortified
  headers=$(readelf --file-header --program-headers --wide "$file")
  dynamic=$(readelf --dynamic --wide "$file")
  symbols=$(readelf --dyn-syms --wide "$file")
  fortified=$(grep -E ' __[a-z]+_chk@' <<<"$symbols" || true)

  grep -Eq '^ *Type: *DYN' <<<"$headers" || fail "$file" "is not position independent"
  if [ "$kind" = program ]; then
    grep -Eq 'FLAGS_1.*\bPIE\b' <<<"$dynamic" || fail "$file" "is no position-independent executable"
  fi
  grep -q 'GNU_RELRO' <<<"$headers" || fail "$file" "has no RELRO segment (-z relro)"
  grep -Eq 'BIND_NOW|FLAGS_1.*\bNOW\b' <<<"$dynamic" || fail "$file" "binds lazily, so RELRO is partial (-z now)"
  if ! grep -q 'GNU_STACK' <<<"$headers" || grep -Eq 'GNU_STACK .* RWE ' <<<"$headers"; then
    fail "$file" "has an executable stack"
  fi
  if grep -Eq '^ *LOAD .* RWE ' <<<"$headers"; then
    fail "$file" "has a segment that is writable and executable"
  fi
  if grep -Eq '\((RPATH|RUNPATH)\)' <<<"$dynamic"; then
    fail "$file" "looks for libraries in a path of the build machine (RPATH or RUNPATH)"
  fi
  if grep -q 'TEXTREL' <<<"$dynamic"; then
    fail "$file" "needs its code to be writable while it is loaded (TEXTREL)"
  fi
  grep -q '__stack_chk_fail' <<<"$symbols" || fail "$file" "has no stack protector"
  # A plugin may have no call that fortifying changes; one with such a call in its plain form was not fortified.
  if [ -z "$fortified" ] &&
    { [ "$kind" = program ] || grep -Eq ' (v?s?n?printf|v?fprintf|str(n?cpy|n?cat))@' <<<"$symbols"; }; then
    fail "$file" "is built without _FORTIFY_SOURCE"
  fi
}

program=$build/bin/gatehouse
shopt -s nullglob
plugins=("$build"/lib/gatehouse/*.so)
[ -f "$program" ] || { echo "$program is missing" >&2; exit 1; }
[ ${#plugins[@]} -gt 0 ] || { echo "$build/lib/gatehouse holds no plugin" >&2; exit 1; }

check_file "$program" program
for plugin in "${plugins[@]}"; do
  check_file "$plugin" plugin
done
if [ "$failures" -gt 0 ]; then
  exit 1
fi
echo "$program and ${#plugins[@]} plugins are hardened"
