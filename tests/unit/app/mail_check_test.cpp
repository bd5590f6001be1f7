// SPDX-License-Identifier: Apache-2.0
#include "app/mail_check.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gatehouse::app {
namespace {

// Keeps the first message.
class FirstWords final : public Log {
 public:
  bool enabled(LogLevel) const noexcept override { return true; }
  void write(LogLevel, std::string_view message, std::initializer_list<LogField>) noexcept override {
    if (!said_) said.set_value(std::string(message));
    said_ = true;
  }
  std::promise<std::string> said;

 private:
  bool said_ = false;
};

TEST(MailCheck, OutlivesATransportWhoseAnswerCannotBeHad) {
  const SystemClock clock;
  FirstWords log;
  MetricRegistry metrics;
  MailCheck check({{"smtp", [](const Call&) -> Result<void> { throw std::runtime_error("no memory"); }}}, clock, log,
                  metrics);
  check.start();
  EXPECT_EQ(log.said.get_future().get(), "the check of the mail transports was interrupted and goes on");
  check.stop();
  EXPECT_TRUE(check.takes_mail("smtp")) << "nothing was learnt";
}

}  // namespace
}  // namespace gatehouse::app
