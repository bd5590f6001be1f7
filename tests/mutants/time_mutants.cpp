// SPDX-License-Identifier: Apache-2.0
#include "mutant.h"

#include <cstdint>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

#include <time.h>
#include <unistd.h>

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

// Commits take a millisecond, as on a disk, and nobody asks what has happened by then.
class LateIsTimeout final : public Mutant {
 public:
  using Mutant::Mutant;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    const Committed done = inner_.commit(writes, call);
    const std::int64_t end = clock() + 1'000'000;
    while (clock() < end) std::this_thread::yield();
    return done.status == GH_OK && clock() > call.deadline_ns ? Committed{GH_TIMEOUT} : done;
  }

 private:
  std::int64_t clock() const { return ground().host.monotonic_ns(ground().host.context); }
};

// Sound, but every commit takes as long as a slow disk.
class SlowDisk final : public Mutant {
 public:
  using Mutant::Mutant;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    const timespec flush{0, 20'000'000};
    ::nanosleep(&flush, nullptr);
    return inner_.commit(writes, call);
  }
};

// A commit that meets another one waits for what never comes.
class MeetingHangs final : public Mutant {
 public:
  using Mutant::Mutant;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    while (!lock) ::pause();
    const Committed done = inner_.commit(writes, call);
    std::this_thread::yield();
    return done;
  }

 private:
  std::mutex mutex_;
};

// One lock for everything, kept while the sink is called, and waited for without end.
class SinkUnderLock final : public Mutant {
 public:
  using Mutant::Mutant;
  std::unique_lock<std::mutex> while_delivering() override { return std::unique_lock(mutex_); }
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    const std::lock_guard lock(mutex_);
    return inner_.commit(writes, call);
  }

 private:
  std::mutex mutex_;
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
          {"sound-slow-disk", made<SlowDisk>},
          {"meeting-hangs", made<MeetingHangs>},
          {"late-is-timeout", made<LateIsTimeout>},
          {"sink-under-lock", made<SinkUnderLock>},
          {"purge-takes-fresh", made<PurgeTakesFresh>},
          {"purge-without-limit", made<PurgeWithoutLimit>}};
}

}  // namespace gatehouse::mutants
