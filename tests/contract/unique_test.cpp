// SPDX-License-Identifier: Apache-2.0
#include "contract/test_store.h"

#include <gtest/gtest.h>

namespace gatehouse::contract {
namespace {

class Unique : public StoreContract {
 protected:
  static Write account(const std::string& id, std::int64_t expected, Value email, Value until = null()) {
    return put(kind::Account, key(id), expected, account_of(std::move(email), std::move(until)));
  }
  static Write member(const std::string& id, std::int64_t expected, Value org, Value slug) {
    auto values = account_of(null());
    values[account::Org] = std::move(org);
    values[account::Slug] = std::move(slug);
    return put(kind::Account, key(id), expected, std::move(values));
  }
  std::vector<std::string> holders(const std::string& email, std::int64_t at = now) const {
    return ids(
        store.find_all({.kind = kind::Account, .index = account::ByEmail, .tenant = "t", .equals = {text(email)}}, at));
  }
};

TEST_F(Unique, ASecondRecordWithTheValueLoses) {
  must(account("1", 0, text("a@x")));
  const Committed lost = store.commit({account("3", 0, text("c@x")), account("2", 0, text("a@x"))});
  EXPECT_EQ(lost.status, GH_CONFLICT);
  EXPECT_EQ(lost.conflict, GH_CONFLICT_UNIQUE);
  EXPECT_EQ(lost.failed_write, 1u);
  EXPECT_EQ(lost.unique_index, account::ByEmail);
  EXPECT_EQ(store.get(kind::Account, key("3")).status, GH_NOT_FOUND);
}

TEST_F(Unique, AChangeToATakenValueLoses) {
  must(account("1", 0, text("a@x")));
  must(account("2", 0, text("b@x")));
  EXPECT_EQ(store.commit(account("2", 1, text("a@x"))).status, GH_CONFLICT);
  EXPECT_EQ(holders("b@x"), std::vector<std::string>{"2"});
}

TEST_F(Unique, ARecordKeepsItsOwnValue) {
  must(account("1", 0, text("a@x")));
  must(account("1", 1, text("a@x")));
  EXPECT_EQ(holders("a@x"), std::vector<std::string>{"1"});
}

TEST_F(Unique, DeletingFreesTheValue) {
  must(account("1", 0, text("a@x")));
  must(remove(kind::Account, key("1"), 1));
  must(account("2", 0, text("a@x")));
  EXPECT_EQ(holders("a@x"), std::vector<std::string>{"2"});
}

TEST_F(Unique, ChangingFreesTheValue) {
  must(account("1", 0, text("a@x")));
  must(account("1", 1, text("b@x")));
  must(account("2", 0, text("a@x")));
  EXPECT_EQ(holders("a@x"), std::vector<std::string>{"2"});
  EXPECT_EQ(holders("b@x"), std::vector<std::string>{"1"});
}

TEST_F(Unique, NullIsNoValue) {
  must(account("1", 0, null()));
  must(account("2", 0, null()));
  EXPECT_EQ(
      store.find_all({.kind = kind::Account, .index = account::ByEmail, .tenant = "t", .equals = {null()}}).size(), 2u);
}

TEST_F(Unique, TheEmptyTextIsAValue) {
  must(account("1", 0, text("")));
  EXPECT_EQ(store.commit(account("2", 0, text(""))).status, GH_CONFLICT);
}

TEST_F(Unique, NullInOneFieldOfSeveralTakesTheRecordOut) {
  must(member("1", 0, text("org"), null()));
  must(member("2", 0, text("org"), null()));
  must(member("3", 0, null(), text("slug")));
  must(member("4", 0, null(), text("slug")));
  must(member("5", 0, text("org"), text("slug")));
  const Committed lost = store.commit(member("6", 0, text("org"), text("slug")));
  EXPECT_EQ(lost.status, GH_CONFLICT);
  EXPECT_EQ(lost.unique_index, account::ByOrgSlug);
}

TEST_F(Unique, FieldsAreNotJoined) {
  must(member("1", 0, text("ab"), text("c")));
  must(member("2", 0, text("a"), text("bc")));
}

TEST_F(Unique, EachTenantHasItsOwnValues) {
  must(account("1", 0, text("a@x")));
  must(put(kind::Account, key("1", "p", "u"), 0, account_of(text("a@x"))));
  EXPECT_EQ(holders("a@x").size(), 1u);
}

TEST_F(Unique, OneCommitMovesAValueFromOneRecordToAnother) {
  must(account("1", 0, text("a@x")));
  must(account("2", 0, text("b@x")));
  ASSERT_EQ(store.commit({account("2", 1, text("a@x")), account("1", 1, text("c@x"))}).status, GH_OK);
  EXPECT_EQ(holders("a@x"), std::vector<std::string>{"2"});
  EXPECT_EQ(holders("c@x"), std::vector<std::string>{"1"});
  EXPECT_TRUE(holders("b@x").empty());
}

TEST_F(Unique, TwoRecordsSwapTheirValues) {
  must(account("1", 0, text("a@x")));
  must(account("2", 0, text("b@x")));
  ASSERT_EQ(store.commit({account("1", 1, text("b@x")), account("2", 1, text("a@x"))}).status, GH_OK);
  EXPECT_EQ(holders("a@x"), std::vector<std::string>{"2"});
  EXPECT_EQ(holders("b@x"), std::vector<std::string>{"1"});
}

TEST_F(Unique, AValueMovesFromADeletedRecordInOneCommit) {
  must(account("1", 0, text("a@x")));
  ASSERT_EQ(store.commit({account("2", 0, text("a@x")), remove(kind::Account, key("1"), 1)}).status, GH_OK);
  EXPECT_EQ(holders("a@x"), std::vector<std::string>{"2"});
}

TEST_F(Unique, TwoWritesOfOneCommitCannotTakeTheSameValue) {
  const Committed lost = store.commit({account("1", 0, text("a@x")), account("2", 0, text("a@x"))});
  EXPECT_EQ(lost.status, GH_CONFLICT);
  EXPECT_EQ(lost.conflict, GH_CONFLICT_UNIQUE);
  EXPECT_TRUE(holders("a@x").empty());
}

TEST_F(Unique, AnExpiredRecordHoldsNoValue) {
  must(account("1", 0, text("a@x"), moment(now + 10)));
  EXPECT_EQ(store.commit(account("2", 0, text("a@x")), now + 9).status, GH_CONFLICT);
  must(account("2", 0, text("a@x")), now + 10);
  EXPECT_EQ(holders("a@x", now + 10), std::vector<std::string>{"2"});
}

TEST_F(Unique, WhoTakesTheValueOfAnExpiredRecordTakesItsPlaceForGood) {
  must(account("1", 0, text("a@x"), moment(now + 10)));
  must(account("2", 0, text("a@x")), now + 10);
  EXPECT_EQ(store.get(kind::Account, key("1"), now).status, GH_NOT_FOUND);
  EXPECT_EQ(holders("a@x", now), std::vector<std::string>{"2"});
}

TEST_F(Unique, ALosingCommitTakesNoExpiredRecordsPlace) {
  must(account("1", 0, text("a@x"), moment(now + 10)));
  must(account("3", 0, text("c@x")));
  EXPECT_EQ(store.commit({account("2", 0, text("a@x")), account("4", 0, text("c@x"))}, now + 10).status, GH_CONFLICT);
  EXPECT_EQ(holders("a@x", now), std::vector<std::string>{"1"});
}

}  // namespace
}  // namespace gatehouse::contract
