// SPDX-License-Identifier: Apache-2.0
#include "mutant.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>

// Defects of unique indexes: stores that keep them by themselves, over a sound store without any.
namespace gatehouse::mutants {
namespace {

using Values = std::vector<Value>;

class OwnUnique : public Mutant {
 public:
  using Mutant::Mutant;
  gh_status open(const gh_call& call, const Kinds& kinds) override {
    kinds_ = kinds;
    Kinds changed = kinds;
    for (auto& kind : changed) {
      for (auto& index : kind.indexes) index.unique = false;
    }
    return open_inner(call, changed);
  }
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    const auto lock = locked();
    for (std::uint32_t at = 0; at < writes.size(); ++at) {
      if (writes[at].op != GH_WRITE_PUT || writes[at].kind >= kinds_.size()) continue;
      const auto& indexes = kinds_[writes[at].kind].indexes;
      for (std::uint32_t index = 0; index < indexes.size(); ++index) {
        if (!indexes[index].unique || !takes_part(values_of(writes[at], index))) continue;
        if (taken(call, writes, at, index)) return {GH_CONFLICT, at, GH_CONFLICT_UNIQUE, index, {}};
      }
    }
    before_the_write();
    return inner_.commit(writes, call);
  }

 protected:
  virtual std::unique_lock<std::mutex> locked() { return std::unique_lock(mutex_); }
  virtual void before_the_write() {}
  virtual bool takes_part(const Values& values) const {
    return std::none_of(values.begin(), values.end(), [](const Value& value) { return value.type == GH_NULL; });
  }
  virtual bool same(const Values& a, const Values& b) const { return a == b; }
  // Whether a record that is there may hold a value a write wants.
  virtual bool counts(const Write& write, const Record& holder) const {
    return holder.key.tenant == write.key.tenant && holder.key != write.key;
  }
  // Whether a holder that the commit itself changes is in the way all the same.
  virtual bool judged_before() const { return false; }

  Values values_of(const Write& write, std::uint32_t index) const { return picked(write.kind, index, write.values); }
  Values picked(std::uint32_t kind, std::uint32_t index, const Values& from) const {
    Values values;
    for (const std::uint32_t field : kinds_[kind].indexes[index].fields) {
      values.push_back(field < from.size() ? from[field] : Value{});
    }
    return values;
  }
  virtual bool taken(const gh_call& call, const std::vector<Write>& writes, std::size_t at, std::uint32_t index) {
    const Values wanted = values_of(writes[at], index);
    for (const Record& holder : holders(call, writes[at])) {
      if (!counts(writes[at], holder)) continue;
      const bool rewritten = std::any_of(writes.begin(), writes.end(), [&](const Write& other) {
        return other.kind == writes[at].kind && other.key == holder.key;
      });
      if (rewritten && !judged_before()) continue;
      if (same(wanted, picked(writes[at].kind, index, holder.values))) return true;
    }
    for (std::size_t other = 0; other < at; ++other) {
      const bool rival = writes[other].op == GH_WRITE_PUT && writes[other].kind == writes[at].kind &&
                         writes[other].key.tenant == writes[at].key.tenant;
      if (rival && same(wanted, values_of(writes[other], index))) return true;
    }
    return false;
  }
  virtual std::vector<Record> holders(const gh_call& call, const Write& write) {
    return inner_.find({.kind = write.kind, .tenant = write.key.tenant}, call).records;
  }

 private:
  std::mutex mutex_;
};

class UniqueByPartition final : public OwnUnique {
 public:
  using OwnUnique::OwnUnique;

 protected:
  bool counts(const Write& write, const Record& holder) const override {
    return OwnUnique::counts(write, holder) && holder.key.partition == write.key.partition;
  }
};

class UniqueFolded final : public OwnUnique {
 public:
  using OwnUnique::OwnUnique;

 protected:
  bool same(const Values& a, const Values& b) const override {
    const auto folded = [](Values values) {
      for (Value& value : values) {
        for (char& c : value.s) c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
      }
      return values;
    };
    return folded(a) == folded(b);
  }
};

class UniqueNull final : public OwnUnique {
 public:
  using OwnUnique::OwnUnique;

 protected:
  bool takes_part(const Values&) const override { return true; }
};

class UniqueBeforeWrites final : public OwnUnique {
 public:
  using OwnUnique::OwnUnique;

 protected:
  bool judged_before() const override { return true; }
};

class UniqueAcrossTenants final : public OwnUnique {
 public:
  using OwnUnique::OwnUnique;

 protected:
  bool counts(const Write& write, const Record& holder) const override { return holder.key != write.key; }
  std::vector<Record> holders(const gh_call& call, const Write& write) override {
    tenants_.insert(write.key.tenant);
    std::vector<Record> all;
    for (const auto& tenant : tenants_) {
      const auto some = inner_.find({.kind = write.kind, .tenant = tenant}, call).records;
      all.insert(all.end(), some.begin(), some.end());
    }
    return all;
  }

 private:
  std::set<std::string> tenants_;
};

// A value once taken is taken for good.
class UniqueNeverFreed final : public OwnUnique {
 public:
  using OwnUnique::OwnUnique;

 protected:
  bool taken(const gh_call& call, const std::vector<Write>& writes, std::size_t at, std::uint32_t index) override {
    const Write& write = writes[at];
    const std::string value =
        kinds_[write.kind].indexes[index].name + write.key.tenant + text_of(values_of(write, index));
    used_.insert({value, write.key.id});
    const auto first = used_.lower_bound({value, {}});
    const auto last = used_.upper_bound({value, "\x7f"});
    return std::distance(first, last) > 1 || OwnUnique::taken(call, writes, at, index);
  }

 private:
  std::set<std::pair<std::string, std::string>> used_;
};

// Looks for holders and writes then, without a lock in between.
class UniqueUnlocked final : public OwnUnique {
 public:
  using OwnUnique::OwnUnique;

 protected:
  std::unique_lock<std::mutex> locked() override { return {}; }
  void before_the_write() override { std::this_thread::yield(); }
};

// Sound but for one thing: whoever takes the value of an expired record leaves it where it is.
class UniqueExpiredStays final : public OwnUnique {
 public:
  using OwnUnique::OwnUnique;
};

// A put that has expired by now and finds its unique value taken is taken all the same.
class UniqueExpiredTwice final : public Mutant {
 public:
  using Mutant::Mutant;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    const Committed done = inner_.commit(writes, call);
    if (done.status != GH_CONFLICT || done.conflict != GH_CONFLICT_UNIQUE) return done;
    auto left = writes;
    const Write& loser = left[done.failed_write];
    const auto expiry = kinds_[loser.kind].expiry;
    if (!expiry || *expiry >= loser.values.size()) return done;
    const Value& end = loser.values[*expiry];
    if (end.type != GH_TIME || end.i > call.now_us || left.size() == 1) return done;
    left.erase(left.begin() + done.failed_write);
    return inner_.commit(left, call);
  }
};

}  // namespace

std::vector<Maker> unique_mutants() {
  return {{"unique-by-partition", made<UniqueByPartition>},
          {"unique-case-folded", made<UniqueFolded>},
          {"unique-null", made<UniqueNull>},
          {"unique-before-writes", made<UniqueBeforeWrites>},
          {"unique-across-tenants", made<UniqueAcrossTenants>},
          {"unique-never-freed", made<UniqueNeverFreed>},
          {"unique-unlocked", made<UniqueUnlocked>},
          {"unique-expired-stays", made<UniqueExpiredStays>},
          {"unique-expired-twice", made<UniqueExpiredTwice>}};
}

}  // namespace gatehouse::mutants
