// SPDX-License-Identifier: Apache-2.0
#include "loaded_store.h"
#include "session_data.h"

#include <benchmark/benchmark.h>

#include <unistd.h>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string_view>
#include <vector>

// The memory store as the host sees it: through the C table of the loaded file, with a million sessions (or, after
// --sessions, as many) of users with ten each, visited in an order that defeats caches. Keys and records are made in
// batches while the clock stands. "fill" makes the sessions: a filter must leave it in.
namespace gatehouse::bench {
namespace {

constexpr std::uint64_t sessions_a_user = 10;

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

// Walks through all numbers below `count` in an order that defeats caches.
class Numbers {
 public:
  explicit Numbers(std::uint64_t count) noexcept : count_(count) {}
  std::uint64_t next() noexcept {
    at_ = (at_ + 617'413) % count_;
    return at_;
  }

 private:
  const std::uint64_t count_;
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
  bool remove(const SessionData& data) { return commit({GH_WRITE_DELETE, 0, data.key(), 1, nullptr, 0, 0}); }
  bool get(const SessionData& data, Seen& seen) {
    const gh_key key = data.key();
    const gh_record_sink sink = sink_to(seen);
    return store_.table().get(store_.instance(), &call_, 0, &key, &sink) == GH_OK;
  }
  bool find_by_user(const SessionData& data, Seen& seen) {
    const gh_value user = data.user();
    gh_query query{};
    query.equals = &user;
    query.equals_count = 1;
    query.limit = 100;
    return find(query, data, seen);
  }
  bool count_all(const SessionData& data, Seen& seen) {
    gh_query query{};
    query.flags = GH_QUERY_COUNT_ONLY;
    return find(query, data, seen);
  }

 private:
  bool find(gh_query& query, const SessionData& data, Seen& seen) {
    query.struct_size = sizeof(query);
    query.index = session_by_user;
    query.tenant = data.key().tenant;
    gh_find_out out{};
    out.struct_size = sizeof(out);
    const gh_record_sink sink = sink_to(seen);
    return store_.table().find(store_.instance(), &call_, &query, &sink, &out) == GH_OK;
  }

  LoadedStore store_;
  gh_call call_;
};

// One store for all benchmarks: filling it takes seconds.
struct Shared {
  std::uint64_t sessions = 1'000'000;
  std::uint64_t users() const noexcept { return sessions / sessions_a_user; }

