#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Refreshes over store-postgres against pgbench running the same statements on the same server, in turn; what a session
# takes on disk at many sessions; and the end of one user's ten sessions among them. One Markdown table.
#
#   bench/postgres.sh                      100,000 sessions
#   bench/postgres.sh --sessions 1000000   as the bars say
#   bench/postgres.sh --seconds 10         longer rounds, quieter numbers
#
# The server is PostgreSQL as Debian sets it up, with its durability on (fsync, synchronous_commit), on a Unix socket, in
# a folder of its own below TMPDIR.

# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/common.sh"

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

calc() { awk "BEGIN { print ($1) }"; }
mean() { awk '{ sum += $1 } END { print sum / NR }' "$1"; }
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$url" -c "$1"; }

start_postgres() {
  mkdir "$work/data" "$work/run"
  [ "$(id -u)" -ne 0 ] || chown nobody:nogroup "$work/data" "$work/run"
  (cd / && as_server "$pg/initdb" -D "$work/data" -U admin --auth=trust --encoding=UTF8 --locale=C.UTF-8 >"$work/initdb.log")
  (cd / && exec setpriv $([ "$(id -u)" -ne 0 ] || echo --reuid nobody --regid nogroup --clear-groups) -- \
    "$pg/postgres" -D "$work/data" -k "$work/run" -c listen_addresses= -c shared_buffers=256MB -c max_wal_size=4GB) \
    >"$work/postgres.log" 2>&1 &
  postgres=$!
  pids+=("$postgres")
  url="postgresql://admin@/postgres?host=$work/run"
  until "$pg/pg_isready" -q -h "$work/run" -d postgres; do :; done
}

start_server() {
  cat >"$work/gatehouse.toml" <<END
state_dir = "$work/state"
login.min_response = "0ms"
rate_limit.login = "1000000000/60s"
rate_limit.signup = "1000000000/60s"
rate_limit.refresh = "1000000000/60s"
rate_limit.default = "1000000000/60s"
passwords.hash.memory = "8MiB"
passwords.hash.passes = 1
storage.default = ["store-postgres"]
[[plugin]]
name = "store-postgres"
[plugin.config]
url = { env = "BENCH_DATABASE_URL" }
max_connections = $clients
END
  export BENCH_DATABASE_URL=$url
  "$bin/gatehouse" migrate up --dev --config "$work/gatehouse.toml" >"$work/migrate.log"
  "$bin/gatehouse" serve --dev --config "$work/gatehouse.toml" --listen 127.0.0.1:0 --management 127.0.0.1:0 \
    --ready-file "$work/ready" >"$work/gatehouse.log" 2>&1 &
  gatehouse=$!
  pids+=("$gatehouse")
  local tries
  for tries in $(seq 200); do [ -s "$work/ready" ] && break || sleep 0.05; done
  [ -s "$work/ready" ] || die "the server did not start" "$(tail -5 "$work/gatehouse.log")"
  server=$(sed -n 's/^listen=//p' "$work/ready")
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
}

# The statements of one refresh: the session, its user, and the write that only one of several can win.
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

pgbench_rate() {
  PGOPTIONS="-c role=gatehouse_app -c gatehouse.tenant=default -c search_path=gatehouse" \
    "$pg/pgbench" -n -M prepared -c "$clients" -j 2 -T "$seconds" -f "$work/refresh.sql" "$url" 2>"$work/pgbench.log" |
    tee "$work/pgbench.out" | sed -n 's/^tps = \([0-9.]*\).*/\1/p'
}
pgbench_calls() { sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' "$work/pgbench.out"; }

# load GROUP WORD: the number after this word of the generator's line.
load() {
  "$bin/gatehouse-load" --target "$server" --seconds "$seconds" --warm-up 1 "$1" |
    sed -n "s/.*\"$2\":\([-0-9.e+]*\).*/\1/p"
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
  local half p99
  half=$(printf '%.0f' "$(calc "$(mean "$work/a") / 2")")
  p99=$(load "refresh:64@$half" p99_us)
  local hot
  hot=$(sql "SELECT round(100.0 * n_tup_hot_upd / greatest(n_tup_upd, 1), 1) FROM pg_stat_user_tables WHERE relname = 'sessions'")
  local revoke_all
  revoke_all=$(measure_revoke_all)
  local user all
  user=$(sql "SELECT md5('u7')::uuid::text")
  all=$(PGOPTIONS="-c role=gatehouse_app -c gatehouse.tenant=default -c search_path=gatehouse" psql -X -q -A -t -d "$url" -c \
    "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) SELECT * FROM sessions WHERE tenant = 'default' AND user_id = '$user' ORDER BY created_at, partition, id LIMIT 1001")
  printf '| what | measured |\n|---|---|\n'
  printf '| refresh/s : pgbench transactions/s | %.2f (%.0f : %.0f) |\n' "$(calc "$(mean "$work/a") / $(mean "$work/b")")" \
    "$(mean "$work/a")" "$(mean "$work/b")"
  printf '| refresh p99 at half of that rate (%s/s) | %.1f ms |\n' "$half" "$(calc "$p99 / 1000")"
  printf '| processor time of a refresh: PostgreSQL + server | %.0f + %.0f us |\n' "$(mean "$work/times.postgres")" \
    "$(mean "$work/times.server")"
  printf '| processor time of a pgbench transaction: PostgreSQL | %.0f us |\n' "$(mean "$work/times.pgbench")"
  printf '| bytes a session at %s, table and indexes | %s |\n' "$sessions" "$bytes"
  printf '| updates that wrote no index (HOT) | %s %% |\n' "$hot"
  printf '| revoke-all of a user with 10 sessions among them, over HTTP | %.1f ms |\n' "$(calc "$revoke_all * 1000")"
  printf '\nThe sessions of one user:\n\n```\n%s\n```\n' "$all"
}

main
