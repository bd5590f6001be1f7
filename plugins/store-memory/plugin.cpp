// SPDX-License-Identifier: Apache-2.0
#include "hash.h"
#include "memory_store.h"
#include "window_limiter.h"

#include <gatehouse/sdk/plugin.hpp>

#include <cstdint>
#include <string_view>

namespace gatehouse::store_memory {
namespace {

constexpr sdk::Setting settings[] = {
    sdk::Setting::size("max_bytes", "Most memory the records may take, to within a tenth; 0B: no limit.")
        .by_default("0B"),
    sdk::Setting::size("limiter_max_bytes", "Most memory the rate limiter's counters may take; 0B: no limit.")
        .by_default("64MiB"),
};

Hash seeded(const sdk::Host& host) {
  Hash::Secret secret;
  if (!host.random(secret.data(), sizeof(secret))) {
    throw sdk::StatusError(GH_UNAVAILABLE, "the host has no randomness for the hash tables");
  }
  return Hash(secret);
}

// The number of an optional size: hosts fill defaults in, and tests may leave them out.
std::uint64_t size_or_none(const sdk::Config& config, std::string_view key) {
  return config.has(key) ? config.size(key) : 0;
}

class MemoryPlugin final : public sdk::Plugin, public sdk::Store, public sdk::StoreWatch, public sdk::RateLimiter {
 public:
  static constexpr std::uint32_t store_flags = GH_STORE_CROSS_PARTITION;

  explicit MemoryPlugin(const sdk::Create& create)
      : host_(create.host),
        store_(create.host, seeded(create.host), size_or_none(create.config, "max_bytes")),
        limiter_(seeded(create.host), size_or_none(create.config, "limiter_max_bytes")) {}

  sdk::Status open(const sdk::Call&, const sdk::SchemaView& schema) override { return store_.open(schema); }
  sdk::Status get(const sdk::Call& call, std::uint32_t kind, const sdk::KeyView& key,
                  const sdk::RecordSink& sink) override {
    return is_late(call) ? too_late() : store_.get(call, kind, key, sink);
  }
  sdk::Status find(const sdk::Call& call, const sdk::QueryView& query, const sdk::RecordSink& sink,
                   const sdk::FindOut& out) override {
    return is_late(call) ? too_late() : store_.find(call, query, sink, out);
  }
  sdk::Status commit(const sdk::Call& call, const sdk::Writes& writes, const sdk::CommitOut& out) override {
    return is_late(call) ? too_late() : store_.commit(call, writes, out);
  }
  sdk::Status purge(const sdk::Call& call, std::uint32_t kind, std::int64_t before_us, std::uint32_t limit,
                    std::uint64_t& deleted) override {
    return is_late(call) ? too_late() : store_.purge(call, kind, before_us, limit, deleted);
  }

  sdk::Status watch(const sdk::Call& call, const sdk::Strided<std::uint32_t>& kinds, std::uint64_t& watch) override {
    return is_late(call) ? too_late() : store_.watch(kinds, watch);
  }
  sdk::Status wait(const sdk::Call& call, std::uint64_t watch, const sdk::ChangeSink& sink) override {
    return store_.wait(call, watch, sink);
  }
  sdk::Status unwatch(const sdk::Call&, std::uint64_t watch) override { return store_.unwatch(watch); }

  sdk::Status take(const sdk::Call& call, const sdk::Take& take, sdk::Taken& taken) override {
    return is_late(call) ? too_late() : limiter_.take(call, take, taken);
  }
  sdk::Status reset(const sdk::Call& call, std::string_view key) override {
    return is_late(call) ? too_late() : limiter_.reset(call, key);
  }

  // Memory is always there: one answer for both interfaces.
  sdk::Status ping(const sdk::Call&) override { return {}; }

 private:
  bool is_late(const sdk::Call& call) const noexcept { return host_.monotonic_ns() > call.deadline_ns(); }
  static sdk::Status too_late() { return {GH_TIMEOUT, "the deadline had passed before the call came"}; }

  sdk::Host host_;
  MemoryStore store_;
  WindowLimiter limiter_;
};

}  // namespace

GATEHOUSE_PLUGIN(MemoryPlugin, sdk::about("store-memory", "1.0.0", "Apache-2.0",
                                          "Records and rate-limit counters in this process's memory; gone at exit.")
                                   .with(settings));

}  // namespace gatehouse::store_memory
