// SPDX-License-Identifier: Apache-2.0
#include "contract/test_store.h"

#include <gtest/gtest.h>

#include <vector>

namespace gatehouse::contract {
namespace {

class Limits : public StoreContract {
 protected:
  gh_status put_sample(std::vector<Value> values) {
    return store.commit(put(kind::Sample, key("1"), 0, std::move(values))).status;
  }
  static Query sessions() { return {.kind = kind::Session, .index = session::ByOwner, .tenant = "t"}; }
};

TEST_F(Limits, ExtremeValuesComeBackAsTheyWent) {
  std::string all_bytes;
  for (int byte = 0; byte < 256; ++byte) all_bytes.push_back(static_cast<char>(byte));
  const std::vector<std::vector<Value>> rows = {
      {boolean(false), integer(INT64_MIN), moment(INT64_MIN), text(""), bytes("")},
      {boolean(true), integer(INT64_MAX), moment(INT64_MAX), text("\xf0\x9f\x94\x91"), bytes(all_bytes)},
      {null(), integer(0), moment(0), null(), bytes(std::string(1, '\0'))},
      {null(), null(), null(), null(), null()},
  };
  std::int64_t version = 0;
  for (const auto& row : rows) {
    must(put(kind::Sample, key("1"), version++, row));
    EXPECT_EQ(store.read(kind::Sample, key("1"))->values, row);
  }
}

TEST_F(Limits, ExtremeValuesOutsideOfIndexesComeBackAsTheyWent) {
  const std::vector<std::vector<Value>> rows = {
      {text(""), integer(INT64_MIN), moment(INT64_MIN), moment(INT64_MAX), boolean(false), bytes("")},
      {null(), integer(INT64_MAX), moment(INT64_MAX), moment(INT64_MIN), boolean(true), bytes(std::string(3, '\0'))},
      {text("p"), integer(-1), moment(-1), moment(0), null(), bytes("1")},
      {text("1"), integer(0), null(), moment(INT64_MIN), boolean(true), null()},
  };
  std::int64_t version = 0;
  for (const auto& row : rows) {
    must(put(kind::Plain, key("1"), version++, row));
    EXPECT_EQ(store.read(kind::Plain, key("1"))->values, row);
  }
}

TEST_F(Limits, EveryByteMayStandInAKey) {
  std::string all_bytes;
  for (int byte = 0; byte < 128; ++byte) all_bytes.push_back(static_cast<char>(byte * 2 + 1));
  const Key odd{std::string("t\0\xff", 3), std::string("\0", 1), all_bytes};
  must(put(kind::Plain, odd, 0, plain_of("x")));
  EXPECT_EQ(store.read(kind::Plain, odd), (Record{odd, 1, plain_of("x")}));
  EXPECT_EQ(store.find_all({.kind = kind::Plain, .tenant = odd.tenant, .equals = {text(odd.partition)}}).size(), 1u);
  EXPECT_EQ(store.get(kind::Plain, {odd.tenant, std::string("\0\0", 2), odd.id}).status, GH_NOT_FOUND);
}

TEST_F(Limits, KeysOfTheLongestSizeWorkAndLongerOnesAreInvalid) {
  const Key longest{std::string(64, 't'), std::string(64, 'p'), std::string(128, 'i')};
  must(put(kind::Plain, longest, 0, plain_of("x")));
  EXPECT_EQ(store.get(kind::Plain, longest).status, GH_OK);
  for (const Key& bad :
       {Key{std::string(65, 't'), "p", "i"}, Key{"t", std::string(65, 'p'), "i"}, Key{"t", "p", std::string(129, 'i')},
        Key{"", "p", "i"}, Key{"t", "", "i"}, Key{"t", "p", ""}}) {
    EXPECT_EQ(store.commit(put(kind::Plain, bad, 0, plain_of("x"))).status, GH_INVALID) << bad;
    EXPECT_EQ(store.get(kind::Plain, bad).status, GH_INVALID) << bad;
  }
}

TEST_F(Limits, LongValuesComeBackWhole) {
  std::int64_t version = 0;
  for (const std::size_t size : {std::size_t{65'535}, std::size_t{65'536}, quirks().longest_value}) {
    std::string long_text(size, 'x');
    long_text.back() = 'y';
    must(put(kind::Plain, key("1"), version++, plain_of(long_text)));
    EXPECT_EQ(store.read(kind::Plain, key("1"))->values, plain_of(long_text));
  }
}

TEST_F(Limits, AnIndexHolds512BytesOfARecordAndRefusesMore) {
  must(put(kind::Sample, key("1"), 0,
           {null(), null(), null(), text(std::string(500, 'x')), bytes(std::string(12, 'y'))}));
  EXPECT_EQ(ids(store.find_all({.kind = kind::Sample, .index = sample::ByAll, .tenant = "t"})),
            std::vector<std::string>{"1"});
  EXPECT_EQ(store
                .commit(put(kind::Sample, key("2"), 0,
                            {null(), null(), null(), text(std::string(500, 'x')), bytes(std::string(13, 'y'))}))
                .status,
            GH_INVALID);
}

TEST_F(Limits, ValuesOfAnotherTypeAreInvalid) {
  EXPECT_EQ(put_sample({integer(1)}), GH_INVALID);
  EXPECT_EQ(put_sample({null(), moment(1)}), GH_INVALID);
  EXPECT_EQ(put_sample({null(), null(), integer(1)}), GH_INVALID);
  EXPECT_EQ(put_sample({null(), null(), null(), bytes("x")}), GH_INVALID);
  EXPECT_EQ(put_sample({null(), null(), null(), null(), text("x")}), GH_INVALID);
  EXPECT_EQ(put_sample({{GH_BOOL, 2, {}}}), GH_INVALID);
  EXPECT_EQ(put_sample({{77, 0, {}}}), GH_INVALID);
  EXPECT_EQ(store.get(kind::Sample, key("1")).status, GH_NOT_FOUND);
}

TEST_F(Limits, NullOrNothingInAFieldThatNeedsAValueIsInvalid) {
  EXPECT_EQ(store.commit(put(kind::Session, key("1"), 0, {null(), moment(0), integer(0)})).status, GH_INVALID);
  EXPECT_EQ(store.commit(put(kind::Session, key("1"), 0, {text("o"), moment(0)})).status, GH_INVALID);
}

TEST_F(Limits, MoreValuesThanFieldsAreInvalid) {
  EXPECT_EQ(store.commit(put(kind::Plain, key("1"), 0, std::vector<Value>(7))).status, GH_INVALID);
}

TEST_F(Limits, CommitsOfNoneOrMoreThan64WritesAreInvalid) {
  EXPECT_EQ(store.commit(std::vector<Write>{}).status, GH_INVALID);
  std::vector<Write> writes;
  for (int at = 0; at < 65; ++at) writes.push_back(put(kind::Plain, key(std::to_string(at)), 0, plain_of("x")));
  EXPECT_EQ(store.commit(writes).status, GH_INVALID);
  EXPECT_EQ(store.get(kind::Plain, key("0")).status, GH_NOT_FOUND);
}

TEST_F(Limits, AKeyTwiceInACommitIsInvalid) {
  EXPECT_EQ(
      store.commit({put(kind::Plain, key("1"), 0, plain_of("a")), put(kind::Plain, key("1"), 1, plain_of("b"))}).status,
      GH_INVALID);
}

TEST_F(Limits, WritesThatCannotBeRightAreInvalid) {
  EXPECT_EQ(store.commit(remove(kind::Plain, key("1"), 0)).status, GH_INVALID);
  EXPECT_EQ(store.commit(put(kind::Plain, key("1"), -1, plain_of("x"))).status, GH_INVALID);
  EXPECT_EQ(store.commit({9, kind::Plain, key("1"), 0, plain_of("x")}).status, GH_INVALID);
}

TEST_F(Limits, KindsThatAreUnknownOrElsewhereAreInvalid) {
  for (const std::uint32_t kind : {std::uint32_t{kind::Elsewhere}, std::uint32_t{99}}) {
    EXPECT_EQ(store.get(kind, key("1")).status, GH_INVALID);
    EXPECT_EQ(store.commit(put(kind, key("1"), 0, {})).status, GH_INVALID);
    EXPECT_EQ(store.find({.kind = kind, .tenant = "t"}).status, GH_INVALID);
    EXPECT_EQ(store.purge(kind, 0, 1).status, GH_INVALID);
  }
}

TEST_F(Limits, QueriesThatCannotBeRightAreInvalid) {
  auto query = sessions();
  query.index = 9;
  EXPECT_EQ(store.find(query).status, GH_INVALID) << "no such index";
  query = sessions();
  query.limit = 0;
  EXPECT_EQ(store.find(query).status, GH_INVALID) << "limit 0";
  query.limit = 1001;
  EXPECT_EQ(store.find(query).status, GH_INVALID) << "limit 1001";
  query = sessions();
  query.tenant = "";
  EXPECT_EQ(store.find(query).status, GH_INVALID) << "no tenant";
  query = sessions();
  query.equals = {integer(1)};
  EXPECT_EQ(store.find(query).status, GH_INVALID) << "wrong type";
  query.equals = {text("o"), moment(1), text("x")};
  EXPECT_EQ(store.find(query).status, GH_INVALID) << "more values than fields";
}

TEST_F(Limits, RangesThatCannotBeRightAreInvalid) {
  auto query = sessions();
  query.range = 9;
  EXPECT_EQ(store.find(query).status, GH_INVALID) << "unknown range";
  query.range = GH_RANGE_FROM;
  query.low = integer(1);
  EXPECT_EQ(store.find(query).status, GH_INVALID) << "wrong type";
  query.low = null();
  EXPECT_EQ(store.find(query).status, GH_INVALID) << "from null";
  query.equals = {text("o"), moment(1)};
  query.low = moment(1);
  EXPECT_EQ(store.find(query).status, GH_INVALID) << "no field left";
  query.equals = {text("o")};
  query.range = GH_RANGE_PREFIX;
  EXPECT_EQ(store.find(query).status, GH_INVALID) << "prefix of a time";
}

}  // namespace
}  // namespace gatehouse::contract
