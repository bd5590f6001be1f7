#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures every bar of the speed table in one run and prints one Markdown table: what was measured, the floor, met or
# missed. How, and how to read it: bench/README.md.
#
#   bench/run.sh                 about ten minutes on two cores; leave the machine alone meanwhile
#   bench/run.sh --seconds 10    longer rounds, quieter numbers
#   bench/run.sh --smoke         a second each: does everything run? The figures mean nothing then.
#
# Ends with 0 when everything ran, whatever the figures are; a missed bar is a row in the table, not a failure.

# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/common.sh"
# shellcheck source=bench/table.sh
source "$root/bench/table.sh"

seconds=5
rounds=2
while [ $# -gt 0 ]; do
  case $1 in
    --smoke) seconds=1 rounds=1 ;;
    --seconds)
      seconds=${2:?--seconds wants a number}
      shift
      ;;
    *) die "unknown option $1" "bench/run.sh [--smoke] [--seconds N]" ;;
  esac
  shift
done

bin=$root/build/release/bin
work=$(mktemp -d)
pids=()
# The constant servers end when their input does: this one stays open as long as the script lives.
mkfifo "$work/held"
exec 7<>"$work/held"
trap 'kill "${pids[@]}" 2>/dev/null; rm -rf "$work"' EXIT

# --- servers ----------------------------------------------------------------------------------------------------------

# await FILE: until it has something in it.
await() {
  local tries
  for tries in $(seq 200); do
    [ -s "$1" ] && return 0
    sleep 0.05
  done
  die "nothing in $1 after $tries tries" "$(cat "$work"/*.log 2>/dev/null)"
}

# start_peer NAME: one of the constant servers; sets `peer` to host:port.
start_peer() {
  "$bin/$1" 0 <&7 >"$work/$1" 2>>"$work/$1.log" &
  pids+=($!)
  await "$work/$1"
  peer=127.0.0.1:$(cat "$work/$1")
}

# The limiter stays in the path, with limits nobody reaches: what is measured is what is shipped.
unlimited='rate_limit.login = "1000000000/60s"
rate_limit.signup = "1000000000/60s"
rate_limit.refresh = "1000000000/60s"
rate_limit.default = "1000000000/60s"'

# start_server NAME SETTINGS: a gatehouse; sets `server` to host:port and `server_pid`.
start_server() {
  local config=$work/$1.toml ready=$work/$1.ready
  printf 'state_dir = "%s"\nlogin.min_response = "0ms"\n%s\n%s\n' "$work/$1" "$unlimited" "$2" >"$config"
  "$bin/gatehouse" serve --dev --config "$config" --listen 127.0.0.1:0 --management 127.0.0.1:0 --ready-file "$ready" \
    >"$work/$1.log" 2>&1 &
  server_pid=$!
  pids+=("$server_pid")
  await "$ready"
  server=$(sed -n 's/^listen=//p' "$ready")
}

stop_server() {
  kill "$1"
  wait "$1" || die "the server did not end well" "$(tail -q -n 5 "$work"/*.log)"
}

# --- measuring --------------------------------------------------------------------------------------------------------

# load TARGET ARGUMENTS...: one line of JSON.
load() {
  local address=$1 line
  shift
  line=$("$bin/gatehouse-load" --target "$address" --seconds "$seconds" --warm-up "$(calc "$seconds / 5")" "$@") ||
    die "requests failed: $*" "$line"
  echo "$line"
}

# rate TARGET PATH GROUP: answers a second.
rate() { load "$1" --path "$2" "$3" | field per_second "${3%%:*}"; }

# fresh NAME...: empty files to collect the rounds' figures in.
fresh() {
  local name
  for name in "$@"; do : >"$work/$name"; done
}

# --- the bars ---------------------------------------------------------------------------------------------------------

front_bars() {
  local connections floor ours poco ratio
  start_peer bench_constant_server
  constant=$peer
  start_peer bench_poco_baseline
  local baseline=$peer
  for connections in 64 1000; do
    say "Constant answer, $connections connections"
    fresh a b
    for _ in $(seq $((rounds * 2))); do
      rate "$constant" /auth/constant "get:$connections" >>"$work/a"
      : >"$work/bench_constant_server.log" # 150 MB of lines a round
      rate "$baseline" /auth/constant "get:$connections" >>"$work/b"
    done
    floor=1.4
    [ "$connections" = 64 ] || floor=1.8
    ours=$(mean "$work/a") poco=$(mean "$work/b")
    ratio=$(ratio_of "$work/a" "$work/b")
    row "constant answer, $connections connections, vs \`Poco::Net::HTTPServer\`" \
      "$(round "$ratio" 2) ($(thousands "$ours") : $(thousands "$poco"))" "≥ $floor" "$(at_least "$ratio" "$floor")"
  done
}

