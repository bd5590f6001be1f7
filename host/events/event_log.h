// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"
#include "events/event.h"
#include "providers/storage.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse {
class Clock;
class Counter;
class Log;
class MetricRegistry;
class Random;
}  // namespace gatehouse

namespace gatehouse::events {

// Events that belong into one commit with the change they tell of. Owns them until the commit is done.
class EventBatch {
 private:
  friend class EventLog;
  std::deque<EncodedEvent> events_;
};

struct EventLogConfig {
  std::chrono::seconds retention{std::chrono::hours{90 * 24}};
  bool record_refreshes = true;
  std::string tenant = "default";             // of events whose request had not named one yet
  std::size_t queue = 16'384;                 // batched events waiting at most; more are dropped and counted
  std::chrono::milliseconds batch_delay{50};  // a kill -9 loses at most this much of the batched types
};

// The event stream's writing end. Security facts go into the commit of their cause (EventBatch) or are written before
// the answer (`write`); high-rate informational types are queued and written every batch_delay. Any thread.
class EventLog {
 public:
  EventLog(EventLogConfig config, providers::Storage& storage, providers::KindId kind, const Clock& clock,
           Random& random, Log& log, MetricRegistry& metrics);
  ~EventLog();  // as stop()
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  void start();
  // Writes what is queued, then joins the thread.
  void stop();

  // Gives the event an id, its time and correlation id and puts it into the batch. Error Internal: no randomness for an
  // id.
  Result<void> prepare(EventBatch& batch, Event event, const Call& call) const;
  // The change and its events, all or nothing; answers as Storage::commit does.
  Result<std::optional<providers::Conflict>> commit(std::vector<providers::Write> change, const EventBatch& batch,
                                                    const Call& call) const;
  // What Storage::settle does for such a commit.
  Result<void> settle(std::vector<providers::Write> change, const EventBatch& batch, providers::KindId done,
                      const Call& call) const;
  // After such a commit in doubt, of a batch with events: whether they are stored, and so the part of the commit that
  // their store does is done. Errors: as Storage::get.
  Result<bool> stored(const EventBatch& batch, const Call& call) const;
  providers::KindId kind() const noexcept;
  // Stores one event that has no change of its own, before it returns.
  Result<void> write(Event event, const Call& call);
  // Stores an event under the id it has, about nobody, unless there is one of that id: of all who do the same, one
  // does. True: the event of that id is this one. Errors: as Storage::commit; after InDoubt it may be asked again.
  Result<bool> write_first(Event event, const Call& call);
  // Queues an event of a batched type; it never blocks and never fails the request that caused it.
  void enqueue(Event event, const Call& call);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::events
