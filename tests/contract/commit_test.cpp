// SPDX-License-Identifier: Apache-2.0
#include "contract/test_store.h"

#include <gtest/gtest.h>

namespace gatehouse::contract {
namespace {

using Commit = StoreContract;

TEST_F(Commit, FirstPutMakesVersionOne) {
  must(put(kind::Plain, key("1"), 0, plain_of("a")));
  EXPECT_EQ(store.read(kind::Plain, key("1")), (Record{key("1"), 1, plain_of("a")}));
}

TEST_F(Commit, EachPutAddsOneToTheVersion) {
  for (std::int64_t version = 0; version < 5; ++version) {
    must(put(kind::Plain, key("1"), version, plain_of(std::to_string(version))));
  }
  EXPECT_EQ(store.read(kind::Plain, key("1")), (Record{key("1"), 5, plain_of("4")}));
}

TEST_F(Commit, PutWithAnOldVersionLosesAndChangesNothing) {
  must(put(kind::Plain, key("1"), 0, plain_of("a")));
  must(put(kind::Plain, key("1"), 1, plain_of("b")));
  const Committed lost = store.commit(put(kind::Plain, key("1"), 1, plain_of("c")));
  EXPECT_EQ(lost.status, GH_CONFLICT);
  EXPECT_EQ(lost.conflict, GH_CONFLICT_VERSION);
  EXPECT_EQ(store.read(kind::Plain, key("1")), (Record{key("1"), 2, plain_of("b")}));
}

TEST_F(Commit, PutWithAVersionThatIsYetToComeLoses) {
  must(put(kind::Plain, key("1"), 0, plain_of("a")));
  EXPECT_EQ(store.commit(put(kind::Plain, key("1"), 2, plain_of("b"))).status, GH_CONFLICT);
}

TEST_F(Commit, CreatingWhatExistsLoses) {
  must(put(kind::Plain, key("1"), 0, plain_of("a")));
  const Committed lost = store.commit(put(kind::Plain, key("1"), 0, plain_of("b")));
  EXPECT_EQ(lost.status, GH_CONFLICT);
  EXPECT_EQ(lost.conflict, GH_CONFLICT_VERSION);
}

TEST_F(Commit, AWriteNeverRecreatesARecordThatIsGone) {
  must(put(kind::Plain, key("1"), 0, plain_of("a")));
  must(remove(kind::Plain, key("1"), 1));
  EXPECT_EQ(store.commit(put(kind::Plain, key("1"), 1, plain_of("b"))).status, GH_CONFLICT);
  EXPECT_EQ(store.commit(remove(kind::Plain, key("1"), 1)).status, GH_CONFLICT);
  EXPECT_EQ(store.get(kind::Plain, key("1")).status, GH_NOT_FOUND);
}

TEST_F(Commit, DeleteNeedsTheRightVersion) {
  must(put(kind::Plain, key("1"), 0, plain_of("a")));
  must(put(kind::Plain, key("1"), 1, plain_of("b")));
  EXPECT_EQ(store.commit(remove(kind::Plain, key("1"), 1)).status, GH_CONFLICT);
  must(remove(kind::Plain, key("1"), 2));
  EXPECT_EQ(store.get(kind::Plain, key("1")).status, GH_NOT_FOUND);
}

TEST_F(Commit, ADeletedKeyBeginsAgainAtVersionOne) {
  must(put(kind::Plain, key("1"), 0, plain_of("a")));
  must(remove(kind::Plain, key("1"), 1));
  must(put(kind::Plain, key("1"), 0, plain_of("b")));
  EXPECT_EQ(store.read(kind::Plain, key("1")), (Record{key("1"), 1, plain_of("b")}));
}

TEST_F(Commit, OneLosingWriteUndoesAllOthers) {
  must(put(kind::Plain, key("there"), 0, plain_of("a")));
  must(put(kind::Session, key("s"), 0, session_of("o")));
  const Committed lost = store.commit({put(kind::Plain, key("new"), 0, plain_of("b")),
                                       put(kind::Session, key("s"), 1, session_of("other")),
                                       put(kind::Plain, key("there"), 7, plain_of("c"))});
  EXPECT_EQ(lost.status, GH_CONFLICT);
  EXPECT_EQ(lost.failed_write, 2u);
  EXPECT_EQ(store.get(kind::Plain, key("new")).status, GH_NOT_FOUND);
  EXPECT_EQ(store.read(kind::Session, key("s"))->version, 1);
  EXPECT_EQ(store.read(kind::Session, key("s"))->values[session::Owner], text("o"));
}

TEST_F(Commit, PutsAndDeletesOfSeveralKindsHappenTogether) {
  must(put(kind::Session, key("old"), 0, session_of("o")));
  ASSERT_EQ(store
                .commit({remove(kind::Session, key("old"), 1), put(kind::Session, key("new"), 0, session_of("o")),
                         put(kind::Plain, key("new"), 0, plain_of("b"))})
                .status,
            GH_OK);
  EXPECT_EQ(store.get(kind::Session, key("old")).status, GH_NOT_FOUND);
  EXPECT_EQ(store.get(kind::Session, key("new")).status, GH_OK);
  EXPECT_EQ(store.get(kind::Plain, key("new")).status, GH_OK);
}

TEST_F(Commit, OneKeyInTwoKindsIsTwoRecords) {
  ASSERT_EQ(
      store.commit({put(kind::Plain, key("1"), 0, plain_of("a")), put(kind::Session, key("1"), 0, session_of("o"))})
          .status,
      GH_OK);
  must(remove(kind::Plain, key("1"), 1));
  EXPECT_EQ(store.get(kind::Session, key("1")).status, GH_OK);
}

TEST_F(Commit, SpansPartitionsOnlyWhereTheStoreSaysSo) {
  const Committed done = store.commit(
      {put(kind::Plain, key("1", "p"), 0, plain_of("a")), put(kind::Plain, key("1", "q"), 0, plain_of("b"))});
  EXPECT_EQ(done.status, store.crosses_partitions() ? GH_OK : GH_UNSUPPORTED);
  const gh_status then = store.crosses_partitions() ? GH_OK : GH_NOT_FOUND;
  EXPECT_EQ(store.get(kind::Plain, key("1", "p")).status, then);
  EXPECT_EQ(store.get(kind::Plain, key("1", "q")).status, then);
}

TEST_F(Commit, TenantPartitionAndIdAreThreePartsOfAKey) {
  must(put(kind::Plain, {"ab", "c", "d"}, 0, plain_of("1")));
  must(put(kind::Plain, {"a", "bc", "d"}, 0, plain_of("2")));
  must(put(kind::Plain, {"a", "b", "cd"}, 0, plain_of("3")));
  EXPECT_EQ(store.read(kind::Plain, {"ab", "c", "d"})->values, plain_of("1"));
  EXPECT_EQ(store.read(kind::Plain, {"a", "bc", "d"})->values, plain_of("2"));
  EXPECT_EQ(store.read(kind::Plain, {"a", "b", "cd"})->values, plain_of("3"));
}

TEST_F(Commit, SixtyFourWritesAreOneCommit) {
  std::vector<Write> writes;
  for (int at = 0; at < 64; ++at) writes.push_back(put(kind::Session, key(std::to_string(at)), 0, session_of("o", at)));
  ASSERT_EQ(store.commit(writes).status, GH_OK);
  Query query{.kind = kind::Session, .index = session::ByOwner, .tenant = "t", .equals = {text("o")}};
  EXPECT_EQ(store.find_all(query).size(), 64u);
}

TEST_F(Commit, ARecordGrowsAndShrinks) {
  for (std::int64_t version = 0; version < 40; ++version) {
    const std::size_t size = version % 2 == 0 ? static_cast<std::size_t>(version) * 500 : 0;
    auto values = session_of("o", version, version);
    values[session::Note] = text(std::string(size, 'x'));
    must(put(kind::Session, key("1"), version, values));
    ASSERT_EQ(store.read(kind::Session, key("1"))->values, values);
    Query query{.kind = kind::Session, .index = session::ByOwner, .tenant = "t", .equals = {text("o")}};
    ASSERT_EQ(store.find_all(query).size(), 1u);
  }
}

TEST_F(Commit, MissingValuesAreNull) {
  must(put(kind::Session, key("1"), 0, {text("o"), moment(1), integer(2)}));
  const auto record = store.read(kind::Session, key("1"));
  EXPECT_EQ(record->values[session::Counter], integer(2));
  EXPECT_EQ(record->values[session::Note], null());
  EXPECT_EQ(record->values[session::Expires], null());
}

TEST_F(Commit, AppendOnlyRecordsAreWrittenOnce) {
  const std::vector<Value> values = {text("login"), moment(5), bytes("x"), moment(now + 100)};
  must(put(kind::Event, key("1"), 0, values));
  EXPECT_EQ(store.commit(put(kind::Event, key("1"), 0, values)).status, GH_CONFLICT);
  EXPECT_EQ(store.commit(put(kind::Event, key("1"), 1, values)).status, GH_INVALID);
  EXPECT_EQ(store.commit(remove(kind::Event, key("1"), 1)).status, GH_INVALID);
  EXPECT_EQ(store.read(kind::Event, key("1")), (Record{key("1"), 1, values}));
}

TEST_F(Commit, AnInvalidWriteUndoesAllOthers) {
  EXPECT_EQ(
      store.commit({put(kind::Plain, key("1"), 0, plain_of("a")), put(kind::Plain, key("2"), 0, {integer(1)})}).status,
      GH_INVALID);
  EXPECT_EQ(store.get(kind::Plain, key("1")).status, GH_NOT_FOUND);
}

}  // namespace
}  // namespace gatehouse::contract
