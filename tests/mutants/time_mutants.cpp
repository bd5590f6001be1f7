// SPDX-License-Identifier: Apache-2.0
#include "mutant.h"

#include <limits>

// Defects in what time it is.
namespace gatehouse::mutants {
namespace {

// Every verb happens at another time than the call says.
class Clock : public Mutant {
 public:
  using Mutant::Mutant;
  Got get(const gh_call& call, std::uint32_t kind, const Key& key) override {
    return Mutant::get(moved(call), kind, key);
  }
  Page find(const gh_call& call, const Query& query) override { return Mutant::find(moved(call), query); }
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    return Mutant::commit(moved(call), writes);
  }
  Purged purge(const gh_call& call, std::uint32_t kind, std::int64_t before, std::uint32_t limit) override {
    return Mutant::purge(moved(call), kind, before, limit);
  }

 protected:
  virtual gh_call moved(const gh_call& call) const = 0;
};

class EarlyExpiry final : public Clock {
 public:
  using Clock::Clock;

 protected:
  gh_call moved(const gh_call& call) const override {
    return at(call, call.now_us == INT64_MAX ? INT64_MAX : call.now_us + 1);
  }
};

class LateExpiry final : public Clock {
 public:
  using Clock::Clock;

 protected:
  gh_call moved(const gh_call& call) const override {
    return at(call, call.now_us == INT64_MIN ? INT64_MIN : call.now_us - 1);
  }
};

class OwnClock final : public Clock {
 public:
  using Clock::Clock;

 protected:
  gh_call moved(const gh_call& call) const override { return at(call, ground().host.wall_us(ground().host.context)); }
};

class DeadlineIgnored final : public Clock {
 public:
  using Clock::Clock;

 protected:
  gh_call moved(const gh_call& call) const override {
    gh_call changed = call;
    changed.deadline_ns = INT64_MAX;
    return changed;
  }
};

class ExpiredIsWritable final : public Mutant {
 public:
  using Mutant::Mutant;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    return inner_.commit(writes, at(call, INT64_MIN));
  }
};

class CountsExpired final : public Mutant {
 public:
  using Mutant::Mutant;
  Page find(const gh_call& call, const Query& query) override {
    return inner_.find(query, query.count_only ? at(call, INT64_MIN) : call);
  }
};

class PurgeTakesFresh final : public Mutant {
 public:
  using Mutant::Mutant;
  Purged purge(const gh_call& call, std::uint32_t kind, std::int64_t before, std::uint32_t limit) override {
    return inner_.purge(kind, before == INT64_MAX ? before : before + 1, limit, call);
  }
};

class PurgeWithoutLimit final : public Mutant {
 public:
  using Mutant::Mutant;
  Purged purge(const gh_call& call, std::uint32_t kind, std::int64_t before, std::uint32_t) override {
    return inner_.purge(kind, before, std::numeric_limits<std::uint32_t>::max(), call);
  }
};

class ExpiredIsDeleted final : public Mutant {
 public:
  using Mutant::Mutant;
  Got get(const gh_call& call, std::uint32_t kind, const Key& key) override {
    Got got = inner_.get(kind, key, call);
    if (got.status == GH_NOT_FOUND && kind < kinds_.size() && kinds_[kind].expiry) {
      const Got expired = inner_.get(kind, key, at(call, INT64_MIN));
      if (expired.record) {
        inner_.commit({check::store::remove(kind, key, expired.record->version)}, at(call, INT64_MIN));
      }
    }
    return got;
  }
};

}  // namespace

std::vector<Maker> time_mutants() {
  return {{"early-expiry", made<EarlyExpiry>},
          {"late-expiry", made<LateExpiry>},
          {"own-clock", made<OwnClock>},
          {"deadline-ignored", made<DeadlineIgnored>},
          {"expired-is-writable", made<ExpiredIsWritable>},
          {"expired-is-deleted", made<ExpiredIsDeleted>},
          {"counts-expired", made<CountsExpired>},
          {"purge-takes-fresh", made<PurgeTakesFresh>},
          {"purge-without-limit", made<PurgeWithoutLimit>}};
}

}  // namespace gatehouse::mutants
