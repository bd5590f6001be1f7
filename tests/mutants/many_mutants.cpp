// SPDX-License-Identifier: Apache-2.0
#include "mutant.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

// Defects of get_many.
namespace gatehouse::mutants {
namespace {

// The last record stands where the first is asked for, and so on.
class ManyMisplaced final : public Mutant {
 public:
  using Mutant::Mutant;
  GotMany get_many(const gh_call& call, const std::vector<Get>& gets) override {
    GotMany got = inner_.get_many(gets, call);
    std::reverse(got.records.begin(), got.records.end());
    return got;
  }
};

class ManyNeedsAll final : public Mutant {
 public:
  using Mutant::Mutant;
  GotMany get_many(const gh_call& call, const std::vector<Get>& gets) override {
    GotMany got = inner_.get_many(gets, call);
    const bool all = std::all_of(got.records.begin(), got.records.end(), [](const auto& each) { return each; });
    if (got.status == GH_OK && !all) got.status = GH_NOT_FOUND;
    return got;
  }
};

class ManyKeyOnce final : public Mutant {
 public:
  using Mutant::Mutant;
  GotMany get_many(const gh_call& call, const std::vector<Get>& gets) override {
    GotMany got = inner_.get_many(gets, call);
    for (std::size_t at = 1; at < gets.size(); ++at) {
      const auto same = [&](const Get& other) { return other.kind == gets[at].kind && other.key == gets[at].key; };
      if (std::any_of(gets.begin(), gets.begin() + static_cast<std::ptrdiff_t>(at), same)) got.records[at].reset();
    }
    return got;
  }
};

class ManySeesExpired final : public Mutant {
 public:
  using Mutant::Mutant;
  GotMany get_many(const gh_call& call, const std::vector<Get>& gets) override {
    return inner_.get_many(gets, at(call, INT64_MIN));
  }
};

class ManyFirstTenantOnly final : public Mutant {
 public:
  using Mutant::Mutant;
  GotMany get_many(const gh_call& call, const std::vector<Get>& gets) override {
    GotMany got = inner_.get_many(gets, call);
    for (std::size_t at = 0; at < gets.size(); ++at) {
      if (gets[at].key.tenant != gets[0].key.tenant) got.records[at].reset();
    }
    return got;
  }
};

class ManyStale final : public Mutant {
 public:
  using Mutant::Mutant;
  GotMany get_many(const gh_call& call, const std::vector<Get>& gets) override {
    GotMany got = inner_.get_many(gets, call);
    const std::lock_guard lock(mutex_);
    for (std::size_t at = 0; at < gets.size() && got.status == GH_OK; ++at) {
      if (got.records[at])
        got.records[at] = seen_.try_emplace({gets[at].kind, gets[at].key}, *got.records[at]).first->second;
    }
    return got;
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<std::uint32_t, Key>, Record> seen_;  // guarded by mutex_
};

class ManyUnbounded final : public Mutant {
 public:
  using Mutant::Mutant;
  GotMany get_many(const gh_call& call, const std::vector<Get>& gets) override {
    return gets.empty() || gets.size() > GH_MOST_GETS ? GotMany{} : inner_.get_many(gets, call);
  }
};

class ManyAnyKind final : public Mutant {
 public:
  using Mutant::Mutant;
  GotMany get_many(const gh_call& call, const std::vector<Get>& gets) override {
    const auto held = [&](const Get& get) { return get.kind < kinds_.size() && kinds_[get.kind].assigned; };
    return std::all_of(gets.begin(), gets.end(), held) ? inner_.get_many(gets, call) : GotMany{};
  }
};

class ManyLate final : public Mutant {
 public:
  using Mutant::Mutant;
  GotMany get_many(const gh_call& call, const std::vector<Get>& gets) override {
    gh_call patient = call;
    patient.deadline_ns = INT64_MAX;
    return inner_.get_many(gets, patient);
  }
};

}  // namespace

std::vector<Maker> many_mutants() {
  return {{"many-misplaced", made<ManyMisplaced>},
          {"many-needs-all", made<ManyNeedsAll>},
          {"many-key-once", made<ManyKeyOnce>},
          {"many-sees-expired", made<ManySeesExpired>},
          {"many-of-one-tenant", made<ManyFirstTenantOnly>},
          {"many-stale", made<ManyStale>},
          {"many-unbounded", made<ManyUnbounded>},
          {"many-any-kind", made<ManyAnyKind>},
          {"many-late", made<ManyLate>}};
}

}  // namespace gatehouse::mutants