user_bar() {
  local ratio
  say "GET /auth/user"
  fresh a b
  for _ in $(seq $((rounds * 2))); do
    rate "$server" /auth/user user:64 >>"$work/a"
    rate "$constant" /auth/constant get:64 >>"$work/b"
  done
  ratio=$(ratio_of "$work/a" "$work/b")
  row "GET /auth/user with a valid token vs our constant answer" \
    "$(round "$ratio" 2) ($(thousands "$(mean "$work/a")") : $(thousands "$(mean "$work/b")"))" "≥ 0.6" \
    "$(at_least "$ratio" 0.6)"
}

refresh_bar() {
  local signatures limit ratio half p99
  say "POST /auth/refresh, and ES256 signatures of one core"
  fresh a b c
  for _ in $(seq $((rounds * 2))); do
    rate "$server" /auth/refresh refresh:64 >>"$work/a"
    rate "$constant" /auth/constant get:64 >>"$work/b"
    openssl speed -seconds "$seconds" ecdsap256 2>/dev/null | awk '/nistp256/ { print $(NF - 1) }' >>"$work/c"
  done
  signatures=$(mean "$work/c")
  limit=$(calc "1 / (1 / $(mean "$work/b") + 1 / $signatures)")
  ratio=$(calc "$(mean "$work/a") / $limit")
  row "refresh vs 1/(1/C + 1/S)" \
    "$(round "$ratio" 2) ($(thousands "$(mean "$work/a")") : C = $(thousands "$(mean "$work/b")"), S = $(thousands "$signatures"))" \
    "≥ 0.6" "$(at_least "$ratio" 0.6)"
  half=$(calc "int($(mean "$work/a") / 2)")
  p99=$(milliseconds "$(load "$server" "refresh:64@$half" | field p99_us refresh)")
  row "refresh p99 at half of that rate" "$(round "$p99" 2) ms" "< 5 ms" "$(below "$p99" 5)"
}

login_bar() {
  local workers=2 ratio longer=$((seconds * 2))
  say "POST /auth/login, and hashes of one worker alone"
  fresh a b
  for _ in $(seq "$rounds"); do
    seconds=$longer load "$server" login:16 | field per_second login >>"$work/a"
    "$bin/bench_hash_rate" 65536 3 4 "$seconds" | field hashes_per_second >>"$work/b"
  done
  ratio=$(calc "$(mean "$work/a") / ($(mean "$work/b") * $workers)")
  row "logins vs hashes of one worker alone × $workers workers (64 MiB, 3 passes, 4 lanes)" \
    "$(round "$ratio" 2) ($(round "$(mean "$work/a")" 1)/s : $(round "$(mean "$work/b")" 1)/s × $workers)" "≥ 0.95" \
    "$(at_least "$ratio" 0.95)"
}

flood_bar() {
  local line p99
  say "Refresh during a login flood of 200 clients"
  line=$(load "$server" login:200 refresh:8@200)
  p99=$(calc "$(field p99_us refresh <<<"$line") / 1000")
  row "refresh p99 during a login flood of 200 clients (200 refreshes/s)" "$(round "$p99" 2) ms" "< 10 ms" \
    "$(below "$p99" 10)"
}

slow_clients_bar() {
  local line p99
  say "200 slow heads and 200 slow bodies"
  line=$(load "$server" slowhead:200 slowbody:200 get:8@500)
  p99=$(calc "$(field p99_us get <<<"$line") / 1000")
  row "others' p99 beside 200 slow-header and 200 slow-body clients" "$(round "$p99" 2) ms" "< 50 ms" "$(below "$p99" 50)"
}

# What does not need a store, beside requests that all hang in it: its places fill up in the first moments.
hang_bar() {
  local latch=$work/latch line without with ratio answered failed verdict
  say "A store that hangs"
  # The load logs its users in while the latch closes: logins read nothing but by find then.
  start_server hang "storage.default = [\"bad\"]
lockout.enabled = false
[[plugin]]
name = \"bad\"
library = \"$(dirname "$bin")/bad-plugins/bad-store.so\"
[plugin.config]
fault = \"hang\"
in = \"get\"
while = \"$latch\""
  without=$(load "$server" user:96@200 get:8@500 | field p99_us get)
  { sleep 0.1; mkfifo "$latch"; } &
  pids+=($!)
  # Most of the first group's requests fail, that is the point.
  line=$("$bin/gatehouse-load" --target "$server" --seconds "$seconds" --warm-up 0 user:96@200 get:8@500) || true
  exec 8<>"$latch"
  rm "$latch"
  stop_server "$server_pid"
  exec 8>&-
  with=$(field p99_us get <<<"$line")
  ratio=$(calc "$with / $without")
  verdict=$(below "$ratio" 4)
  # A quick refusal is no answer.
  answered=$(field requests get <<<"$line") failed=$(field errors get <<<"$line")
  if [ "$answered" -eq 0 ] || [ "$failed" -ne 0 ]; then verdict="**missed**: $failed of $answered requests failed"; fi
  row "p99 of what needs no store, while the store hangs, vs the same without (200 hanging requests/s)" \
    "$(round "$ratio" 2) ($(round "$(calc "$with / 1000")" 2) ms : $(round "$(calc "$without / 1000")" 2) ms)" "< 4" \
    "$verdict"
}

