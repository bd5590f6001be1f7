// SPDX-License-Identifier: Apache-2.0
#include "feed.h"

#include "announcement.h"
#include "database_error.h"
#include "listener.h"

#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/thread.hpp>

#include <sys/eventfd.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <utility>

namespace gatehouse::store_postgres {
namespace {

constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds longest_pause{2'000};

}  // namespace

Feed::Feed(const sdk::Host& host, const Settings& settings)
    : host_(host), settings_(settings), waker_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), watches_(host) {
  if (waker_ < 0) throw sdk::StatusError(GH_UNAVAILABLE, "no file descriptor is left for the feed");
}

Feed::~Feed() {
  stop();
  ::close(waker_);
}

void Feed::start() {
  thread_ = sdk::start_thread([this] { run(); });
}

void Feed::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake();
  if (thread_.joinable()) thread_.join();
}

void Feed::open(const std::vector<const Kind*>& kinds) { kinds_ = kinds; }

void Feed::wake() noexcept {
  changed_.notify_all();
  static_cast<void>(::eventfd_write(waker_, 1));
}

sdk::Status Feed::check(const sdk::Strided<std::uint32_t>& kinds) const {
  if (kinds.empty()) return {GH_INVALID, "a watch names no kind"};
  for (const std::uint32_t ordinal : kinds) {
    const Kind* kind = ordinal < kinds_.size() ? kinds_[ordinal] : nullptr;
    if (kind == nullptr) return {GH_INVALID, "kind " + std::to_string(ordinal) + " is not held by this store"};
    if (!kind->announced()) {
      return {GH_UNSUPPORTED,
              "changes of the kind " + kind->name() +
                  " are not announced; the setting `feed` of every server on this database names what is"};
    }
  }
  return {};
}

sdk::Status Feed::watch(const sdk::Call& call, const sdk::Strided<std::uint32_t>& kinds, std::uint64_t& watch) {
  if (auto checked = check(kinds); !checked.ok()) return checked;
  std::unique_lock lock(mutex_);
  ++watching_;
  wake();
  const auto failures_before = failures_;
  while (!listening_ && !stopping_ && failures_ == failures_before) {
    const std::int64_t left_ns = call.deadline_ns() - host_.monotonic_ns();
    if (left_ns <= 0) break;
    changed_.wait_for(lock, std::chrono::nanoseconds(left_ns));
  }
  try {
    if (!listening_) {
      const bool failed = failures_ != failures_before;
      const std::string why = failed ? reason_ : "there was no connection in time";
      throw sdk::StatusError(failed || stopping_ ? GH_UNAVAILABLE : GH_TIMEOUT, "nothing listens for changes: " + why);
    }
    // Under the lock: should the connection have been lost, this watch will have missed some when the next one is made.
    std::vector<std::uint32_t> wanted;
    for (const std::uint32_t kind : kinds) wanted.push_back(kind);
    watch = watches_.add(std::move(wanted));
  } catch (...) {
    --watching_;
    lock.unlock();
    wake();
    throw;
  }
  return {};
}

sdk::Status Feed::unwatch(std::uint64_t watch) {
  auto removed = watches_.remove(watch);
  if (!removed.ok()) return removed;
  {
    const std::lock_guard lock(mutex_);
    --watching_;
  }
  wake();
  return {};
}

bool Feed::wanted() {
  const std::lock_guard lock(mutex_);
  // Said in one: whoever begins to watch now waits for the next connection.
  listening_ = watching_ > 0 && !stopping_;
  return listening_;
}

void Feed::run() {
  std::chrono::milliseconds next_pause = first_pause;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait(lock, [&] { return stopping_ || watching_ > 0; });
    if (stopping_) break;
    lock.unlock();
    std::string reason;
    try {
      listen();
    } catch (const std::exception& error) {
      reason = first_line(error.what());
    }
    lock.lock();
    if (std::exchange(listening_, false)) next_pause = first_pause;
    if (reason.empty()) continue;
    ++failures_;
    if (reason_.empty()) host_.warn("changes of other servers are not heard: " + reason);
    reason_ = std::move(reason);
    changed_.notify_all();
    changed_.wait_for(lock, next_pause, [&] { return stopping_; });
    next_pause = std::min(next_pause * 2, longest_pause);
  }
}

void Feed::listen() {
  eventfd_t told = 0;
  static_cast<void>(::eventfd_read(waker_, &told));
  Listener listener(settings_, waker_);
  {
    const std::lock_guard lock(mutex_);
    // Those who watch already had a connection before this one.
    watches_.miss();
    listening_ = true;
    if (!std::exchange(reason_, {}).empty()) host_.info("changes of other servers are heard again");
  }
  changed_.notify_all();
  while (wanted()) {
    listener.wait([this](std::string_view payload) { hear(payload); });
    static_cast<void>(::eventfd_read(waker_, &told));
  }
}

void Feed::hear(std::string_view payload) {
  const auto changes = read_announcement(payload);
  if (!changes) {
    // A release that writes something else, or somebody who plays with the channel.
    watches_.miss();
    return;
  }
  for (const Announced& change : *changes) {
    const auto kind = std::find_if(kinds_.begin(), kinds_.end(),
                                   [&](const Kind* each) { return each != nullptr && each->name() == change.kind; });
    if (kind == kinds_.end()) continue;
    const gh_key key{sdk::slice(change.key.tenant), sdk::slice(change.key.partition), sdk::slice(change.key.id)};
    watches_.tell((*kind)->ordinal(), key, change.version, change.deleted);
  }
}

}  // namespace gatehouse::store_postgres
