// SPDX-License-Identifier: Apache-2.0
#include "contract/test_store.h"

#include <gtest/gtest.h>

namespace gatehouse::contract {
namespace {

class Expiry : public StoreContract {
 protected:
  static constexpr std::int64_t end = now + 100;

  static Write ending(const std::string& id, std::int64_t expected, Value expires, const std::string& partition = "p") {
    return put(kind::Session, key(id, partition), expected, session_of("o", 0, expected, std::move(expires)));
  }
  static Query of_owner() {
    return {.kind = kind::Session, .index = session::ByOwner, .tenant = "t", .equals = {text("o")}};
  }
};

TEST_F(Expiry, ARecordIsSeenUntilItsExpiryAndNotThen) {
  must(ending("1", 0, moment(end)));
  EXPECT_EQ(store.get(kind::Session, key("1"), end - 1).status, GH_OK);
  EXPECT_EQ(store.get(kind::Session, key("1"), end).status, GH_NOT_FOUND);
  EXPECT_EQ(store.find_all(of_owner(), end - 1).size(), 1u);
  EXPECT_TRUE(store.find_all(of_owner(), end).empty());
  EXPECT_EQ(store.count(of_owner(), end - 1).count, 1u);
  EXPECT_EQ(store.count(of_owner(), end).count, 0u);
}

TEST_F(Expiry, NullNeverExpires) {
  must(ending("1", 0, null()));
  EXPECT_EQ(store.get(kind::Session, key("1"), INT64_MAX).status, GH_OK);
  EXPECT_EQ(store.purge(kind::Session, INT64_MAX, 10).deleted, 0u);
}

TEST_F(Expiry, AClockThatJumpsAheadAndBackLosesNothing) {
  must(ending("1", 0, moment(end)));
  EXPECT_EQ(store.get(kind::Session, key("1"), end + 1'000'000).status, GH_NOT_FOUND);
  EXPECT_TRUE(store.find_all(of_owner(), end + 1'000'000).empty());
  EXPECT_EQ(store.commit(ending("1", 1, moment(end)), end + 1'000'000).status, GH_CONFLICT);
  EXPECT_EQ(store.read(kind::Session, key("1"), now)->version, 1);
}

TEST_F(Expiry, AWriteToAnExpiredRecordLoses) {
  must(ending("1", 0, moment(end)));
  const Committed lost = store.commit(ending("1", 1, moment(end + 50)), end);
  EXPECT_EQ(lost.status, GH_CONFLICT);
  EXPECT_EQ(lost.conflict, GH_CONFLICT_VERSION);
  EXPECT_EQ(store.commit(remove(kind::Session, key("1"), 1), end).status, GH_CONFLICT);
}

TEST_F(Expiry, CreatingAtTheKeyOfAnExpiredRecordBeginsAtVersionOne) {
  must(ending("1", 0, moment(end)));
  must(ending("1", 1, moment(end)));
  must(ending("1", 0, moment(end + 50)), end);
  EXPECT_EQ(store.read(kind::Session, key("1"), end)->version, 1);
  EXPECT_EQ(store.find_all(of_owner(), end).size(), 1u);
}

TEST_F(Expiry, AnExpiryCanBePutOffAndBroughtForward) {
  must(ending("1", 0, moment(end)));
  must(ending("1", 1, moment(end + 50)));
  EXPECT_EQ(store.get(kind::Session, key("1"), end + 49).status, GH_OK);
  must(ending("1", 2, moment(end - 50)));
  EXPECT_EQ(store.get(kind::Session, key("1"), end - 50).status, GH_NOT_FOUND);
  EXPECT_EQ(store.purge(kind::Session, end - 49, 10).deleted, 1u);
}

TEST_F(Expiry, AnExpiryCanBeTakenAwayAndGiven) {
  must(ending("1", 0, moment(end)));
  must(ending("1", 1, null()));
  EXPECT_EQ(store.purge(kind::Session, INT64_MAX, 10).deleted, 0u);
  must(ending("1", 2, moment(end)));
  EXPECT_EQ(store.purge(kind::Session, end + 1, 10).deleted, 1u);
}

TEST_F(Expiry, PurgeDeletesWhatExpiredBeforeAndNothingElse) {
  must(ending("before", 0, moment(end - 1)));
  must(ending("at", 0, moment(end)));
  must(ending("after", 0, moment(end + 1)));
  must(ending("never", 0, null()));
  const auto purged = store.purge(kind::Session, end, 10);
  EXPECT_EQ(purged.status, GH_OK);
  EXPECT_EQ(purged.deleted, 1u);
  EXPECT_EQ(store.get(kind::Session, key("before"), before_all_time).status, GH_NOT_FOUND);
  EXPECT_EQ(store.get(kind::Session, key("at"), before_all_time).status, GH_OK);
  EXPECT_EQ(store.get(kind::Session, key("after"), before_all_time).status, GH_OK);
  EXPECT_EQ(store.get(kind::Session, key("never"), before_all_time).status, GH_OK);
}

TEST_F(Expiry, ARecordThatWasExtendedIsNotPurged) {
  for (int at = 0; at < 50; ++at) must(ending(std::to_string(at), 0, moment(end)));
  for (int at = 0; at < 50; at += 2) must(ending(std::to_string(at), 1, moment(end + 100)));
  EXPECT_EQ(store.purge(kind::Session, end + 1, 1000).deleted, 25u);
  EXPECT_EQ(store.find_all(of_owner(), before_all_time).size(), 25u);
}

TEST_F(Expiry, PurgeStopsAtItsLimitAndGoesOnNextTime) {
  for (int at = 0; at < 150; ++at) must(ending(std::to_string(at), 0, moment(end), std::to_string(at % 7)));
  EXPECT_EQ(store.purge(kind::Session, end + 1, 100).deleted, 100u);
  EXPECT_EQ(store.find_all(of_owner(), before_all_time).size(), 50u);
  EXPECT_EQ(store.purge(kind::Session, end + 1, 100).deleted, 50u);
  EXPECT_EQ(store.purge(kind::Session, end + 1, 100).deleted, 0u);
}

TEST_F(Expiry, PurgeGoesThroughAllTenants) {
  must(put(kind::Session, key("1", "p", "t"), 0, session_of("o", 0, 0, moment(end))));
  must(put(kind::Session, key("1", "p", "u"), 0, session_of("o", 0, 0, moment(end))));
  EXPECT_EQ(store.purge(kind::Session, end + 1, 10).deleted, 2u);
}

TEST_F(Expiry, PurgeTakesAppendOnlyRecordsAndTheirIndexEntries) {
  for (int at = 0; at < 300; ++at) {
    must(put(kind::Event, key(std::to_string(at), std::to_string(at % 5)), 0,
             {text("login"), moment(at), null(), moment(end + at)}));
  }
  EXPECT_EQ(store.purge(kind::Event, end + 200, 1000).deleted, 200u);
  const Query query{.kind = kind::Event, .index = event::ByTypeTime, .tenant = "t", .equals = {text("login")}};
  EXPECT_EQ(store.find_all(query, before_all_time).size(), 100u);
}

TEST_F(Expiry, APurgedKeyAndItsUniqueValueAreFree) {
  must(put(kind::Account, key("1"), 0, account_of(text("a@x"), moment(end))));
  ASSERT_EQ(store.purge(kind::Account, end + 1, 10).deleted, 1u);
  must(put(kind::Account, key("1"), 0, account_of(text("b@x"))));
  must(put(kind::Account, key("2"), 0, account_of(text("a@x"))));
}

TEST_F(Expiry, PurgeOfAKindWithoutExpiryIsUnsupported) {
  EXPECT_EQ(store.purge(kind::Plain, INT64_MAX, 10).status, GH_UNSUPPORTED);
}

TEST_F(Expiry, TheEndsOfTimeAreTimes) {
  must(ending("first", 0, moment(INT64_MIN)), INT64_MIN);
  must(ending("last", 0, moment(INT64_MAX)));
  EXPECT_EQ(store.get(kind::Session, key("first"), INT64_MIN).status, GH_NOT_FOUND);
  EXPECT_EQ(store.get(kind::Session, key("last"), INT64_MAX - 1).status, GH_OK);
  EXPECT_EQ(store.get(kind::Session, key("last"), INT64_MAX).status, GH_NOT_FOUND);
  EXPECT_EQ(store.purge(kind::Session, INT64_MAX, 10).deleted, 1u);
}

}  // namespace
}  // namespace gatehouse::contract
