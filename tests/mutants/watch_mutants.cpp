// SPDX-License-Identifier: Apache-2.0
#include "mutant.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <iterator>
#include <thread>
#include <utility>

// Defects of the feed.
namespace gatehouse::mutants {
namespace {

using Steady = std::chrono::steady_clock;

gh_call until(const gh_call& call, std::chrono::nanoseconds from_now) {
  gh_call changed = call;
  const auto then = std::chrono::nanoseconds(Steady::now().time_since_epoch()) + from_now;
  changed.deadline_ns = std::min<std::int64_t>(call.deadline_ns, then.count());
  return changed;
}

class DeletesUntold final : public Mutant {
 public:
  using Mutant::Mutant;
  Told wait(const gh_call& call, std::uint64_t watch) override {
    Told told = Mutant::wait(call, watch);
    std::erase_if(told.changes, [](const Change& change) { return change.what == GH_CHANGE_DELETE; });
    return told;
  }
};

class FormerVersion final : public Mutant {
 public:
  using Mutant::Mutant;
  Told wait(const gh_call& call, std::uint64_t watch) override {
    Told told = Mutant::wait(call, watch);
    for (Change& change : told.changes) --change.version;
    return told;
  }
};

class NewestFirst final : public Mutant {
 public:
  using Mutant::Mutant;
  Told wait(const gh_call& call, std::uint64_t watch) override {
    Told told = Mutant::wait(call, watch);
    std::reverse(told.changes.begin(), told.changes.end());
    return told;
  }
};

class Forgets final : public Mutant {
 public:
  using Mutant::Mutant;
  Told wait(const gh_call& call, std::uint64_t watch) override {
    Told told = Mutant::wait(call, watch);
    std::erase_if(told.changes, [](const Change& change) { return change.what == GH_CHANGE_MISSED; });
    if (told.changes.size() > 100) told.changes.erase(told.changes.begin(), told.changes.end() - 100);
    return told;
  }
};

class TellsAllKinds final : public Mutant {
 public:
  using Mutant::Mutant;
  gh_status watch(const gh_call& call, const std::vector<std::uint32_t>& kinds, std::uint64_t& watch) override {
    std::vector<std::uint32_t> all;
    for (std::uint32_t kind = 0; kind < kinds_.size(); ++kind) {
      if (kinds_[kind].assigned) all.push_back(kind);
    }
    return Mutant::watch(call, kinds.empty() ? kinds : all, watch);
  }
};

// What a commit would do is told by the store itself, and not by the sound feed.
class TellsItself : public Mutant {
 public:
  using Mutant::Mutant;
  Told wait(const gh_call& call, std::uint64_t watch) override {
    for (;;) {
      Told told = Mutant::wait(until(call, std::chrono::microseconds(100)), watch);
      const std::lock_guard lock(mutex_);
      std::move(kept_.begin(), kept_.end(), std::back_inserter(told.changes));
      kept_.clear();
      const bool over = std::chrono::nanoseconds(Steady::now().time_since_epoch()).count() >= call.deadline_ns;
      if (over || told.status != GH_OK || !told.changes.empty()) return told;
    }
  }

 protected:
  void tell(const std::vector<Write>& writes) {
    const std::lock_guard lock(mutex_);
    for (const Change& change : check::store::changes_of(writes)) kept_.push_back(change);
  }

 private:
  std::mutex mutex_;
  std::vector<Change> kept_;
};

class TellsAttempts final : public TellsItself {
 public:
  using TellsItself::TellsItself;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    const Committed done = Mutant::commit(call, writes);
    if (done.status == GH_CONFLICT) tell(writes);
    return done;
  }
};

class BeforeCommit final : public TellsItself {
 public:
  using TellsItself::TellsItself;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    tell(writes);
    for (const auto then = Steady::now() + std::chrono::microseconds(500); Steady::now() < then;) {
      std::this_thread::yield();
    }
    return Mutant::commit(call, writes);
  }
};

class OfAll final : public Mutant {
 public:
  using Mutant::Mutant;
  gh_status watch(const gh_call& call, const std::vector<std::uint32_t>& kinds, std::uint64_t& watch) override {
    if (watch_ == 0) {
      if (const gh_status status = Mutant::watch(call, kinds, watch_); status != GH_OK) return status;
    }
    watch = watch_;
    return GH_OK;
  }

 private:
  std::uint64_t watch_ = 0;
};

class Late final : public Mutant {
 public:
  using Mutant::Mutant;
  Told wait(const gh_call& call, std::uint64_t watch) override {
    Told told = Mutant::wait(call, watch);
    const auto left =
        std::chrono::nanoseconds(call.deadline_ns) - std::chrono::nanoseconds(Steady::now().time_since_epoch());
    std::unique_lock lock(mutex_);
    never_.wait_for(lock, left, [] { return false; });
    return told;
  }

 private:
  std::mutex mutex_;
  std::condition_variable never_;
};

class Busy final : public Mutant {
 public:
  using Mutant::Mutant;
  Told wait(const gh_call& call, std::uint64_t watch) override {
    return Mutant::wait(until(call, std::chrono::nanoseconds(0)), watch);
  }
};

class WithoutEnd final : public Mutant {
 public:
  using Mutant::Mutant;
  gh_status unwatch(const gh_call&, std::uint64_t) override { return GH_OK; }
};

}  // namespace

std::vector<Maker> watch_mutants() {
  return {{"watch-deletes-missed", made<DeletesUntold>},
          {"watch-former-version", made<FormerVersion>},
          {"watch-newest-first", made<NewestFirst>},
          {"watch-forgets", made<Forgets>},
          {"watch-tells-all-kinds", made<TellsAllKinds>},
          {"watch-tells-attempts", made<TellsAttempts>},
          {"watch-before-commit", made<BeforeCommit>},
          {"watch-of-all", made<OfAll>},
          {"watch-late", made<Late>},
          {"watch-busy", made<Busy>},
          {"watch-without-end", made<WithoutEnd>}};
}

}  // namespace gatehouse::mutants
