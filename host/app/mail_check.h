// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace gatehouse {
class Clock;
class Gauge;
class Log;
class MetricRegistry;
}  // namespace gatehouse

namespace gatehouse::app {

// Whether each transport of mails can take one: asked at the start and every quarter of an hour, on a thread of its
// own, because a mail server that does not answer must not hold up a start, and one that is asked too often shuts us
// out. Mails wait in the store meanwhile, so nothing depends on the answer: a wrong password is seen before the first
// mail, in the log, in readyz beside the checks, and in gatehouse_mail_transport_up.
class MailCheck {
 public:
  struct Transport {
    std::string name;
    std::function<Result<void>(const Call&)> ping;
  };
  static constexpr std::chrono::minutes every{15};

  // References, and what the transports borrow, outlive it.
  MailCheck(std::vector<Transport> transports, const Clock& clock, Log& log, MetricRegistry& metrics);
  ~MailCheck();  // as stop()
  MailCheck(const MailCheck&) = delete;
  MailCheck& operator=(const MailCheck&) = delete;

  void start();
  void stop();  // waits for a check that runs
  // Asks all of them now. For tests and for the thread itself.
  void check();

  // The last answer; true before the first one, and of any other plugin. Any thread.
  bool takes_mail(std::string_view name) const noexcept;

 private:
  struct State {
    Transport transport;
    Gauge* up = nullptr;
    std::atomic<bool> takes{true};
  };
  void check(State& state);

  std::deque<State> states_;
  const Clock& clock_;
  Log& log_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace gatehouse::app
