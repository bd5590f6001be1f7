// SPDX-License-Identifier: Apache-2.0
#include "events/event_log.h"

#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace gatehouse::events {
namespace {

// The contract's largest commit.
constexpr std::size_t writes_a_commit = 64;
constexpr std::chrono::seconds commit_patience{5};

}  // namespace

struct EventLog::State {
  State(EventLogConfig c, providers::Storage& s, providers::KindId k, const Clock& cl, Random& r, Log& l,
        MetricRegistry& metrics)
      : config(std::move(c)),
        storage(s),
        kind(k),
        clock(cl),
        random(r),
        log(l),
        dropped(metrics.counter("gatehouse_events_dropped_total",
                                "Informational events lost because the queue was full "
                                "or the store refused them")),
        written(metrics.counter("gatehouse_events_total", "Events written")) {}

  EventLogConfig config;
  providers::Storage& storage;
  providers::KindId kind;
  const Clock& clock;
  Random& random;
  Log& log;
  Counter& dropped;
  Counter& written;

  std::mutex mutex;
  std::condition_variable wake;
  std::deque<EncodedEvent> queue;  // guarded by mutex
  bool stopping = false;           // guarded by mutex
  std::thread writer;

  // False: no randomness for an id.
  bool complete(Event& event, const Call& call) {
    if (event.id.empty()) event.id = make_uuid7(random, call.now);
    event.time = call.now;
    if (event.tenant.empty()) event.tenant = call.tenant.empty() ? std::string_view(config.tenant) : call.tenant;
    event.correlation_id = call.request_id;
    return !event.id.empty();
  }
  providers::Write put(const EncodedEvent& event) const {
    return {.op = providers::Write::Op::Put,
            .kind = kind,
            .key = event.key(),
            .expected_version = 0,
            .values = event.values()};
  }
  void run();
  void flush(std::deque<EncodedEvent> events);
  void commit(std::vector<providers::Write> writes);
};

void EventLog::State::run() {
  std::unique_lock lock(mutex);
  while (true) {
    wake.wait_for(lock, config.batch_delay, [&] { return stopping; });
    const bool last = stopping;
    std::deque<EncodedEvent> taken;
    taken.swap(queue);
    lock.unlock();
    const auto count = taken.size();
    try {
      flush(std::move(taken));
    } catch (const std::exception& error) {
      dropped.add(count);
      log.error("the event writer was interrupted and goes on", {{"reason", std::string_view(error.what())}});
    }
    lock.lock();
    if (last && queue.empty()) return;
  }
}

void EventLog::State::flush(std::deque<EncodedEvent> events) {
  std::vector<providers::Write> writes;
  for (const auto& encoded : events) {
    const auto key = encoded.key();
    const bool together =
        writes.empty() || (writes.front().key.tenant == key.tenant &&
                           (storage.crosses_partitions(kind) || writes.front().key.partition == key.partition));
    if (!together || writes.size() == writes_a_commit) {
      commit(std::move(writes));
      writes.clear();
    }
    writes.push_back(put(encoded));
  }
  if (!writes.empty()) commit(std::move(writes));
}

void EventLog::State::commit(std::vector<providers::Write> writes) {
  const Call call{clock.steady() + commit_patience, clock.now(), {}, {}, writes.front().key.tenant};
  const auto done = storage.commit(writes, call);
  if (done && !*done) {
    written.add(writes.size());
    return;
  }
  dropped.add(writes.size());
  log.warn("events were not written", {{"count", static_cast<std::int64_t>(writes.size())},
                                       {"reason", done ? std::string_view("an id was taken") : done.error().detail}});
}

EventLog::EventLog(EventLogConfig config, providers::Storage& storage, providers::KindId kind, const Clock& clock,
                   Random& random, Log& log, MetricRegistry& metrics)
    : state_(std::make_unique<State>(std::move(config), storage, kind, clock, random, log, metrics)) {}

EventLog::~EventLog() { stop(); }

void EventLog::start() {
  state_->writer = std::thread([state = state_.get()] { state->run(); });
}

void EventLog::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->wake.notify_all();
  if (state_->writer.joinable()) state_->writer.join();
}

Result<void> EventLog::prepare(EventBatch& batch, Event event, const Call& call) const {
  if (!state_->complete(event, call)) return Error{Code::Internal, "no randomness for an event id"};
  batch.events_.emplace_back(std::move(event), state_->config.retention);
  return {};
}

Result<std::optional<providers::Conflict>> EventLog::commit(std::vector<providers::Write> change,
                                                            const EventBatch& batch, const Call& call) const {
  for (const auto& encoded : batch.events_) change.push_back(state_->put(encoded));
  auto done = state_->storage.commit(change, call);
  if (done && !*done) state_->written.add(batch.events_.size());
  return done;
}

Result<void> EventLog::settle(std::vector<providers::Write> change, const EventBatch& batch, providers::KindId done,
                              const Call& call) const {
  for (const auto& encoded : batch.events_) change.push_back(state_->put(encoded));
  auto settled = state_->storage.settle(change, done, call);
  if (settled) state_->written.add(batch.events_.size());
  return settled;
}

Result<bool> EventLog::stored(const EventBatch& batch, const Call& call) const {
  return state_->storage.get(state_->kind, batch.events_.front().key(), call, [](providers::RecordReader&) {});
}

providers::KindId EventLog::kind() const noexcept { return state_->kind; }

Result<void> EventLog::write(Event event, const Call& call) {
  EventBatch batch;
  const auto prepared = prepare(batch, std::move(event), call);
  if (!prepared) return prepared;
  const auto done = commit({}, batch, call);
  if (!done) return done.error();
  if (*done) return Error{Code::Internal, "an event id was taken"};
  return {};
}

Result<bool> EventLog::write_first(Event event, const Call& call) {
  EventBatch batch;
  const auto prepared = prepare(batch, std::move(event), call);
  if (!prepared) return prepared.error();
  const auto& mine = batch.events_.front();
  auto there = call;
  there.tenant = mine.key().tenant;
  const auto done = commit({}, batch, there);
  if (!done) return done.error();
  if (!*done) return true;
  bool same = false;
  const auto found = state_->storage.get(state_->kind, mine.key(), there, [&](providers::RecordReader& record) {
    const auto past = decode(record);
    same = past && past->payload == mine.event().payload;
  });
  if (!found) return found.error();
  return *found && same;
}

void EventLog::enqueue(Event event, const Call& call) {
  if (event.type == Type::TokenRefreshed && !state_->config.record_refreshes) return;
  const bool complete = state_->complete(event, call);
  const std::lock_guard lock(state_->mutex);
  if (!complete || state_->stopping || state_->queue.size() >= state_->config.queue) {
    state_->dropped.add();
    return;
  }
  state_->queue.emplace_back(std::move(event), state_->config.retention);
}

}  // namespace gatehouse::events
