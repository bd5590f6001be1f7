#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Refreshes over store-postgres against pgbench running the same statements on the same server, in turn; what a session
# takes on disk at many sessions; the end of one user's ten sessions among them; and GET /auth/user with the session in
# PostgreSQL and in memory. One Markdown table with the floors; a missed one is a row, not a failure.
#
#   bench/postgres.sh                      100,000 sessions
#   bench/postgres.sh --sessions 1000000   as the bars say
#   bench/postgres.sh --seconds 10         longer rounds, quieter numbers
#
# The server is PostgreSQL as Debian sets it up, with its durability on (fsync, synchronous_commit), on a Unix socket, in
# a folder of its own below TMPDIR. As one that has been at work for a day it has log files to use again (1 GiB of them
# are filled, and a checkpoint keeps them): one that has none stops all commits for each new file of 16 MiB. What the
# machine's disk does to a commit shows in pgbench's p99 at the same rate of transactions.

# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/common.sh"
# shellcheck source=bench/table.sh
source "$root/bench/table.sh"

seconds=5
rounds=2
sessions=100000
clients=16
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) seconds=$2 ;;
    --sessions) sessions=$2 ;;
    --rounds) rounds=$2 ;;
    *) die "unknown option $1" "bench/postgres.sh [--seconds N] [--rounds N] [--sessions N]" ;;
  esac
  shift 2
done

bin=$root/build/release/bin
work=$(mktemp -d)
chmod 755 "$work"
pg=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb | tail -1)")
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait; rm -rf "$work"' EXIT

# PostgreSQL does not run as root.
as_server() {
  if [ "$(id -u)" -eq 0 ]; then
    setpriv --reuid nobody --regid nogroup --clear-groups -- "$@"
  else
    "$@"
  fi
}

sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$url" -c "$1"; }

start_postgres() {
  mkdir "$work/data" "$work/run"
  [ "$(id -u)" -ne 0 ] || chown nobody:nogroup "$work/data" "$work/run"
  (cd / && as_server "$pg/initdb" -D "$work/data" -U admin --auth=trust --encoding=UTF8 --locale=C.UTF-8 >"$work/initdb.log")
  (cd / && exec setpriv $([ "$(id -u)" -ne 0 ] || echo --reuid nobody --regid nogroup --clear-groups) -- \
    "$pg/postgres" -D "$work/data" -k "$work/run" -c listen_addresses= -c shared_buffers=256MB -c max_wal_size=4GB -c min_wal_size=2GB) \
    >"$work/postgres.log" 2>&1 &
  postgres=$!
  pids+=("$postgres")
  url="postgresql://admin@/postgres?host=$work/run"
  until "$pg/pg_isready" -q -h "$work/run" -d postgres; do :; done
}

# configure_server NAME SETTINGS: writes `config`.
configure_server() {
  config=$work/$1.toml
  cat >"$config" <<END
state_dir = "$work/$1"
login.min_response = "0ms"
rate_limit.login = "1000000000/60s"
rate_limit.signup = "1000000000/60s"
rate_limit.refresh = "1000000000/60s"
rate_limit.default = "1000000000/60s"
passwords.hash.memory = "8MiB"
passwords.hash.passes = 1
$2
END
}

# serve NAME: the server of `config`; sets `server` to host:port and `server_pid`.
serve() {
  local ready=$work/$1.ready tries
  "$bin/gatehouse" serve --dev --config "$config" --listen 127.0.0.1:0 --management 127.0.0.1:0 --ready-file "$ready" \
    >"$work/$1.log" 2>&1 &
  server_pid=$!
  pids+=("$server_pid")
  for tries in $(seq 200); do [ -s "$ready" ] && break || sleep 0.05; done
  [ -s "$ready" ] || die "the server did not start after $tries tries" "$(tail -5 "$work/$1.log")"
  server=$(sed -n 's/^listen=//p' "$ready")
}

