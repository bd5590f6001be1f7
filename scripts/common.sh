# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Shared by run.sh, test.sh and .ci/run; to be sourced. Sets `root` and gives: say, die, build_jobs, require_packages,
# configure, build.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '==> %s\n' "$*" >&2; }

die() {
  printf 'error: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
  exit 1
}

# One a core, but never more than the memory carries: a compiler here takes up to 1 GiB.
build_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)
  [ "$memory" -ge 1 ] || memory=1
  echo $((cores < memory ? cores : memory))
}

# packages_of SET...: the Debian packages of these sets, one a line.
packages_of() {
  local set
  for set in "$@"; do
    awk -v set="$set" '$1 == set { print $2 }' "$root/scripts/packages.txt"
  done
}

# missing_packages SET...: those of them that are not installed.
missing_packages() {
  comm -23 <(packages_of "$@" | sort -u) \
    <(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' | awk '$1 == "installed" { print $2 }' | sort -u)
}

# As root: $@ itself; otherwise through sudo, which may ask for a password.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

# require_packages SET...: installs what is missing of scripts/packages.txt. Does nothing, fast, when all is there.
require_packages() {
  if [ "${GATEHOUSE_SKIP_PACKAGES:-}" = 1 ]; then
    return
  fi
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    die "this is not a Debian system, so I cannot install what building needs." \
      "Install the counterparts of these Debian packages, then start again with GATEHOUSE_SKIP_PACKAGES=1:" \
      "$(packages_of "$@" | tr '\n' ' ')"
  fi
  local missing
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  # Word splitting is wanted: one word a package.
  # shellcheck disable=SC2206
  local install=("${apt[@]}" install -y --no-install-recommends $missing)
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    die "some Debian packages are missing, and there is no sudo to install them with." \
      "As root: apt-get update && apt-get install --no-install-recommends $missing"
  fi
  say "Installing Debian packages: $missing"
  as_root "${apt[@]}" update </dev/null || say "apt-get update failed; trying with the lists that are there"
  as_root "${install[@]}" </dev/null || die "these packages could not be installed: $missing" \
    "apt's own words are above."
}

# configure PRESET [-D...]: makes build/PRESET, or brings it up to date.
configure() {
  local preset=$1
  shift
  say "Configuring build/$preset"
  (cd "$root" && cmake --preset "$preset" "$@") >&2
}

# build PRESET [TARGET...]: all targets when none is named.
build() {
  local preset=$1 begin=$SECONDS target=()
  shift
  [ $# -eq 0 ] || target=(--target "$@")
  say "Building build/$preset with $(build_jobs) jobs"
  NINJA_STATUS='[%f/%t %es] ' cmake --build "$root/build/$preset" --parallel "$(build_jobs)" "${target[@]}" >&2
  say "Built in $((SECONDS - begin)) s"
}
