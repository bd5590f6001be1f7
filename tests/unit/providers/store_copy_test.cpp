// SPDX-License-Identifier: Apache-2.0
#include "copy_fixture.h"

#include <gmock/gmock.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::providers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using StoreCopyTest = CopyTest;

TEST_F(StoreCopyTest, CopiesEveryRecordWithItsKeyAndValues) {
  for (int at = 0; at < 2'500; ++at) from.put(session, numbered("user", at % 700), std::to_string(at), at);
  const auto report = copy().complete(CopyMode::Add);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->kinds[session].in_source, 2'500u);
  EXPECT_EQ(report->kinds[session].created, 2'500u);
  EXPECT_EQ(to.all(), from.all());
}

TEST_F(StoreCopyTest, ASecondCopyFindsNothingToDo) {
  from.put(session, "ada", "1", 7);
  ASSERT_TRUE(copy().complete(CopyMode::Add));
  const auto again = copy().complete(CopyMode::Add);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->changes(), 0u);
  EXPECT_EQ(to.version(session, "ada", "1"), 1);
}

TEST_F(StoreCopyTest, BringsWhatDiffersUpToDateWithACompareAndSet) {
  from.put(session, "ada", "1", 7);
  to.put(session, "ada", "1", 6);
  const auto report = copy().complete(CopyMode::Add);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->kinds[session].updated, 1u);
  EXPECT_EQ(to.seen(session, "ada", "1"), 7);
  EXPECT_EQ(to.version(session, "ada", "1"), 2);
}

TEST_F(StoreCopyTest, AddLeavesWhatOnlyTheTargetHasAndSaysSo) {
  to.put(session, "ada", "1", 7);
  const auto report = copy().complete(CopyMode::Add);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->extra(from.storage().schema()), 1u);
  EXPECT_THAT(report->kinds[session].examples, ElementsAre("acme/ada/1: only in the target"));
  EXPECT_EQ(to.seen(session, "ada", "1"), 7);
}

TEST_F(StoreCopyTest, MirrorDeletesWhatTheSourceHasDeleted) {
  from.put(session, "ada", "1", 7);
  from.put(session, "ada", "2", 7);
  ASSERT_TRUE(copy().complete(CopyMode::Mirror));
  from.remove(session, "ada", "1");
  const auto report = copy().complete(CopyMode::Mirror);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->kinds[session].deleted, 1u);
  EXPECT_EQ(to.all(), from.all());
}

TEST_F(StoreCopyTest, ExpiredRecordsAreNotCopied) {
  from.put(session, "ada", "1", 7, host.clock.now());
  from.put(session, "ada", "2", 7, host.clock.now() + std::chrono::hours(1));
  ASSERT_TRUE(copy().complete(CopyMode::Mirror));
  EXPECT_EQ(to.all().size(), 1u);
}

TEST_F(StoreCopyTest, AnExpiredRecordInTheTargetIsNotInTheWay) {
  to.put(session, "ada", "1", 6, host.clock.now());
  from.put(session, "ada", "1", 7);
  ASSERT_TRUE(copy().complete(CopyMode::Add));
  EXPECT_EQ(to.seen(session, "ada", "1"), 7);
}

TEST_F(StoreCopyTest, AnotherTenantsRecordsAreCopiedWhenItIsNamed) {
  from.put_in("acme", session, "ada", "1", 7);
  from.put_in("bolt", session, "ada", "1", 8);
  StoreCopy both(from.storage(), to.storage(), {"acme", "bolt"}, calls);
  ASSERT_TRUE(both.complete(CopyMode::Mirror));
  EXPECT_EQ(to.all("bolt"), from.all("bolt"));
  EXPECT_EQ(to.all("acme"), from.all("acme"));
}

TEST_F(StoreCopyTest, ARecordOfBeforeItsKindGrewIsTheSameAsOneWithNulls) {
  from.put_short(session, "ada", "1");
  ASSERT_TRUE(copy().complete(CopyMode::Add));
  const auto again = copy().pass(CopyMode::Look);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->changes(), 0u);
}

TEST_F(StoreCopyTest, EventsAreAddedAndNeverChangedNorDeleted) {
  from.put(event, "ada", "1", 1);
  to.put(event, "ada", "2", 2);
  to.put(event, "ada", "3", 3);
  from.put(event, "ada", "3", 4);
  const auto report = copy().complete(CopyMode::Mirror);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->kinds[event].created, 1u);
  EXPECT_EQ(report->kinds[event].extra, 1u);
  EXPECT_EQ(report->extra(from.storage().schema()), 0u) << "a history of its own does no harm";
  EXPECT_EQ(report->left(), 1u);
  EXPECT_EQ(to.seen(event, "ada", "3"), 3);
}

TEST_F(StoreCopyTest, AUniqueValueThatMovedOnFromRecordToRecordArrives) {
  from.put_user("a", "x@example.org");
  from.put_user("b", "y@example.org");
  from.put_user("c", "z@example.org");
  ASSERT_TRUE(copy().complete(CopyMode::Add));
  from.put_user("c", "w@example.org");
  from.put_user("b", "z@example.org");
  from.put_user("a", "y@example.org");
  const auto report = copy().complete(CopyMode::Add);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->left(), 0u);
  EXPECT_EQ(to.all(), from.all());
}

