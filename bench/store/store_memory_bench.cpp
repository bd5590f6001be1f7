// SPDX-License-Identifier: Apache-2.0
#include "loaded_store.h"
#include "session_data.h"

#include <benchmark/benchmark.h>

#include <unistd.h>
#include <cstdint>
#include <fstream>
#include <memory>
#include <vector>

// The memory store as the host sees it: through the C table of the loaded file, with a million sessions of 200,000
// users. The times include making the keys and values from a number, about 50 ns a key and 150 ns a record.
namespace gatehouse::bench {
namespace {

constexpr std::uint64_t sessions = 1'000'000;
constexpr std::uint64_t users = 200'000;

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0;
  statm >> pages >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

struct Seen {
  std::uint64_t records = 0;
  std::int64_t version = 0;
};

gh_record_sink sink_to(Seen& seen) {
  return {&seen, [](void* context, const gh_record* record) -> std::int32_t {
            auto& into = *static_cast<Seen*>(context);
            ++into.records;
            into.version = record->version;
            benchmark::DoNotOptimize(record->values[record->value_count - 1].s.data);
            return 0;
          }};
}

// Walks through all session numbers in an order that defeats caches.
class Numbers {
 public:
  std::uint64_t next() noexcept {
    at_ = (at_ + 617'413) % sessions;
    return at_;
  }

 private:
  std::uint64_t at_ = 0;
};

class Filled {
 public:
  Filled() : store_(STORE_MEMORY_PLUGIN, session_schema()), call_(call_at(session_epoch_us)) {}

  bool commit(const gh_write& write) {
    gh_commit_out out{};
    out.struct_size = sizeof(out);
    return store_.table().commit(store_.instance(), &call_, &write, 1, sizeof(write), &out) == GH_OK;
  }
  bool create(std::uint64_t number) {
    data_.set(number, users, 0);
    return commit(data_.put(0));
  }
  bool update(std::uint64_t number, std::int64_t version) {
    data_.set(number, users, version);
    return commit(data_.put(version));
  }
  bool remove(std::uint64_t number) {
    data_.set_key(number, users);
    return commit({GH_WRITE_DELETE, 0, data_.key(), 1, nullptr, 0, 0});
  }
  bool get(std::uint64_t number, Seen& seen) {
    data_.set_key(number, users);
    const gh_key key = data_.key();
    const gh_record_sink sink = sink_to(seen);
    return store_.table().get(store_.instance(), &call_, 0, &key, &sink) == GH_OK;
  }
  bool find(std::uint64_t number, Seen& seen) {
    data_.set_key(number, users);
    const gh_value user = data_.user();
    gh_query query{};
    query.struct_size = sizeof(query);
    query.index = session_by_user;
    query.tenant = data_.key().tenant;
    query.equals = &user;
    query.equals_count = 1;
    query.limit = 100;
    gh_find_out out{};
    out.struct_size = sizeof(out);
    const gh_record_sink sink = sink_to(seen);
    return store_.table().find(store_.instance(), &call_, &query, &sink, &out) == GH_OK;
  }

 private:
  LoadedStore store_;
  gh_call call_;
  SessionData data_;
};

// One store for all benchmarks: filling it takes seconds.
struct Shared {
  std::unique_ptr<Filled> store;
  std::vector<std::int64_t> versions;
};

void fill(benchmark::State& state, Shared& shared) {
  shared.versions.assign(sessions, 1);
  const double before = resident_bytes();
  for ([[maybe_unused]] auto _ : state) {
    shared.store = std::make_unique<Filled>();
    for (std::uint64_t number = 0; number < sessions; ++number) {
      if (!shared.store->create(number)) state.SkipWithError("a session was not created");
    }
  }
  state.counters["bytes_per_session"] = (resident_bytes() - before) / static_cast<double>(sessions);
  state.SetItemsProcessed(static_cast<std::int64_t>(sessions));
}

void get(benchmark::State& state, Shared& shared) {
  Numbers numbers;
  Seen seen;
  for ([[maybe_unused]] auto _ : state) {
    if (!shared.store->get(numbers.next(), seen)) state.SkipWithError("a session was not found");
  }
  state.SetItemsProcessed(state.iterations());
}

void update(benchmark::State& state, Shared& shared) {
  Numbers numbers;
  for ([[maybe_unused]] auto _ : state) {
    const std::uint64_t number = numbers.next();
    if (!shared.store->update(number, shared.versions[number]++)) state.SkipWithError("an update lost");
  }
  state.SetItemsProcessed(state.iterations());
}

void create(benchmark::State& state, Shared& shared) {
  std::uint64_t number = sessions;
  for ([[maybe_unused]] auto _ : state) {
    if (!shared.store->create(number++)) state.SkipWithError("a session was not created");
  }
  state.SetItemsProcessed(state.iterations());
  while (number > sessions) shared.store->remove(--number);
}

void create_and_delete(benchmark::State& state, Shared& shared) {
  for ([[maybe_unused]] auto _ : state) {
    if (!shared.store->create(sessions) || !shared.store->remove(sessions)) state.SkipWithError("a write lost");
  }
  state.SetItemsProcessed(2 * state.iterations());
}

void find_by_user(benchmark::State& state, Shared& shared) {
  Numbers numbers;
  Seen seen;
  for ([[maybe_unused]] auto _ : state) {
    if (!shared.store->find(numbers.next(), seen)) state.SkipWithError("a query failed");
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["records"] = static_cast<double>(seen.records) / static_cast<double>(state.iterations());
}

void bytes_after_updates(benchmark::State& state, Shared& shared, double empty) {
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(shared);
  state.counters["bytes_per_session"] = (resident_bytes() - empty) / static_cast<double>(sessions);
}

}  // namespace
}  // namespace gatehouse::bench

int main(int argc, char** argv) {
  using namespace gatehouse::bench;
  Shared shared;
  shared.versions.assign(sessions, 1);
  const double empty = resident_bytes();
  // In this order: the first fills the store for the others.
  benchmark::RegisterBenchmark("fill", [&](benchmark::State& s) { fill(s, shared); })
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark("get", [&](benchmark::State& s) { get(s, shared); });
  benchmark::RegisterBenchmark("commit_update", [&](benchmark::State& s) { update(s, shared); });
  benchmark::RegisterBenchmark("commit_create", [&](benchmark::State& s) { create(s, shared); })->Iterations(200'000);
  benchmark::RegisterBenchmark("commit_create_delete_hot", [&](benchmark::State& s) { create_and_delete(s, shared); });
  benchmark::RegisterBenchmark("find_by_user", [&](benchmark::State& s) { find_by_user(s, shared); });
  benchmark::RegisterBenchmark("memory_after_updates", [&](benchmark::State& s) {
    bytes_after_updates(s, shared, empty);
  })->Iterations(1);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
