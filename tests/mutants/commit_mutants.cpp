// SPDX-License-Identifier: Apache-2.0
#include "mutant.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>
#include <utility>

namespace gatehouse::mutants {
namespace {

class ExpectedIgnored final : public Mutant {
 public:
  using Mutant::Mutant;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    auto changed = writes;
    for (Write& write : changed) {
      const Got here = inner_.get(write.kind, write.key, call);
      if (here.record && write.expected > 0) write.expected = here.record->version;
    }
    return inner_.commit(changed, call);
  }
};

class Recreates final : public Mutant {
 public:
  using Mutant::Mutant;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    auto changed = writes;
    for (Write& write : changed) {
      const bool gone = inner_.get(write.kind, write.key, call).status == GH_NOT_FOUND;
      if (gone && write.op == GH_WRITE_PUT && write.expected > 0) write.expected = 0;
    }
    return inner_.commit(changed, call);
  }
};

class CreateTwice final : public Mutant {
 public:
  using Mutant::Mutant;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    const Committed done = inner_.commit(writes, call);
    const bool created = writes.size() == 1 && writes[0].op == GH_WRITE_PUT && writes[0].expected == 0;
    if (done.status == GH_CONFLICT && done.conflict == GH_CONFLICT_VERSION && created) return {};
    return done;
  }
};

class VersionReused final : public Mutant {
 public:
  using Mutant::Mutant;
  Got get(const gh_call& call, std::uint32_t kind, const Key& key) override {
    Got got = inner_.get(kind, key, call);
    if (got.record && got.record->version > 2) --got.record->version;
    return got;
  }
};

class VersionOfTheDead final : public Mutant {
 public:
  using Mutant::Mutant;
  Got get(const gh_call& call, std::uint32_t kind, const Key& key) override {
    Got got = inner_.get(kind, key, call);
    const std::lock_guard lock(mutex_);
    const auto died = died_.find({kind, key});
    if (got.record && died != died_.end()) got.record->version += died->second;
    return got;
  }
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    auto changed = writes;
    const std::lock_guard lock(mutex_);
    for (Write& write : changed) {
      const auto died = died_.find({write.kind, write.key});
      if (died != died_.end() && write.expected > 0) write.expected -= died->second;
    }
    const Committed done = inner_.commit(changed, call);
    for (const Write& write : changed) {
      if (done.status == GH_OK && write.op == GH_WRITE_DELETE) died_[{write.kind, write.key}] += write.expected;
    }
    return done;
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<std::uint32_t, Key>, std::int64_t> died_;
};

class TornCommit final : public Mutant {
 public:
  using Mutant::Mutant;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    if (writes.size() < 2) return inner_.commit(writes, call);
    for (std::uint32_t at = 0; at < writes.size(); ++at) {
      Committed done = inner_.commit({writes[at]}, call);
      done.failed_write = at;
      if (done.status != GH_OK) return done;
    }
    return {};
  }
};

class PartitionsApart final : public Mutant {
 public:
  using Mutant::Mutant;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    std::map<std::string, std::vector<Write>> by_partition;
    for (const Write& write : writes) by_partition[write.key.partition].push_back(write);
    if (by_partition.size() < 2) return inner_.commit(writes, call);
    for (const auto& [partition, some] : by_partition) {
      const Committed done = inner_.commit(some, call);
      if (done.status != GH_OK) return done;
      std::this_thread::yield();
    }
    return {};
  }
};

class PartitionsRefused final : public Mutant {
 public:
  using Mutant::Mutant;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    const bool several = std::any_of(writes.begin(), writes.end(), [&](const Write& write) {
      return write.key.partition != writes.front().key.partition;
    });
    if (several) return {.status = GH_UNSUPPORTED};
    return inner_.commit(writes, call);
  }
};

class OkWithoutEffect final : public Mutant {
 public:
  using Mutant::Mutant;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    return ++commits_ % 50 == 0 ? Committed{} : inner_.commit(writes, call);
  }

 private:
  std::atomic<int> commits_{0};
};

class AppendOnlyChanges final : public Mutant {
 public:
  using Mutant::Mutant;
  gh_status open(const gh_call& call, const Kinds& kinds) override {
    kinds_ = kinds;
    Kinds changed = kinds;
    for (auto& kind : changed) kind.append_only = false;
    return open_inner(call, changed);
  }
};

