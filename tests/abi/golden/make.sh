#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records the plugin ABI as it is now: copies the headers to golden/<major.minor>/include and builds golden.c from them
# into golden/<major.minor>/golden-{gcc,clang}.so, x86-64, stripped. Run it once when an ABI version is released (or
# while it is a draft and has changed); what is there afterwards is never built again, that is its point.
#
#   tests/abi/golden/make.sh            on Debian 12: gcc 12, clang 14, binutils 2.40
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
headers=../../../plugin-api/include
number() { sed -n "s/^#define $1 \([0-9]*\)u\$/\1/p" "$headers/gatehouse/abi.h"; }
version=$(number GH_ABI_MAJOR).$(number GH_ABI_MINOR)

mkdir -p "$version"
rm -rf "$version/include"
cp -r "$headers" "$version/include"
printf '{ global: gatehouse_plugin_v1; local: *; };\n' >"$version/export.map"
for compiler in gcc clang-14; do
  id=golden-${compiler%-14}
  "$compiler" -std=c11 -O2 -fPIC -shared -fvisibility=hidden -ffile-prefix-map="$PWD=." -DGOLDEN_ID="\"$id\"" \
    -I "$version/include" golden.c -o "$version/$id.so" \
    -Wl,--version-script="$version/export.map",-z,defs,-z,noseparate-code,-z,noexecstack,--build-id=none -s
  chmod 644 "$version/$id.so"
done
rm "$version/export.map"
sha256sum "$version"/*.so
