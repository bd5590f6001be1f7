// SPDX-License-Identifier: Apache-2.0
#include "app/maintenance.h"

#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace gatehouse::app {
namespace {

constexpr std::chrono::seconds purge_step_deadline{5};
// However often: a key provider that takes its time is not to count as one that fails.
constexpr std::chrono::seconds tick_deadline{2};

Counter& turns(MetricRegistry& metrics, const char* result) {
  return metrics.counter("gatehouse_cleanup_turns_total", "Turns of this server to clean up, by what became of them",
                         {{"result", result}});
}

}  // namespace

Maintenance::Maintenance(MaintenanceConfig config, providers::Storage& storage, SharedCleanup cluster,
                         std::function<void(const Call&)> on_tick, const Clock& clock, Random& random, Log& log,
                         MetricRegistry& metrics)
    : config_(config),
      storage_(storage),
      cluster_(std::move(cluster)),
      on_tick_(std::move(on_tick)),
      clock_(clock),
      random_(random),
      log_(log),
      last_success_(metrics.gauge("gatehouse_job_last_success_timestamp_seconds",
                                  "When a background job last succeeded", {{"job", "cleanup"}})),
      turns_{&turns(metrics, "done"), &turns(metrics, "left_to_another"), &turns(metrics, "failed")} {
  for (const auto& kind : storage_.schema()) {
    purged_.push_back(kind.expiry_field
                          ? &metrics.counter("gatehouse_records_purged_total",
                                             "Expired records deleted by the cleanup job", {{"kind", kind.name}})
                          : nullptr);
  }
}

Maintenance::~Maintenance() { stop(); }

void Maintenance::start() {
  thread_ = std::thread([this] { run(); });
}

void Maintenance::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Turn Maintenance::take_turn() {
  bool any_shared = false;
  for (providers::KindId kind = 0; kind < purged_.size(); ++kind) {
    any_shared = any_shared || (purged_[kind] != nullptr && cluster_.shared(kind));
  }
  Result<bool> mine = true;
  if (any_shared) {
    mine = cluster_.take(config_.purge_every, {clock_.steady() + purge_step_deadline, clock_.now(), {}, {}, {}});
    if (!mine) log_.warn("cleanup could not be taken on", {{"reason", mine.error().detail}});
  }
  const bool complete = purge(mine && *mine);
  auto turn = Turn::Done;
  if (!mine || !complete) {
    turn = Turn::Failed;
  } else if (!*mine) {
    turn = Turn::LeftToAnother;
  }
  turns_[static_cast<std::size_t>(turn)]->add();
  if (turn == Turn::Done) {
    last_success_.set(std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count());
  }
  return turn;
}

bool Maintenance::purge(bool shared_too) {
  std::uint64_t total = 0;
  bool complete = true;
  for (providers::KindId kind = 0; kind < purged_.size(); ++kind) {
    if (purged_[kind] == nullptr || (!shared_too && cluster_.shared(kind))) continue;
    const auto deleted = purge_kind(kind);
    if (stopping()) return false;
    if (deleted) {
      total += *deleted;
      continue;
    }
    log_.warn("cleanup could not delete expired records",
              {{"kind", storage_.schema()[kind].name}, {"reason", deleted.error().detail}});
    complete = false;
  }
  if (complete) log_.info("cleanup done", {{"deleted", static_cast<std::int64_t>(total)}});
  return complete;
}

Result<std::uint64_t> Maintenance::purge_kind(providers::KindId kind) {
  std::uint64_t total = 0;
  while (true) {
    const auto now = clock_.now();
    const Call call{clock_.steady() + purge_step_deadline, now, {}, {}, {}};
    const auto deleted = storage_.purge(kind, now, config_.purge_batch, call);
    if (!deleted) return deleted.error();
    purged_[kind]->add(*deleted);
    total += *deleted;
    if (*deleted < config_.purge_batch || stopping()) return total;
  }
}

bool Maintenance::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

// Shortly after the next period has begun: the first server to get there cleans up, and they do not all come at once.
std::chrono::milliseconds Maintenance::delay_to_next_period() {
  std::array<std::uint8_t, 2> bytes{};
  const bool random = random_.fill(bytes);
  const auto part = random ? (bytes[0] << 8 | bytes[1]) : 0;
  const auto gone = clock_.now().time_since_epoch() % std::chrono::microseconds(config_.purge_every);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(config_.purge_every - gone);
  return left + config_.purge_every * part / (10 * 65536);
}

void Maintenance::run() {
  auto turn_at = clock_.steady() + delay_to_next_period();
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, config_.tick, [this] { return stopping_; })) {
    lock.unlock();
    try {
      on_tick_(Call{clock_.steady() + tick_deadline, clock_.now(), {}, {}, {}});
      if (clock_.steady() >= turn_at) {
        const auto turn = take_turn();
        const auto next = delay_to_next_period();
        turn_at = clock_.steady() + (turn == Turn::Failed ? std::min(config_.try_again, next) : next);
      }
    } catch (const std::exception& error) {
      log_.error("background work was interrupted and goes on", {{"reason", std::string_view(error.what())}});
    }
    lock.lock();
  }
}

}  // namespace gatehouse::app