// More than one commit lies between the two: the first finds the second's value taken, and the other way round.
TEST_F(StoreCopyTest, UniqueValuesThatWereExchangedArrive) {
  const auto put_others = [&](const char* where) {
    for (int at = 0; at < 100; ++at) from.put_user(numbered("b", at), numbered(where, at));
  };
  from.put_user("a", "x@example.org");
  from.put_user("c", "y@example.org");
  put_others("old");
  ASSERT_TRUE(copy().complete(CopyMode::Add));
  from.put_user("a", "free@example.org");
  from.put_user("c", "x@example.org");
  from.put_user("a", "y@example.org");
  put_others("new");
  const auto once = copy().pass(CopyMode::Look);
  ASSERT_TRUE(once);
  EXPECT_EQ(once->kinds[user].updated, 102u);
  const auto report = copy().complete(CopyMode::Mirror);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->kinds[user].updated, 102u);
  EXPECT_EQ(report->left(), 0u);
  EXPECT_EQ(to.all(), from.all());
}

TEST_F(StoreCopyTest, AUniqueValueThatAStrangerHoldsIsSaidAndTheRestIsCopied) {
  to.put_user("stranger", "x@example.org");
  from.put_user("a", "x@example.org");
  from.put_user("b", "y@example.org");
  const auto report = copy().complete(CopyMode::Add);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->left(), 1u);
  EXPECT_EQ(report->kinds[user].created, 1u);
  EXPECT_THAT(report->kinds[user].examples,
              testing::Contains(HasSubstr("acme/a/a: another record of the target holds its email")));
  ASSERT_TRUE(copy().complete(CopyMode::Mirror));
  EXPECT_EQ(to.all(), from.all());
}

TEST_F(StoreCopyTest, OneThatWasStoppedIsTakenUpByTheNext) {
  for (int at = 0; at < 500; ++at) from.put(session, "user", std::to_string(at), at);
  stop_after_asked = 200;
  const auto stopped = copy().complete(CopyMode::Mirror);
  ASSERT_TRUE(stopped);
  EXPECT_TRUE(stopped->stopped);
  const auto there = to.all().size();
  EXPECT_GT(there, 0u);
  EXPECT_LT(there, 500u);
  stop_after_asked = {};
  PatientCalls fresh(host.clock, waiting());
  const auto rest = StoreCopy(from.storage(), to.storage(), {"acme"}, fresh).complete(CopyMode::Mirror);
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->kinds[session].created, 500u - there);
  EXPECT_EQ(to.all(), from.all());
}

TEST_F(StoreCopyTest, LookingChangesNothing) {
  from.put(session, "ada", "1", 7);
  from.put(session, "ada", "2", 7);
  to.put(session, "ada", "2", 6);
  to.put(session, "ada", "3", 6);
  const auto before = to.all();
  const auto report = copy().complete(CopyMode::Look);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->kinds[session].created, 1u);
  EXPECT_EQ(report->kinds[session].updated, 1u);
  EXPECT_EQ(report->kinds[session].deleted, 1u);
  EXPECT_EQ(to.all(), before);
}

TEST_F(StoreCopyTest, VerificationIsSilentOnEqualStores) {
  for (int at = 0; at < 1'200; ++at) from.put(session, "u", std::to_string(at), at);
  ASSERT_TRUE(copy().complete(CopyMode::Add));
  const auto differences = copy().verify();
  ASSERT_TRUE(differences);
  EXPECT_THAT(*differences, IsEmpty());
}

TEST_F(StoreCopyTest, VerificationFindsEachDifferenceInBothDirections) {
  from.put(session, "ada", "missing", 1);
  from.put(session, "ada", "other", 1);
  to.put(session, "ada", "other", 2);
  to.put(session, "ada", "extra", 1);
  from.put(event, "ada", "same", 1);
  to.put(event, "ada", "same", 1);
  const auto differences = copy().verify();
  ASSERT_TRUE(differences);
  ASSERT_EQ(differences->size(), 1u);
  const auto& difference = differences->front();
  EXPECT_EQ(difference.kind, "session");
  EXPECT_EQ(difference.counted_in_source, 2u);
  EXPECT_EQ(difference.counted_in_target, 2u);
  EXPECT_THAT(difference.found.examples,
              ElementsAre("acme/ada/extra: only in the target", "acme/ada/missing: only in the source",
                          "acme/ada/other: other values"));
}

// Every writer commits through the source only, as a server does; the copy goes round until they are done.
TEST_F(StoreCopyTest, ASourceThatIsWrittenMeanwhileIsWholeInTheTargetAfterTheLastPass) {
  for (int at = 0; at < 300; ++at) from.put(session, numbered("u", at), "s", 0);
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int round = 1; round <= 40; ++round) {
      for (int at = round % 3; at < 300; at += 3) from.put(session, numbered("u", at), "s", round);
      from.remove(session, numbered("u", round), "s");
      from.put(session, numbered("new", round), "s", round);
    }
    done = true;
  });
  auto following = copy();
  bool failed = false;
  while (!done) failed = failed || !following.pass(CopyMode::Mirror);
  writer.join();
  EXPECT_FALSE(failed);
  const auto last = following.complete(CopyMode::Mirror);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->left(), 0u);
  EXPECT_EQ(to.all(), from.all());
}

TEST_F(StoreCopyTest, SeveralCopiesAtOnceEndWithTheSameTarget) {
  for (int at = 0; at < 1'000; ++at) from.put(session, numbered("u", at), "s", at);
  for (int at = 0; at < 1'000; at += 2) to.put(session, numbered("u", at), "s", -1);
  std::vector<std::thread> copies;
  std::atomic<int> whole{0};
  for (int at = 0; at < 3; ++at) {
    copies.emplace_back([&] {
      PatientCalls own(host.clock, [](std::chrono::milliseconds) { return true; });
      const auto report = StoreCopy(from.storage(), to.storage(), {"acme"}, own).complete(CopyMode::Mirror);
      whole += report && report->left() == 0 ? 1 : 0;
    });
  }
  for (auto& each : copies) each.join();
  EXPECT_EQ(whole, 3);
  EXPECT_EQ(to.all(), from.all());
}

}  // namespace
}  // namespace gatehouse::providers
