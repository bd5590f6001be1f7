// SPDX-License-Identifier: Apache-2.0
// What it costs to make a session of the record a store delivers: the bar is 1 us. decode_* is the decoding alone, of a
// record that is there; get_* is the whole way, through provider, guards, C table and a store that does nothing else.
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "plugins/instance.h"
#include "plugins/supervisor.h"
#include "providers/storage.h"
#include "sessions/session.h"

#include <gatehouse/sdk/plugin.hpp>

#include <benchmark/benchmark.h>

#include <optional>
#include <string>
#include <vector>

namespace gatehouse::bench {
namespace {

class NoLog final : public Log {
 public:
  bool enabled(LogLevel) const noexcept override { return false; }
  void write(LogLevel, std::string_view, std::initializer_list<LogField>) noexcept override {}
};

// As long as real ones: ids are UUIDs, agents are what browsers say.
sessions::Session a_session() {
  sessions::Session session;
  session.tenant = "default";
  session.id = "0190a5b0-7c1e-7000-8000-0123456789ab";
  session.user = "0190a5b0-7c1e-7000-8000-ba9876543210";
  session.version = 3;
  session.created_at = Time(std::chrono::hours(490'000));
  session.last_used_at = session.created_at + std::chrono::minutes(5);
  session.expires_at = session.created_at + std::chrono::hours(720);
  session.idle_expires_at = session.created_at + std::chrono::hours(168);
  session.auth_time = session.created_at;
  session.device_name = "Firefox on Linux";
  session.ip = "2001:db8:85a3::8a2e:370:7334";
  session.user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
  session.salt = std::string(16, 's');
  session.current_jti = "0190a5b0-7c1e-7000-8000-aaaaaaaaaaaa";
  session.previous_jti = "0190a5b0-7c1e-7000-8000-bbbbbbbbbbbb";
  return session;
}

// The record of a session as a store holds it.
struct StoredSession {
  StoredSession() {
    for (const auto& value : sessions::encode(session)) {
      values.push_back({static_cast<std::uint32_t>(value.type), 0, value.i, sdk::slice(value.s)});
    }
  }
  gh_record record() const {
    return {sizeof(gh_record),
            static_cast<std::uint32_t>(values.size()),
            session.version,
            {sdk::slice(session.tenant), sdk::slice(session.user), sdk::slice(session.id)},
            values.data()};
  }
  sessions::Session session = a_session();
  std::vector<gh_value> values;
};

const StoredSession& stored() {
  static const StoredSession it;
  return it;
}

// A store that holds that one session and does no work to find it.
class OneSession final : public sdk::Plugin, public sdk::Store {
 public:
  static constexpr std::uint32_t store_flags = GH_STORE_CROSS_PARTITION;
  explicit OneSession(const sdk::Create&) {}
  sdk::Status open(const sdk::Call&, const sdk::SchemaView&) override { return {}; }
  sdk::Status get(const sdk::Call&, std::uint32_t, const sdk::KeyView&, const sdk::RecordSink& sink) override {
    sink.put(stored().record());
    return {};
  }
  sdk::Status find(const sdk::Call&, const sdk::QueryView&, const sdk::RecordSink&, const sdk::FindOut&) override {
    return {};
  }
  sdk::Status commit(const sdk::Call&, const sdk::Writes&, const sdk::CommitOut&) override { return {}; }
  sdk::Status purge(const sdk::Call&, std::uint32_t, std::int64_t, std::uint32_t, std::uint64_t&) override {
    return {};
  }
  sdk::Status ping(const sdk::Call&) override { return {}; }
};

constexpr gh_plugin one_session =
    sdk::about("one-session", "1.0.0", "Apache-2.0", "Holds one session, for a benchmark.").plugin<OneSession>();

// A server's end of things: real clocks, a running supervisor.
struct Server {
  Server() {
    supervisor.start();
    instance.start();
  }
  SystemClock clock;
  SystemRandom random;
  NoLog log;
  MetricRegistry metrics;
  plugins::Supervisor supervisor{clock};
  plugins::Instance instance{one_session,
                             {.name = "one-session", .state_dir = "/nonexistent"},
                             {clock, random, log, metrics, &supervisor},
                             {GH_STORE_V1}};
  providers::Storage storage{{sessions::session_kind()}, {&instance}};
};

void decode_session(benchmark::State& state) {
  const auto record = stored().record();
  for (auto _ : state) {
    providers::RecordReader reader(record);
    auto session = sessions::decode(reader);
    if (!session) state.SkipWithError("the record is no session");
    benchmark::DoNotOptimize(session);
  }
}
BENCHMARK(decode_session);

void get_and_decode_session(benchmark::State& state) {
  static Server server;
  const Call call{std::chrono::steady_clock::now() + std::chrono::hours(1), Time(std::chrono::microseconds(1)),
                  "request", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "default"};
  const auto& session = stored().session;
  std::optional<sessions::Session> found;
  const providers::Visitor visit = [&](providers::RecordReader& reader) { found = sessions::decode(reader); };
  for (auto _ : state) {
    auto got = server.storage.get(0, {session.tenant, session.user, session.id}, call, visit);
    if (!got || !found) state.SkipWithError("the store gave no session");
    benchmark::DoNotOptimize(found);
  }
}
BENCHMARK(get_and_decode_session);

}  // namespace
}  // namespace gatehouse::bench

BENCHMARK_MAIN();
