// SPDX-License-Identifier: Apache-2.0
#include "app/maintenance.h"

#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"

#include <array>

namespace gatehouse::app {
namespace {

constexpr std::chrono::seconds purge_step_deadline{5};

}  // namespace

Maintenance::Maintenance(MaintenanceConfig config, providers::Storage& storage,
                         std::function<void(const Call&)> on_tick, const Clock& clock, Random& random, Log& log,
                         MetricRegistry& metrics)
    : config_(config),
      storage_(storage),
      on_tick_(std::move(on_tick)),
      clock_(clock),
      random_(random),
      log_(log),
      last_success_(metrics.gauge("gatehouse_job_last_success_timestamp_seconds",
                                  "When a background job last succeeded", {{"job", "cleanup"}})) {
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

std::uint64_t Maintenance::purge_once() {
  std::uint64_t total = 0;
  bool complete = true;
  for (providers::KindId kind = 0; kind < purged_.size(); ++kind) {
    if (purged_[kind] == nullptr) continue;
    while (true) {
      const auto now = clock_.now();
      const Call call{clock_.steady() + purge_step_deadline, now, {}, {}, {}};
      const auto deleted = storage_.purge(kind, now, config_.purge_batch, call);
      if (!deleted) {
        log_.warn("cleanup could not delete expired records",
                  {{"kind", storage_.schema()[kind].name}, {"reason", deleted.error().detail}});
        complete = false;
        break;
      }
      purged_[kind]->add(*deleted);
      total += *deleted;
      if (*deleted < config_.purge_batch) break;
      const std::lock_guard lock(mutex_);
      if (stopping_) return total;
    }
  }
  if (complete) {
    last_success_.set(std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count());
  }
  return total;
}

std::chrono::milliseconds Maintenance::next_purge_delay() {
  std::array<std::uint8_t, 2> bytes{};
  const bool random = random_.fill(bytes);
  const auto part = random ? (bytes[0] << 8 | bytes[1]) : 0;
  return config_.purge_every + config_.purge_every * part / (10 * 65536);
}

void Maintenance::run() {
  auto purge_at = clock_.steady() + next_purge_delay();
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, config_.tick, [this] { return stopping_; })) {
    lock.unlock();
    on_tick_(Call{clock_.steady() + config_.tick, clock_.now(), {}, {}, {}});
    if (clock_.steady() >= purge_at) {
      const auto deleted = purge_once();
      log_.info("cleanup done", {{"deleted", static_cast<std::int64_t>(deleted)}});
      purge_at = clock_.steady() + next_purge_delay();
    }
    lock.lock();
  }
}

}  // namespace gatehouse::app
