#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh clone on Debian 12 to an answering server: installs what is missing, builds, starts it for development
# (loopback, everything in memory). What follows the options below goes to `gatehouse serve --dev`.
#
#   scripts/run.sh                            http://127.0.0.1:8080
#   scripts/run.sh --listen 127.0.0.1:9000    another port
#   scripts/run.sh --build-only               build, do not start
#
# Health and metrics are on http://127.0.0.1:8081 (--management).

# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# option NAME VARIABLE DEFAULT ARGUMENT...: what the server will take for it, from the arguments, else the environment.
# Empty when both leave it to a configuration file.
option() {
  local name=$1 value=${!2:-} default=$3
  shift 3
  while [ $# -gt 0 ]; do
    case $1 in
      "$name") value=${2:-} ;;
      "$name"=*) value=${1#*=} ;;
      --config | --config=*) default= ;;
    esac
    shift
  done
  echo "${value:-$default}"
}

# Said before a build of minutes, not after it.
require_free_port() {
  local name=$1 address=$2 host port
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
      "Stop it, or choose another port: scripts/run.sh $name 127.0.0.1:$((port + 1000))"
  fi
}

main() {
  local build_only=
  if [ "${1:-}" = --build-only ]; then
    build_only=1
    shift
  else
    require_free_port --listen "$(option --listen GATEHOUSE__SERVER__LISTEN 127.0.0.1:8080 "$@")"
    require_free_port --management "$(option --management GATEHOUSE__SERVER__MANAGEMENT 127.0.0.1:8081 "$@")"
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
