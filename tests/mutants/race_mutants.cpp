// SPDX-License-Identifier: Apache-2.0
#include "mutant.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

// Defects that one thread alone does not see.
namespace gatehouse::mutants {
namespace {

// Checks the versions first and writes then, whatever has become of them.
class CheckThenWrite final : public Mutant {
 public:
  using Mutant::Mutant;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    for (std::uint32_t at = 0; at < writes.size(); ++at) {
      const Got here = inner_.get(writes[at].kind, writes[at].key, call);
      const std::int64_t version = here.record ? here.record->version : 0;
      if (version != writes[at].expected) return {GH_CONFLICT, at, GH_CONFLICT_VERSION, 0, {}};
    }
    std::this_thread::yield();
    auto changed = writes;
    for (;;) {
      const Committed done = inner_.commit(changed, call);
      if (done.status != GH_CONFLICT || done.conflict != GH_CONFLICT_VERSION) return done;
      for (Write& write : changed) {
        const Got here = inner_.get(write.kind, write.key, call);
        write.expected = here.record ? here.record->version : 0;
        if (write.op == GH_WRITE_DELETE && write.expected == 0) return {};
      }
    }
  }
};

// Sound for one writer after another; but others see a commit record by record.
class DirtyReads final : public Mutant {
 public:
  using Mutant::Mutant;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    const std::lock_guard lock(mutex_);
    for (const Write& write : writes) {
      const Got here = inner_.get(write.kind, write.key, call);
      const bool stands = (here.record ? here.record->version : 0) == write.expected;
      if (!stands || write.kind >= kinds_.size()) return inner_.commit(writes, call);
    }
    Committed done;
    for (const Write& write : writes) {
      done = inner_.commit({write}, call);
      if (done.status != GH_OK) return done;
      std::this_thread::yield();
    }
    return done;
  }

 private:
  std::mutex mutex_;
};

// Asks the index for keys, and then for one record after another.
class IndexThenRecords final : public Mutant {
 public:
  using Mutant::Mutant;
  Page find(const gh_call& call, const Query& query) override {
    Page page = inner_.find(query, call);
    if (query.count_only) return page;
    std::vector<Record> records;
    for (const Record& record : page.records) {
      std::this_thread::yield();
      Got got = inner_.get(query.kind, record.key, call);
      if (got.record && indexed(query, *got.record) == indexed(query, record))
        records.push_back(*std::move(got.record));
    }
    page.records = std::move(records);
    return page;
  }

 private:
  std::vector<Value> indexed(const Query& query, const Record& record) const {
    std::vector<Value> values;
    if (query.index == GH_INDEX_KEY) return values;
    for (const std::uint32_t field : kinds_[query.kind].indexes[query.index].fields) {
      values.push_back(record.values[field]);
    }
    return values;
  }
};

class TornRecord final : public Mutant {
 public:
  using Mutant::Mutant;
  Got get(const gh_call& call, std::uint32_t kind, const Key& key) override {
    const Got first = inner_.get(kind, key, call);
    std::this_thread::yield();
    Got second = inner_.get(kind, key, call);
    if (first.record && second.record) {
      const auto half = static_cast<std::ptrdiff_t>((first.record->values.size() + 1) / 2);
      std::copy(first.record->values.begin() + half, first.record->values.end(), second.record->values.begin() + half);
    }
    return second;
  }
};

// Each thread keeps what it read or wrote last, for a while.
class StaleReads final : public Mutant {
 public:
  using Mutant::Mutant;
  Got get(const gh_call& call, std::uint32_t kind, const Key& key) override {
    const std::lock_guard lock(mutex_);
    auto& [got, left] = cache_[{std::this_thread::get_id(), kind, key}];
    if (left == 0) {
      got = inner_.get(kind, key, call);
      left = 4;
    }
    --left;
    return got;
  }
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    const Committed done = inner_.commit(writes, call);
    const std::lock_guard lock(mutex_);
    for (const Write& write : writes) cache_.erase({std::this_thread::get_id(), write.kind, write.key});
    return done;
  }

 private:
  std::mutex mutex_;
  std::map<std::tuple<std::thread::id, std::uint32_t, Key>, std::pair<Got, int>> cache_;
};

// A commit that meets another one does nothing.
class BusyCommitDropped final : public Mutant {
 public:
  using Mutant::Mutant;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return {};
    const Committed done = inner_.commit(writes, call);
    std::this_thread::yield();
    return done;
  }

 private:
  std::mutex mutex_;
};

}  // namespace

std::vector<Maker> race_mutants() {
  return {{"lost-update", made<CheckThenWrite>},
          {"dirty-reads", made<DirtyReads>},
          {"index-then-records", made<IndexThenRecords>},
          {"torn-record", made<TornRecord>},
          {"stale-reads", made<StaleReads>},
          {"busy-commit-dropped", made<BusyCommitDropped>}};
}

}  // namespace gatehouse::mutants
