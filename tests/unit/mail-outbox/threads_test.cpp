// SPDX-License-Identifier: Apache-2.0
#include "unit/mail-outbox/outbox_fixture.h"

#include <gmock/gmock.h>

#include <latch>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::test {
namespace {

using ::testing::SizeIs;

class MailOutboxThreads : public MailOutbox {};

TEST_F(MailOutboxThreads, DifferentMailsAllArrive) {
  constexpr int threads = 4;
  constexpr int each = 25;
  std::latch together(threads);
  std::vector<std::jthread> running;
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&, t] {
      together.arrive_and_wait();
      for (int i = 0; i < each; ++i) {
        Letter letter;
        letter.message_id = std::to_string(t) + "." + std::to_string(i) + "@gatehouse.example";
        TestCall call;
        EXPECT_EQ(send(letter, call), GH_OK);
      }
    });
  }
  running.clear();
  EXPECT_THAT(files(), SizeIs(threads * each));
}

TEST_F(MailOutboxThreads, TheSameMailMakesOneFile) {
  constexpr int threads = 4;
  std::latch together(threads);
  std::vector<std::jthread> running;
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&, t] {
      together.arrive_and_wait();
      for (int i = 0; i < 20; ++i) {
        TestCall call(august_2_2026_us + t * 1000 + i);
        EXPECT_EQ(send({}, call), GH_OK);
      }
    });
  }
  running.clear();
  EXPECT_THAT(files(), SizeIs(1));
}

}  // namespace
}  // namespace gatehouse::test