idle_connections_bar() {
  local line mib
  say "10,000 idle connections"
  start_server idle ""
  line=$(load "$server" --pid "$server_pid" idle:10000)
  mib=$(calc "$(field rss_kib <<<"$line") / 1024")
  row "memory with 10,000 idle connections" "$(round "$mib" 1) MiB" "< 120 MiB" "$(below "$mib" 120)"
  stop_server "$server_pid"
}

start_bars() {
  local line first again idle
  say "Start to first answer"
  line=$("$bin/bench_first_answer" $((rounds * 5)))
  first=$(field first_ms <<<"$line") again=$(field again_ms <<<"$line") idle=$(calc "$(field idle_kib <<<"$line") / 1024")
  row "start to first answer (the very first start, which makes the keys: $(round "$first" 0) ms)" "$(round "$again" 0) ms" \
    "< 100 ms" "$(below "$again" 100)"
  row "idle memory, no password hashed yet" "$(round "$idle" 1) MiB" "< 30 MiB" "$(below "$idle" 30)"
}

# google NAME FIELD: a number out of Google Benchmark's JSON in $work/google.
google() {
  awk -v name="\"$1\"" -v field="\"$2\":" '
    $1 == "\"name\":" { found = index($0, name) > 0 }
    found && $1 == field { gsub(/,/, "", $2); print $2; exit }' "$work/google"
}

store_bars() {
  local bytes gets commits revoke sessions=1000000
  [ "$seconds" -gt 1 ] || sessions=10000
  say "store-memory with $sessions sessions, ten a user"
  "$bin/store_memory_bench" --sessions "$sessions" --benchmark_format=json --benchmark_min_time="$seconds" \
    --benchmark_filter='fill|^get|commit_update|memory_after|revoke_all' >"$work/google" 2>"$work/google.log" ||
    die "store_memory_bench failed" "$(tail -5 "$work/google.log")"
  bytes=$(google memory_after_updates/iterations:1 bytes_per_session)
  gets=$(google get items_per_second) commits=$(google commit_update items_per_second)
  revoke=$(milliseconds "$(google revoke_all real_time)")
  row "store-memory: bytes a session at $sessions" "$(round "$bytes" 0) B" "≤ 700 B" "$(below "$bytes" 700.5)"
  row "store-memory: get, one thread" "$(round "$(calc "$gets / 1e6")" 2) M/s" "≥ 1 M/s" "$(at_least "$gets" 1e6)"
  row "store-memory: commit, one thread" "$(round "$(calc "$commits / 1e3")" 0) k/s" "≥ 400 k/s" "$(at_least "$commits" 4e5)"
  row "store-memory: find, read and end the 10 sessions of one user among them" "$(round "$revoke" 3) ms" "< 5 ms" \
    "$(below "$revoke" 5)"
}

call_bar() {
  local overhead worst=0 verb
  say "A provider call through the ABI"
  "$bin/call_overhead" --benchmark_format=json --benchmark_min_time="$seconds" --benchmark_filter='(take|get)$' \
    >"$work/google" 2>"$work/google.log" || die "call_overhead failed" "$(tail -5 "$work/google.log")"
  for verb in take get; do
    overhead=$(calc "$(google through_$verb cpu_time) - $(google direct_$verb cpu_time)")
    worst=$(calc "$overhead > $worst ? $overhead : $worst")
  done
  row "a provider call through the ABI vs the same object called directly" "+$(round "$worst" 1) ns" "< 50 ns" \
    "$(below "$worst" 50)"
}

decoding_bar() {
  local alone
  say "Decoding a session record"
  "$bin/record_decoding" --benchmark_format=json --benchmark_min_time="$seconds" \
    >"$work/google" 2>"$work/google.log" || die "record_decoding failed" "$(tail -5 "$work/google.log")"
  alone=$(google decode_session cpu_time)
  row "decoding a session record (from the store's table on: $(round "$(google get_and_decode_session cpu_time)" 0) ns)" \
    "$(round "$alone" 0) ns" "< 1000 ns" "$(below "$alone" 1000)"
}

# shellcheck source=bench/redis_bars.sh
source "$root/bench/redis_bars.sh"

main() {
  # POCO's server takes the soft limit as it is, and the usual one is 1,024: too few for 1,000 connections.
  ulimit -S -n "$(ulimit -H -n)"
  require_packages run test
  configure release -DGATEHOUSE_BENCH=ON
  build release gatehouse gatehouse_all_plugins bench/all

  front_bars
  start_server main 'passwords.workers = 2
passwords.max_wait = "60s"
server.handler_timeout = "120s"'
  user_bar
  refresh_bar
  slow_clients_bar
  login_bar
  flood_bar
  stop_server "$server_pid"
  redis_bars
  store_bars
  call_bar
  decoding_bar
  hang_bar
  idle_connections_bar
  start_bars

  print_table
}

main
