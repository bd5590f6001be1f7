// SPDX-License-Identifier: Apache-2.0
#include "providers/change_feed.h"

#include "base/clock.h"
#include "base/log.h"
#include "plugins/instance.h"
#include "providers/slices.h"

#include <gatehouse/store_watch.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace gatehouse::providers {
namespace {

using namespace std::chrono_literals;
using plugins::Entered;
using plugins::Timing;

// Calls are shortened by the plugin's call_timeout; a quiet feed comes back this often.
constexpr auto longest_wait = 30s;
constexpr auto patience = 5s;
constexpr auto first_pause = 1s;
constexpr std::chrono::milliseconds longest_pause = 30s;

const gh_store_watch_v1& table_of(const Entered& in) { return *static_cast<const gh_store_watch_v1*>(in.table); }

}  // namespace

// Stands between a store and the listener during one call.
struct ChangeFeed::Delivery {
  const ChangeFeed& feed;
  bool lied = false;

  bool read(const gh_change& raw, Change& change) const {
    bool honest = true;
    change = {raw.what == GH_CHANGE_PUT ? Change::What::Put : Change::What::Delete,
              raw.kind,
              {text_of(raw.key.tenant, honest), text_of(raw.key.partition, honest), text_of(raw.key.id, honest)},
              raw.version};
    const bool named = !change.key.tenant.empty() && !change.key.partition.empty() && !change.key.id.empty();
    const bool wanted = std::find(feed.kinds_.begin(), feed.kinds_.end(), raw.kind) != feed.kinds_.end();
    return honest && named && wanted && raw.version >= 1;
  }

  static void put(void* context, const gh_change* raw) noexcept {
    auto* self = plugins::receiver_of<Delivery>(context);
    if (self == nullptr || self->lied) return;
    Change change;
    if (raw == nullptr || raw->struct_size < sizeof(gh_change) || raw->what < GH_CHANGE_PUT ||
        raw->what > GH_CHANGE_MISSED || (raw->what != GH_CHANGE_MISSED && !self->read(*raw, change))) {
      self->lied = true;
      return;
    }
    self->feed.listener_(change);
  }
};

ChangeFeed::ChangeFeed(plugins::Instance& instance, std::vector<KindId> kinds, Listener listener, const Clock& clock,
                       Log& log)
    : instance_(instance),
      watch_(instance.operation(GH_STORE_WATCH_V1, "watch", Timing::Waits)),
      wait_(instance.operation(GH_STORE_WATCH_V1, "wait", Timing::Waits)),
      unwatch_(instance.operation(GH_STORE_WATCH_V1, "unwatch", Timing::Waits)),
      kinds_(std::move(kinds)),
      listener_(std::move(listener)),
      clock_(clock),
      log_(log) {}

ChangeFeed::~ChangeFeed() { stop(); }

void ChangeFeed::start() {
  thread_ = std::thread([this] { run(); });
}

void ChangeFeed::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  end();
  if (thread_.joinable()) thread_.join();
}

void ChangeFeed::run() {
  std::chrono::milliseconds next_pause = first_pause;
  while (!stopping()) {
    const auto begun = begin();
    if (begun == Begun::Never) return;
    if (begun == Begun::Yes) {
      next_pause = first_pause;
      listener_(Change{});
      while (follow()) {
      }
      end();
    }
    if (!pause(next_pause)) break;
    next_pause = std::min(next_pause * 2, longest_pause);
  }
  end();
}

ChangeFeed::Begun ChangeFeed::begin() {
  std::uint64_t id = 0;
  auto body = [&](const Entered& in) {
    return table_of(in).watch(in.self, &in.call, kinds_.data(), kinds_.size(), &id);
  };
  const auto status = instance_.enter(watch_, call(patience), {GH_UNSUPPORTED}, nullptr, body);
  if (!status) return Begun::NotNow;
  if (*status == GH_UNSUPPORTED) {
    log_.info("the store does not tell of these commits; they are looked for now and then",
              {{"plugin", std::string_view(instance_.name())}});
    return Begun::Never;
  }
  const std::lock_guard lock(mutex_);
  id_ = id;
  return Begun::Yes;
}

bool ChangeFeed::follow() {
  std::uint64_t id = 0;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || id_ == 0) return false;
    id = id_;
  }
  Delivery delivery{*this};
  auto body = [&](const Entered& in) {
    const gh_change_sink sink{in.context, &Delivery::put};
    return table_of(in).wait(in.self, &in.call, id, &sink);
  };
  const auto status = instance_.enter(wait_, call(longest_wait), {GH_NOT_FOUND}, &delivery, body);
  if (delivery.lied) {
    static_cast<void>(instance_.disbelieve(wait_, call(longest_wait), "told of a change that cannot be"));
    return false;
  }
  return status && *status == GH_OK;
}

void ChangeFeed::end() {
  std::uint64_t id = 0;
  {
    const std::lock_guard lock(mutex_);
    id = std::exchange(id_, 0);
  }
  if (id == 0) return;
  auto body = [&](const Entered& in) { return table_of(in).unwatch(in.self, &in.call, id); };
  static_cast<void>(instance_.enter(unwatch_, call(patience), {GH_NOT_FOUND}, nullptr, body));
}

bool ChangeFeed::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [&] { return stopping_; });
}

bool ChangeFeed::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

Call ChangeFeed::call(std::chrono::milliseconds patience_now) const {
  return {clock_.steady() + patience_now, clock_.now(), {}, {}, {}};
}

}  // namespace gatehouse::providers