start_server() {
  configure_server postgres "storage.default = [\"store-postgres\"]
[[plugin]]
name = \"store-postgres\"
[plugin.config]
url = { env = \"BENCH_DATABASE_URL\" }
max_connections = $clients"
  export BENCH_DATABASE_URL=$url
  "$bin/gatehouse" migrate up --dev --config "$config" >"$work/migrate.log"
  serve postgres
  gatehouse=$server_pid
}

# fill COUNT: sessions as the server writes them, ten a user, with ids of the same length.
fill() {
  sql "SET gatehouse.tenant TO 'default'; SET search_path TO gatehouse;
    INSERT INTO sessions SELECT 'default', u, i, 1, u, 'active', t, t, t + '30 d', t + '7 d', t + '8 d', false, t, NULL, NULL,
      'Firefox on Linux', '203.0.113.77', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 0, 1, 0, t, t,
      NULL, 0, false, 0, t, NULL, decode(md5(i), 'hex'), i, i, t + '8 d'
    FROM (SELECT md5('u' || n / 10)::uuid::text u, md5('s' || n)::uuid::text i, now() - n * interval '1 ms' t
          FROM generate_series(1, $1) n) made" >/dev/null
  sql "VACUUM ANALYZE gatehouse.sessions"
  local file
  for file in $(seq 64); do
    sql "SELECT pg_logical_emit_message(false, 'bench', '$file'), pg_switch_wal()"
  done >/dev/null
  sql CHECKPOINT
}

# What a refresh does to its session: read it, and write what only one of several can win. The user, whom a refresh reads
# together with the session, is not asked for.
pgbench_scripts() {
  local columns
  columns=$(sql "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid = 'gatehouse.sessions'::regclass
    AND attnum > 3 AND NOT attisdropped AND attname <> 'expiry_floor'")
  sql "CREATE TABLE gatehouse.bench AS SELECT row_number() OVER ()::int n, partition, id FROM
    (SELECT partition, id FROM gatehouse.sessions LIMIT $clients) s" >/dev/null
  local n
  for n in $(seq "$clients"); do
    local user id
    IFS='|' read -r user id < <(sql "SELECT partition, id FROM gatehouse.bench WHERE n = $n")
    cat >>"$work/refresh.sql" <<END
\\if :client_id = $((n - 1))
SELECT $columns FROM sessions WHERE tenant = 'default' AND partition = '$user' AND id = '$id' AND purge_at > now();
UPDATE sessions SET record_version = record_version + 1, last_used_at = now(), idle_expires_at = now() + '7 d',
  purge_at = now() + '8 d', generation = generation + 1, rotated_at = now(), window_start = now(), window_base = generation,
  confirmed = true, previous_refresh_token_jti = current_jti, current_jti = id,
  expiry_floor = LEAST(expiry_floor, now() + '8 d')
  WHERE tenant = 'default' AND partition = '$user' AND id = '$id' AND record_version > 0 AND purge_at > now();
\\endif
END
  done
}

# Processor time in hundredths of a second: of the server's processes, those that have ended included.
postgres_time() {
  local stats=("/proc/$postgres/stat") child
  for child in $(cat "/proc/$postgres/task/$postgres/children"); do stats+=("/proc/$child/stat"); done
  # A child may end meanwhile.
  { cat "${stats[@]}" 2>/dev/null || true; } |
    awk '{ sub(/^.*\) /, ""); split($0, f, " "); sum += f[12] + f[13]; if (NR == 1) sum += f[14] + f[15] } END { print sum }'
}
server_time() { awk '{ sub(/^.*\) /, ""); split($0, f, " "); print f[12] + f[13] }' "/proc/$gatehouse/stat"; }

# per_call TICKS CALLS: microseconds.
per_call() { calc "$1 * 10000 / $2"; }

# run_pgbench [OPTIONS...]
run_pgbench() {
  PGOPTIONS="-c role=gatehouse_app -c gatehouse.tenant=default -c search_path=gatehouse" \
    "$pg/pgbench" -n -M prepared -c "$clients" -j 2 -T "$seconds" -f "$work/refresh.sql" "$@" "$url" 2>"$work/pgbench.log"
}
pgbench_rate() {
  run_pgbench | tee "$work/pgbench.out" | sed -n 's/^tps = \([0-9.]*\).*/\1/p'
}
# pgbench_p99 RATE: in microseconds, from when a transaction was due.
pgbench_p99() {
  run_pgbench -R "$1" --log --log-prefix="$work/latency" >"$work/pgbench.out" ||
    die "pgbench failed" "$(tail -3 "$work/pgbench.log")"
  awk '{ print $3 }' "$work"/latency.* | sort -n >"$work/latencies"
  rm "$work"/latency.*
  sed -n "$(awk 'END { print int((NR * 99 + 99) / 100) }' "$work/latencies")p" "$work/latencies"
}
pgbench_calls() { sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' "$work/pgbench.out"; }

# load GROUP WORD [OPTIONS...]: the number after this word of the generator's line.
load() {
  local group=$1 word=$2 line
  shift 2
  line=$("$bin/gatehouse-load" --target "$server" --seconds "$seconds" --warm-up 1 "$@" "$group") ||
    die "requests failed: $group" "$line"
  field "$word" <<<"$line"
}

# What one call costs the processors: written to the files $work/times.* in the order of the rounds.
measure_refresh() {
  local postgres_before server_before calls_before calls
  postgres_before=$(postgres_time)
  server_before=$(server_time)
  calls_before=$(updates)
  load refresh:64 per_second >>"$work/a"
  sleep 1 # the server counts once a second
  calls=$(calc "$(updates) - $calls_before")
  per_call "$(calc "$(postgres_time) - $postgres_before")" "$calls" >>"$work/times.postgres"
  per_call "$(calc "$(server_time) - $server_before")" "$calls" >>"$work/times.server"
}
updates() { sql "SELECT n_tup_upd FROM pg_stat_user_tables WHERE schemaname = 'gatehouse' AND relname = 'sessions'"; }

measure_pgbench() {
  local before
  before=$(postgres_time)
  pgbench_rate >>"$work/b"
  per_call "$(calc "$(postgres_time) - $before")" "$(pgbench_calls)" >>"$work/times.pgbench"
}

# post PATH BODY [TOKEN]: the answer, and after it on a line of its own how long it took in seconds.
post() {
  curl -sS -w '\n%{time_starttransfer}\n' -H 'Content-Type: application/json' ${3:+-H "Authorization: Bearer $3"} -d "$2" \
    "http://$server/auth$1"
}

# The middle of 21 users' ends of all their ten sessions, asked for over HTTP, in seconds. A connection of its own each.
measure_revoke_all() {
  local n login token
  for n in $(seq 21); do
    login="{\"email\":\"ten$n@example.com\",\"password\":\"Correct-Horse-7-Battery\"}"
    post /signup "$login" >/dev/null
    for _ in $(seq 9); do post /login "$login" >"$work/login"; done
    token=$(sed -n 's/.*"accessToken":"\([^"]*\)".*/\1/p' "$work/login")
    post /sessions/revoke-all '{}' "$token" >"$work/revoked"
    grep -q '"revoked":10' "$work/revoked" || die "revoke-all did not end ten sessions" "$(cat "$work/revoked")"
    tail -n 1 "$work/revoked"
  done | sort -n | sed -n 11p
}

# Of the server over PostgreSQL and of one that keeps all in memory, in turn.
measure_user() {
  local over_postgres=$server in_memory
  configure_server memory ""
  serve memory
  in_memory=$server
  for _ in $(seq "$rounds"); do
    server=$over_postgres
    load user:64 per_second --path /auth/user >>"$work/user.postgres"
    server=$in_memory
    load user:64 per_second --path /auth/user >>"$work/user.memory"
  done
  kill "$server_pid"
  server=$over_postgres
}

main() {
  configure release -DGATEHOUSE_BENCH=ON
  build release gatehouse gatehouse_all_plugins gatehouse-load
  start_postgres
  start_server
  say "$sessions sessions"
  fill "$sessions"
  pgbench_scripts
  local bytes
  bytes=$(sql "SELECT pg_total_relation_size('gatehouse.sessions') / count(*) FROM gatehouse.sessions")
  for _ in $(seq "$rounds"); do
    measure_refresh
    measure_pgbench
  done
  local half p99 beside revoke_all ratio hot user all
  half=$(calc "int($(mean "$work/a") / 2)")
  p99=$(milliseconds "$(load "refresh:64@$half" p99_us)")
  beside=$(milliseconds "$(pgbench_p99 "$half")")
  hot=$(sql "SELECT round(100.0 * n_tup_hot_upd / greatest(n_tup_upd, 1), 1) FROM pg_stat_user_tables WHERE relname = 'sessions'")
  revoke_all=$(calc "$(measure_revoke_all) * 1000")
  measure_user
  user=$(sql "SELECT md5('u7')::uuid::text")
  all=$(PGOPTIONS="-c role=gatehouse_app -c gatehouse.tenant=default -c search_path=gatehouse" psql -X -q -A -t -d "$url" -c \
    "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) SELECT * FROM sessions WHERE tenant = 'default' AND user_id = '$user' ORDER BY created_at, partition, id LIMIT 1001")

  ratio=$(ratio_of "$work/a" "$work/b")
  row "refresh/s vs pgbench transactions/s" \
    "$(round "$ratio" 2) ($(round "$(mean "$work/a")" 0) : $(round "$(mean "$work/b")" 0))" "≥ 0.7" "$(at_least "$ratio" 0.7)"
  row "refresh p99 at half of that rate ($half/s)" "$(round "$p99" 1) ms" "< 15 ms" "$(below "$p99" 15)"
  row "pgbench p99 at as many transactions" "$(round "$beside" 1) ms"
  row "processor time of a refresh: PostgreSQL + server" \
    "$(round "$(mean "$work/times.postgres")" 0) + $(round "$(mean "$work/times.server")" 0) µs"
  row "processor time of a pgbench transaction: PostgreSQL" "$(round "$(mean "$work/times.pgbench")" 0) µs"
  row "GET /auth/user, session in PostgreSQL vs in memory" \
    "$(round "$(ratio_of "$work/user.postgres" "$work/user.memory")" 2) ($(thousands "$(mean "$work/user.postgres")") : $(thousands "$(mean "$work/user.memory")"))"
  row "bytes a session at $sessions, table and indexes" "$bytes B" "≤ 1000 B" "$(below "$bytes" 1000.5)"
  row "updates that wrote no index (HOT)" "$hot %"
  row "revoke-all of a user with 10 sessions among them, over HTTP" "$(round "$revoke_all" 1) ms" "< 5 ms" \
    "$(below "$revoke_all" 5)"
  print_table
  printf '\nThe sessions of one user:\n\n```\n%s\n```\n' "$all"
}

main