class MissingIsZero final : public Mutant {
 public:
  using Mutant::Mutant;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    auto changed = writes;
    for (Write& write : changed) {
      if (write.op != GH_WRITE_PUT || write.kind >= kinds_.size()) continue;
      const auto& fields = kinds_[write.kind].fields;
      for (std::size_t at = write.values.size(); at < fields.size(); ++at)
        write.values.push_back({fields[at].type, 0, {}});
    }
    return inner_.commit(changed, call);
  }
};

class NeverShrinks final : public Mutant {
 public:
  using Mutant::Mutant;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    auto changed = writes;
    for (Write& write : changed) {
      const Got here = inner_.get(write.kind, write.key, call);
      if (!here.record) continue;
      for (std::size_t at = 0; at < write.values.size() && at < here.record->values.size(); ++at) {
        Value& value = write.values[at];
        if (value.type == GH_TEXT && value.s.empty()) value.s = here.record->values[at].s;
      }
    }
    return inner_.commit(changed, call);
  }
};

class TypesUnchecked final : public Mutant {
 public:
  using Mutant::Mutant;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    auto changed = writes;
    for (Write& write : changed) {
      if (write.kind >= kinds_.size()) continue;
      const auto& fields = kinds_[write.kind].fields;
      for (std::size_t at = 0; at < write.values.size() && at < fields.size(); ++at) {
        if (write.values[at].type != fields[at].type) write.values[at] = {};
      }
    }
    return inner_.commit(changed, call);
  }
};

class FirstOfAKeyWins final : public Mutant {
 public:
  using Mutant::Mutant;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    std::map<std::pair<std::uint32_t, Key>, Write> first;
    for (const Write& write : writes) first.insert({{write.kind, write.key}, write});
    if (first.size() == writes.size()) return inner_.commit(writes, call);
    std::vector<Write> changed;
    for (const auto& [key, write] : first) changed.push_back(write);
    return inner_.commit(changed, call);
  }
};

class TakesAnySchema final : public Mutant {
 public:
  using Mutant::Mutant;
  gh_status open(const gh_call& call, const Kinds& kinds) override {
    Mutant::open(call, kinds);
    return GH_OK;
  }
};

class JudgesAllKinds final : public Mutant {
 public:
  using Mutant::Mutant;
  gh_status open(const gh_call& call, const Kinds& kinds) override {
    kinds_ = kinds;
    Kinds changed = kinds;
    for (auto& kind : changed) kind.assigned = true;
    return open_inner(call, changed);
  }
};

class StridesIgnored final : public Mutant {
 public:
  using Mutant::Mutant;
  bool ignores_strides() const override { return true; }
};

class NotReady final : public Mutant {
 public:
  using Mutant::Mutant;
  gh_status ping(const gh_call&) override { return GH_UNAVAILABLE; }
};

class SharedState final : public Mutant {
 public:
  using Mutant::Mutant;
  Got get(const gh_call& call, std::uint32_t kind, const Key& key) override {
    const Got got = inner_.get(kind, key, call);
    if (got.record) return got;
    const auto other = latest().find({kind, key});
    return other == latest().end() ? got : other->second->get(kind, key, call);
  }
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    for (const Write& write : writes) latest()[{write.kind, write.key}] = &inner_;
    return inner_.commit(writes, call);
  }

 private:
  // What a plugin with state of its own outside of its instances has.
  static std::map<std::pair<std::uint32_t, Key>, const Verbs*>& latest() {
    static std::map<std::pair<std::uint32_t, Key>, const Verbs*> all;
    return all;
  }
};

}  // namespace

std::vector<Maker> commit_mutants() {
  return {{"expected-ignored", made<ExpectedIgnored>},
          {"recreates", made<Recreates>},
          {"create-twice", made<CreateTwice>},
          {"version-reused", made<VersionReused>},
          {"version-of-the-dead", made<VersionOfTheDead>},
          {"torn-commit", made<TornCommit>},
          {"partitions-apart", made<PartitionsApart>},
          {"partitions-refused", made<PartitionsRefused>},
          {"ok-without-effect", made<OkWithoutEffect>},
          {"append-only-changes", made<AppendOnlyChanges>},
          {"missing-is-zero", made<MissingIsZero>},
          {"never-shrinks", made<NeverShrinks>},
          {"types-unchecked", made<TypesUnchecked>},
          {"key-twice", made<FirstOfAKeyWins>},
          {"takes-any-schema", made<TakesAnySchema>},
          {"judges-all-kinds", made<JudgesAllKinds>},
          {"strides-ignored", made<StridesIgnored>},
          {"not-ready", made<NotReady>},
          {"shared-state", made<SharedState>}};
}

}  // namespace gatehouse::mutants
