// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"
#include "providers/record.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gatehouse::plugins {
class Instance;
}

namespace gatehouse::providers {

// The ordinal of a kind in the schema the server was wired with.
using KindId = std::uint32_t;

// One record that is wanted.
struct Get {
  KindId kind = 0;
  KeyView key;
};

struct Write {
  enum class Op : std::uint8_t { Put, Delete };
  Op op = Op::Put;
  KindId kind = 0;
  KeyView key;
  std::int64_t expected_version = 0;  // 0: must not exist
  std::span<const Value> values;      // Put: the whole record
};

// Why a commit did not happen although the store answered.
struct Conflict {
  std::size_t write = 0;                      // which of the writes lost
  std::optional<std::uint32_t> unique_index;  // which unique index was taken; empty: the version was another
};

struct Query {
  KindId kind = 0;
  std::optional<std::uint32_t> index = {};  // empty: the key (partition, id)
  std::string_view tenant = {};
  std::vector<Value> equals = {};
  std::optional<Value> from = {};    // on the next field: value >= from
  std::optional<Value> below = {};   // on the next field: value < below
  std::optional<Value> prefix = {};  // on the next field; excludes from and below
  bool descending = false;
  bool count_only = false;
  std::uint32_t limit = 100;
  std::string cursor = {};
};

struct Page {
  std::uint64_t count = 0;
  std::string next_cursor;  // empty: there is no more
};

using Visitor = std::function<void(RecordReader&)>;
// Sees the record of the get at this position.
using GetVisitor = std::function<void(std::size_t get, RecordReader&)>;

// All state of the server: routes each kind to the store the config assigned it to. Any thread.
//
// Errors: ProviderUnavailable (nothing happened, also for deadlines, open breakers and full bulkheads), InDoubt (it may
// have happened), Internal (the plugin misbehaved; deny). Detail goes to the log with the plugin's own sentence.
// A store is not believed: a record under another key or tenant than asked for, more records than asked for, a record
// together with an error, and the like are Internal. On any error what a visitor has seen is void.
class Storage {
 public:
  // `by_kind[i]` holds schema[i]; instances are assigned gatehouse.store/1 and outlive the storage. Throws
  // plugins::LoadError otherwise.
  Storage(std::vector<KindDef> schema, std::vector<plugins::Instance*> by_kind);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  // Hands each store the schema with the kinds it holds. Start-up only; throws std::runtime_error with the store's
  // words.
  void open(const Call& call);

  // Whether one commit of this kind's store may span partitions. After open().
  bool crosses_partitions(KindId kind) const noexcept;
  // Whether what this kind's store has answered outlives the process, and whether another process sees it. After
  // open().
  bool durable(KindId kind) const noexcept;
  bool shared(KindId kind) const noexcept;

  // True: the visitor saw the record. A record that is not there, or has expired, is false.
  Result<bool> get(KindId kind, const KeyView& key, const Call& call, const Visitor& visit);
  // The visitor sees each record that is there once, in any order; what is not there, or has expired, it does not see.
  // One journey for all that one store holds, where the store offers that, and one for each otherwise; so some may have
  // been seen when another fails. Each record is as get would give it; between them nothing is promised.
  Result<void> get_many(std::span<const Get> gets, const Call& call, const GetVisitor& visit);
  Result<Page> find(const Query& query, const Call& call, const Visitor& visit);
  // All or nothing when every kind lives in one store, and in one partition where that store does not commit across
  // them; otherwise part by part in the order of first mention, and a failure after the first part is done is InDoubt.
  Result<std::optional<Conflict>> commit(std::span<const Write> writes, const Call& call);
  // After a commit of `writes` in doubt of which the part with `done` is known to be done: has the other parts done, as
  // far as they add records. A store that has not got all of those is asked for the part's puts again; deletions are
  // left undone. Errors: InDoubt (a store failed, or a record that was there before is another).
  Result<void> settle(std::span<const Write> writes, KindId done, const Call& call);
  Result<std::uint64_t> purge(KindId kind, Time before, std::uint32_t limit, const Call& call);
  // Every store in use answers.
  Result<void> ping(const Call& call);

  const std::vector<KindDef>& schema() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::providers
