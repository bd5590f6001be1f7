#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh clone on Debian 12 to an answering server: installs what is missing, builds, starts it for development
# (loopback, everything in memory). What follows the options below goes to `gatehouse serve --dev`.
#
#   scripts/run.sh                            http://127.0.0.1:8080
#   scripts/run.sh --listen 127.0.0.1:9000    another port
#   scripts/run.sh --build-only               build, do not start

# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# The address serve will listen on; empty when a configuration file says it.
listen_address() {
  local address=127.0.0.1:8080
  while [ $# -gt 0 ]; do
    case $1 in
      --listen) address=${2:-} ;;
      --listen=*) address=${1#--listen=} ;;
      --config | --config=*) [ "$address" != 127.0.0.1:8080 ] || address= ;;
    esac
    shift
  done
  echo "$address"
}

# Said before a build of minutes, not after it.
require_free_port() {
  local address=$1 host port
  host=${address%:*}
  port=${address##*:}
  case $host in
    '' | '*' | 0.0.0.0) host=127.0.0.1 ;;
    '[::]') host=::1 ;;
    \[*\]) host=${host#[} host=${host%]} ;;
  esac
  case $port in
    '' | 0 | *[!0-9]*) return 0 ;;
  esac
  if (exec 3<>"/dev/tcp/$host/$port") 2>/dev/null; then
    die "port $port is taken: something already answers on $address." \
      "Stop it, or choose another port: scripts/run.sh --listen 127.0.0.1:$((port + 10))"
  fi
}

main() {
  local build_only=
  if [ "${1:-}" = --build-only ]; then
    build_only=1
    shift
  else
    require_free_port "$(listen_address "$@")"
  fi
  require_packages run
  # A configured tree looks after itself: ninja runs cmake again when a build file has changed.
  [ -f "$root/build/release/build.ninja" ] || configure release
  build release gatehouse gatehouse_all_plugins
  [ -z "$build_only" ] || return 0
  say "Starting; stop it with Ctrl-C"
  exec "$root/build/release/bin/gatehouse" serve --dev "$@"
}

main "$@"
