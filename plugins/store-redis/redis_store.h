// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend.h"
#include "kind.h"
#include "layout.h"

#include <gatehouse/sdk/call.hpp>
#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/store.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::store_redis {

// A kind this store holds, and which of its indexes are known to hold strays: records whose first index field is a text
// and not their partition. As long as an index has none, a query that names this text is one question to one bucket.
struct Held {
  explicit Held(const sdk::KindView& view) : kind(view), strays(kind.indexes().size()) {}
  const Kind kind;
  std::vector<std::atomic<bool>> strays;
};

// "gatehouse.store/1" on Redis, for the kinds Kind takes. Not durable by itself (that is Redis' own configuration),
// shared, and a commit stays in its partition.
//
// EXPIRY. call.now_us() decides what is seen. A record also has a time to live in Redis, counted from the write and a
// day longer than its expiry: the two clocks need not agree, and purge() usually comes first.
//
// open() once; then any thread.
class RedisStore {
 public:
  RedisStore(Backend& backend, const Layout& layout) : backend_(backend), layout_(layout) {}

  sdk::Status open(const sdk::SchemaView& schema);
  sdk::Status get(const sdk::Call& call, std::uint32_t kind, const sdk::KeyView& key, const sdk::RecordSink& sink);
  sdk::Status find(const sdk::Call& call, const sdk::QueryView& query, const sdk::RecordSink& sink,
                   const sdk::FindOut& out);
  sdk::Status commit(const sdk::Call& call, const sdk::Writes& writes, const sdk::CommitOut& out);
  sdk::Status purge(const sdk::Call& call, std::uint32_t kind, std::int64_t before_us, std::uint32_t limit,
                    std::uint64_t& deleted);
  sdk::Status ping(const sdk::Call& call);

  // Of every bucket.
  static std::vector<std::uint16_t> slots();

 private:
  // Throws sdk::StatusError(GH_INVALID).
  Held& held(std::uint32_t kind);
  struct Before {
    std::int64_t time_us;
    double score;  // not less
  };
  std::uint64_t purge_bucket(const sdk::Call& call, const Kind& kind, std::size_t bucket, const Before& before,
                             std::uint64_t limit);
  void make_strays_known(const std::vector<std::string>& names, const sdk::Call& call);

  Backend& backend_;
  const Layout& layout_;
  std::vector<std::unique_ptr<Held>> kinds_;  // by ordinal; null: another store holds it
};

// Throws GH_INVALID on a key that cannot be.
void check_key(const sdk::KeyView& key);
void check_part(std::string_view part, std::size_t longest, const char* name);
constexpr std::size_t longest_tenant = 64;
constexpr std::size_t longest_partition = 64;
constexpr std::size_t longest_id = 128;

}  // namespace gatehouse::store_redis