  std::unique_ptr<Filled> store;
  std::vector<std::int64_t> versions;
  double resident_before = 0;
};

struct Item {
  std::uint64_t number = 0;
  SessionData data;
};
constexpr std::size_t batch_size = 256;

// One operation an iteration; before each batch `prepare(item)` makes what it will need.
template <class Prepare, class Operation>
void measure(benchmark::State& state, Prepare&& prepare, Operation&& operation) {
  const auto batch = std::make_unique<Item[]>(batch_size);
  std::size_t at = batch_size;
  for ([[maybe_unused]] auto _ : state) {
    if (at == batch_size) {
      state.PauseTiming();
      for (at = 0; at < batch_size; ++at) prepare(batch[at]);
      at = 0;
      state.ResumeTiming();
    }
    if (!operation(batch[at++])) state.SkipWithError("an operation failed");
  }
  state.SetItemsProcessed(state.iterations());
}

void count_memory(benchmark::State& state, const Shared& shared) {
  state.counters["bytes_per_session"] =
      (resident_bytes() - shared.resident_before) / static_cast<double>(shared.sessions);
}

// Makes the sessions; the other benchmarks need it to have run.
void fill(benchmark::State& state, Shared& shared) {
  shared.versions.assign(shared.sessions, 1);
  shared.resident_before = resident_bytes();
  shared.store = std::make_unique<Filled>();
  std::uint64_t next = 0;
  measure(
      state, [&](Item& item) { item.data.set(next++, shared.users(), 0); },
      [&](const Item& item) { return shared.store->commit(item.data.put(0)); });
  count_memory(state, shared);
}

void get(benchmark::State& state, Shared& shared) {
  Numbers numbers(shared.sessions);
  Seen seen;
  measure(
      state, [&](Item& item) { item.data.set_key(numbers.next(), shared.users()); },
      [&](const Item& item) { return shared.store->get(item.data, seen); });
}

void update(benchmark::State& state, Shared& shared) {
  Numbers numbers(shared.sessions);
  measure(
      state,
      [&](Item& item) {
        item.number = numbers.next();
        item.data.set(item.number, shared.users(), shared.versions[item.number]);
      },
      [&](const Item& item) { return shared.store->commit(item.data.put(shared.versions[item.number]++)); });
}

void memory_after_updates(benchmark::State& state, Shared& shared) {
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(shared);
  count_memory(state, shared);
}

void create(benchmark::State& state, Shared& shared) {
  std::uint64_t next = shared.sessions;
  measure(
      state,
      [&](Item& item) {
        item.number = next++;
        item.data.set(item.number, shared.users(), 0);
      },
      [&](const Item& item) { return shared.store->commit(item.data.put(0)); });
  SessionData data;
  for (std::int64_t made = 0; made < state.iterations(); ++made) {
    data.set_key(shared.sessions + static_cast<std::uint64_t>(made), shared.users());
    shared.store->remove(data);
  }
}

void find_by_user(benchmark::State& state, Shared& shared) {
  Numbers numbers(shared.sessions);
  Seen seen;
  measure(
      state, [&](Item& item) { item.data.set_key(numbers.next(), shared.users()); },
      [&](const Item& item) { return shared.store->find_by_user(item.data, seen); });
  state.counters["records"] = static_cast<double>(seen.records) / static_cast<double>(state.iterations());
}

// What the end of all of one user's sessions asks of the store: find them, and read and write each.
void revoke_all(benchmark::State& state, Shared& shared) {
  Numbers numbers(shared.users());
  const auto batch = std::make_unique<SessionData[]>(sessions_a_user);
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    const std::uint64_t user = numbers.next();
    const auto number = [&](std::uint64_t at) { return user + at * shared.users(); };
    for (std::uint64_t at = 0; at < sessions_a_user; ++at) {
      batch[at].set(number(at), shared.users(), shared.versions[number(at)]);
    }
    Seen found;
    bool done = true;
    state.ResumeTiming();
    done = shared.store->find_by_user(batch[0], found);
    for (std::uint64_t at = 0; at < sessions_a_user; ++at) {
      Seen seen;
      done = done && shared.store->get(batch[at], seen) && seen.version == shared.versions[number(at)] &&
             shared.store->commit(batch[at].put(shared.versions[number(at)]++));
    }
    if (!done || found.records != sessions_a_user) state.SkipWithError("an operation failed");
  }
}

void count_all(benchmark::State& state, Shared& shared) {
  Seen seen;
  SessionData data;
  data.set_key(0, shared.users());
  for ([[maybe_unused]] auto _ : state) {
    if (!shared.store->count_all(data, seen)) state.SkipWithError("an operation failed");
  }
}

}  // namespace
}  // namespace gatehouse::bench

int main(int argc, char** argv) {
  using namespace gatehouse::bench;
  Shared shared;
  if (argc > 2 && std::string_view(argv[1]) == "--sessions") {
    const auto users = std::strtoull(argv[2], nullptr, 10) / sessions_a_user;
    if (users == 0) {
      std::fprintf(stderr, "store_memory_bench: --sessions wants a number of at least %d\n",
                   static_cast<int>(sessions_a_user));
      return 2;
    }
    shared.sessions = users * sessions_a_user;
    argv[2] = argv[0];
    argc -= 2;
    argv += 2;
  }
  const auto add = [&](const char* name, auto* run) {
    return benchmark::RegisterBenchmark(name, [&shared, run](benchmark::State& state) { run(state, shared); });
  };
  // In this order: the first fills the store for the others, and memory is looked at before more sessions are made.
  add("fill", fill)->Iterations(static_cast<benchmark::IterationCount>(shared.sessions));
  add("get", get);
  add("commit_update", update);
  add("memory_after_updates", memory_after_updates)->Iterations(1);
  add("commit_create", create)->Iterations(200'000);
  add("find_by_user", find_by_user);
  add("revoke_all", revoke_all)->Unit(benchmark::kMicrosecond);
  add("count_all", count_all)->Unit(benchmark::kMillisecond);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
