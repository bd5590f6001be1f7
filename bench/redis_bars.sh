# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The bars of store-redis, for bench/run.sh, which has the words used here. Sets nothing but functions.
#
# B is what one refresh asks of Redis, the read and the commit script, sent by bench_redis_pair from 64 connections that
# each wait for their answer, as redis-benchmark does. A refresh cannot take less than a constant answer, a signature and
# that together.

# start_redis: a Redis of our own; sets `redis_socket`.
start_redis() {
  redis_socket=$work/redis.sock
  setpriv --pdeathsig KILL redis-server --port 0 --unixsocket "$redis_socket" --save "" --dir "$work" \
    >"$work/redis.log" 2>&1 &
  pids+=($!)
  local tries
  for tries in $(seq 200); do
    [ -S "$redis_socket" ] && return 0
    sleep 0.05
  done
  die "Redis did not start after $tries tries" "$(cat "$work/redis.log")"
}

redis_settings() {
  printf '%s\n' 'storage.sessions = ["store-redis"]' '[[plugin]]' 'name = "store-redis"' '[plugin.config]' \
    "url = \"redis+unix://$redis_socket\""
}

redis_refresh_bar() {
  local signatures limit ratio half p99
  say "POST /auth/refresh with sessions in Redis"
  fresh a b c d
  for _ in $(seq $((rounds * 2))); do
    rate "$server" /auth/refresh refresh:64 >>"$work/a"
    rate "$constant" /auth/constant get:64 >>"$work/b"
    openssl speed -seconds "$seconds" ecdsap256 2>/dev/null | awk '/nistp256/ { print $(NF - 1) }' >>"$work/c"
    "$bin/bench_redis_pair" "$redis_socket" 64 "$seconds" | field pairs_per_second >>"$work/d"
  done
  signatures=$(mean "$work/c")
  limit=$(calc "1 / (1 / $(mean "$work/b") + 1 / $signatures + 1 / $(mean "$work/d"))")
  ratio=$(calc "$(mean "$work/a") / $limit")
  row "refresh on Redis vs 1/(1/C + 1/S + 1/B)" \
    "$(round "$ratio" 2) ($(thousands "$(mean "$work/a")") : C = $(thousands "$(mean "$work/b")"), S = $(thousands "$signatures"), B = $(thousands "$(mean "$work/d")"))" \
    "≥ 0.6" "$(at_least "$ratio" 0.6)"
  half=$(calc "int($(mean "$work/a") / 2)")
  p99=$(calc "$(load "$server" "refresh:64@$half" | field p99_us refresh) / 1000")
  row "refresh p99 on Redis at half of that rate" "$(round "$p99" 2) ms" "< 5 ms" "$(below "$p99" 5)"
}

# redis_user_bar REDIS MEMORY: two servers.
redis_user_bar() {
  local ratio
  say "GET /auth/user with sessions in Redis, and in memory"
  fresh a b
  for _ in $(seq $((rounds * 2))); do
    rate "$1" /auth/user user:64 >>"$work/a"
    rate "$2" /auth/user user:64 >>"$work/b"
  done
  ratio=$(ratio_of "$work/a" "$work/b")
  row "GET /auth/user, session in Redis vs in memory" \
    "$(round "$ratio" 2) ($(thousands "$(mean "$work/a")") : $(thousands "$(mean "$work/b")"))" "≥ 0.5" \
    "$(at_least "$ratio" 0.5)"
}

redis_store_bars() {
  local line bytes revoke sessions=1000000
  [ "$seconds" -gt 1 ] || sessions=10000
  say "store-redis with $sessions sessions, ten a user"
  line=$("$bin/store_redis_bench" "$redis_socket" "$sessions" 16 "$seconds")
  bytes=$(field bytes_a_session <<<"$line") revoke=$(calc "$(field revoke_all_us <<<"$line") / 1000")
  row "store-redis: bytes a session at $sessions" "$bytes B" "≤ 900 B" "$(below "$bytes" 900.5)"
  row "store-redis: read and commit, 16 threads" "$(thousands "$(field pairs_per_second <<<"$line")")" "" ""
  row "store-redis: find, read and end the 10 sessions of one user among them" "$(round "$revoke" 2) ms" "< 5 ms" \
    "$(below "$revoke" 5)"
}

redis_bars() {
  local in_memory
  start_redis
  start_server in-memory ""
  in_memory=$server
  local memory_pid=$server_pid
  start_server redis "$(redis_settings)"
  redis_refresh_bar
  redis_user_bar "$server" "$in_memory"
  stop_server "$server_pid"
  stop_server "$memory_pid"
  redis_store_bars
}
