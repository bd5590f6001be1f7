// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"
#include "providers/storage.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace gatehouse {
class Clock;
class Log;
}  // namespace gatehouse

namespace gatehouse::plugins {
class Instance;
class Operation;
}  // namespace gatehouse::plugins

namespace gatehouse::providers {

// What a commit has done, of this server or another one on the same store. A hint: whoever acts on it reads the record.
struct Change {
  enum class What : std::uint8_t {
    Put,
    Delete,
    Missed  // there may have been others; names no record
  };
  What what = What::Missed;
  KindId kind = 0;
  KeyView key = {};          // valid during the call
  std::int64_t version = 0;  // Put: the new one; Delete: the last one
};

// Tells a feature of the commits of some kinds, from a thread of its own, as long as their store offers a feed; begins
// anew by itself when that ends. Nothing may depend on it: a store need not offer one, and a change may come late.
class ChangeFeed {
 public:
  // Called on the feed's thread; must not wait long, and not throw. Missed comes first, for what was before.
  using Listener = std::function<void(const Change&)>;

  // The instance holds the kinds and is assigned gatehouse.store_watch/1. All outlive this. Throws plugins::LoadError.
  ChangeFeed(plugins::Instance& instance, std::vector<KindId> kinds, Listener listener, const Clock& clock, Log& log);
  ~ChangeFeed();  // as stop()
  ChangeFeed(const ChangeFeed&) = delete;
  ChangeFeed& operator=(const ChangeFeed&) = delete;

  // After the store was opened.
  void start();
  // The listener is not called any more when it returns. Idempotent.
  void stop();

 private:
  struct Delivery;
  enum class Begun { Yes, NotNow, Never };

  void run();
  Begun begin();
  // False: the watch has ended.
  bool follow();
  void end();
  // False: it is stopping.
  bool pause(std::chrono::milliseconds time);
  bool stopping();
  Call call(std::chrono::milliseconds patience) const;

  plugins::Instance& instance_;
  const plugins::Operation& watch_;
  const plugins::Operation& wait_;
  const plugins::Operation& unwatch_;
  const std::vector<KindId> kinds_;
  const Listener listener_;
  const Clock& clock_;
  Log& log_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::uint64_t id_ = 0;   // of the watch; 0: none. Guarded by mutex_
  std::thread thread_;
};

}  // namespace gatehouse::providers
