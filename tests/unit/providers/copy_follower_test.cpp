// SPDX-License-Identifier: Apache-2.0
#include "providers/copy_follower.h"
#include "copy_fixture.h"

#include <gmock/gmock.h>

#include <functional>
#include <string>
#include <vector>

namespace gatehouse::providers {
namespace {

using testing::HasSubstr;

class CopyFollowerTest : public CopyTest {
 protected:
  CopyFollowerTest() {
    for (int at = 0; at < 50; ++at) from.put(session, numbered("u", at), "s", 0);
  }
  Result<CopyReport> follow() {
    CopyFollower::Control control;
    control.told = [this] {
      if (asked) asked();
      return told;
    };
    control.wait = [this](std::chrono::milliseconds time) {
      pauses.push_back(time);
      host.clock.advance(time);
      if (paused) paused();
    };
    control.passed = [this](const CopyReport& all) {
      ++passes;
      took = all.took;
      if (passed) passed();
    };
    control.finishing = [this] {
      if (finishing) finishing();
    };
    control.away = [this](const Error& error) { away = error.detail; };
    return CopyFollower(from.storage(), to.storage(), {"acme"}, host.clock, control).run();
  }

  int told = 0;
  int passes = 0;
  std::chrono::microseconds took{0};
  std::string away;
  std::vector<std::chrono::milliseconds> pauses;
  std::function<void()> asked, paused, passed, finishing;
};

TEST_F(CopyFollowerTest, GoesOnWithWhatChangesUntilItIsToldToFinish) {
  paused = [&] {
    if (passes == 4) told = 1;
    from.put(session, "u1", "s", passes);
  };
  const auto report = follow();
  ASSERT_TRUE(report);
  EXPECT_EQ(passes, 4);
  EXPECT_EQ(report->changes(), 50u + 4u);
  EXPECT_FALSE(report->stopped);
  EXPECT_EQ(to.all(), from.all());
}

TEST_F(CopyFollowerTest, TheLastPassBringsWhatWasWrittenAndDeletedAfterTheOneBefore) {
  passed = [&] { told = 1; };
  finishing = [&] {
    from.put(session, "u7", "s", 7);
    from.remove(session, "u8", "s");
    from.put(session, "late", "s", 9);
  };
  const auto report = follow();
  ASSERT_TRUE(report);
  EXPECT_EQ(to.all(), from.all());
  EXPECT_EQ(report->left(), 0u);
}

TEST_F(CopyFollowerTest, APassThatIsUnderWayIsGivenUpForTheLastOne) {
  int asks = 0;
  asked = [&] { told = ++asks > 20 ? 1 : 0; };
  const auto report = follow();
  ASSERT_TRUE(report);
  EXPECT_EQ(passes, 0);
  EXPECT_EQ(to.all(), from.all());
}

TEST_F(CopyFollowerTest, ASourceThatDoesNotRestIsNoticed) {
  passed = [&] { told = 1; };
  int changed = 0;
  asked = [&] {
    if (told == 1) from.put(session, "u49", "s", ++changed);
  };
  const auto report = follow();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::Conflict);
  EXPECT_THAT(report.error().detail, HasSubstr("a server is at work"));
}

TEST_F(CopyFollowerTest, ToldTwiceItEndsUnfinished) {
  passed = [&] { told = 1; };
  finishing = [&] { told = 2; };
  const auto report = follow();
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->stopped);
}

TEST_F(CopyFollowerTest, PausesAsLongAsAPassTakesWithinBounds) {
  auto slowness = std::chrono::milliseconds(100);
  asked = [&] { host.clock.advance(slowness); };
  std::vector<std::chrono::microseconds> passes_took;
  passed = [&] {
    passes_took.push_back(took);
    slowness = std::chrono::milliseconds(passes == 1 ? 0 : 10'000);
    if (passes == 3) told = 1;
  };
  ASSERT_TRUE(follow());
  ASSERT_EQ(pauses.size(), 3u);
  EXPECT_GT(passes_took[0], std::chrono::seconds(1));
  EXPECT_EQ(pauses[0], passes_took[0]);
  EXPECT_EQ(pauses[1], std::chrono::seconds(1)) << "a pass that took no time";
  EXPECT_EQ(pauses[2], std::chrono::seconds(30));
}

}  // namespace
}  // namespace gatehouse::providers
