// SPDX-License-Identifier: Apache-2.0
// What a call through the door costs: the same object called directly, and through provider, guards, C table and SDK,
// loaded from its file. The overhead is a through_* line minus the direct_* line before it; the bar is 50 ns.
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "null_plugin.h"
#include "plugins/instance.h"
#include "plugins/plugin_file.h"
#include "plugins/supervisor.h"
#include "providers/limiter.h"
#include "providers/storage.h"

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

namespace gatehouse::bench {
namespace {

class NoLog final : public Log {
 public:
  bool enabled(LogLevel) const noexcept override { return false; }
  void write(LogLevel, std::string_view, std::initializer_list<LogField>) noexcept override {}
};

// A server's end of things: real clocks, a running supervisor, the plugin loaded from its file.
struct Server {
  Server() {
    supervisor.start();
    instance.start();
  }
  std::shared_ptr<const plugins::PluginFile> file = plugins::PluginFile::load(NULL_PLUGIN, {}, {});
  SystemClock clock;
  SystemRandom random;
  NoLog log;
  MetricRegistry metrics;
  plugins::Supervisor supervisor{clock};
  plugins::Instance instance{file->entry(),
                             {.name = "null", .state_dir = "/nonexistent"},
                             {clock, random, log, metrics, &supervisor},
                             {GH_STORE_V1, GH_RATE_LIMITER_V1}};
};

Server& server() {
  static Server it;
  return it;
}

Call a_call() {
  return {std::chrono::steady_clock::now() + std::chrono::hours(1), Time(std::chrono::microseconds(1)), "request",
          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "default"};
}

gh_call a_raw_call() {
  gh_call call{};
  call.struct_size = sizeof(call);
  call.deadline_ns = INT64_MAX;
  return call;
}

// The direct object, hidden from the optimiser as a virtual call through a pointer is.
template <class T>
T* opaque(T* object) {
  benchmark::DoNotOptimize(object);
  return object;
}

const std::vector<providers::KindDef>& schema() {
  static const auto kinds = [] {
    providers::KindDef session;
    session.name = "session";
    session.fields = {{"generation", providers::ValueType::Int}};
    return std::vector{session};
  }();
  return kinds;
}

void direct_take(benchmark::State& state) {
  NullPlugin object;
  auto* limiter = opaque<sdk::RateLimiter>(&object);
  const auto raw = a_raw_call();
  for (auto _ : state) {
    sdk::Taken taken;
    const auto status = limiter->take(sdk::Call(raw), {"login|192.0.2.1", 5, 60'000'000}, taken);
    benchmark::DoNotOptimize(status.ok());
    benchmark::DoNotOptimize(taken);
  }
}
BENCHMARK(direct_take);

void through_take(benchmark::State& state) {
  providers::Limiter limiter(server().instance);
  const auto call = a_call();
  for (auto _ : state) {
    auto admission = limiter.take("login|192.0.2.1", 5, std::chrono::seconds(60), call);
    benchmark::DoNotOptimize(admission);
  }
}
BENCHMARK(through_take);

void direct_get(benchmark::State& state) {
  NullPlugin object;
  auto* store = opaque<sdk::Store>(&object);
  const auto raw = a_raw_call();
  const gh_key key{sdk::slice("default"), sdk::slice("user-1"), sdk::slice("session-1")};
  std::int64_t sum = 0;
  const gh_record_sink sink{&sum, [](void* context, const gh_record* record) -> std::int32_t {
                              *static_cast<std::int64_t*>(context) += record->values[0].i;
                              return 0;
                            }};
  for (auto _ : state) {
    const auto status = store->get(sdk::Call(raw), 0, sdk::KeyView(key), sdk::RecordSink(sink));
    benchmark::DoNotOptimize(status.ok());
  }
  benchmark::DoNotOptimize(sum);
}
BENCHMARK(direct_get);

void through_get(benchmark::State& state) {
  providers::Storage storage(schema(), {&server().instance});
  const auto call = a_call();
  std::int64_t sum = 0;
  const providers::Visitor visit = [&](providers::RecordReader& reader) { sum += reader.integer(0); };
  for (auto _ : state) {
    auto found = storage.get(0, {"default", "user-1", "session-1"}, call, visit);
    benchmark::DoNotOptimize(found);
  }
  benchmark::DoNotOptimize(sum);
}
BENCHMARK(through_get);
BENCHMARK(through_get)->Threads(2)->UseRealTime();

}  // namespace
}  // namespace gatehouse::bench

BENCHMARK_MAIN();
