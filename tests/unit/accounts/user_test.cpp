// SPDX-License-Identifier: Apache-2.0
#include "accounts/user.h"

#include <gatehouse/store.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gatehouse::accounts {
namespace {

using namespace std::chrono_literals;
using providers::RecordReader;
using providers::Value;
using providers::ValueType;

gh_slice slice(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

// A record as a store delivers it: what put_user asked for, under a new version.
class StoredRecord {
 public:
  explicit StoredRecord(const providers::Write& write) {
    for (const auto& value : write.values) {
      values_.push_back({static_cast<std::uint32_t>(value.type), 0, value.i, slice(value.s)});
    }
    record_.struct_size = sizeof(record_);
    record_.version = write.expected_version + 1;
    record_.key = {slice(write.key.tenant), slice(write.key.partition), slice(write.key.id)};
  }

  gh_value& value(std::uint32_t field) { return values_.at(field); }
  gh_record& raw() { return record_; }
  void shorten(std::uint32_t count) { values_.resize(count); }

  template <class T>
  std::optional<T> read(std::optional<T> (*decode)(RecordReader&)) {
    record_.values = values_.data();
    record_.value_count = static_cast<std::uint32_t>(values_.size());
    RecordReader reader(record_);
    return decode(reader);
  }

 private:
  gh_record record_{};
  std::vector<gh_value> values_;
};

User ada() {
  User user;
  user.id = "0190b2c4-0000-7000-8000-000000000001";
  user.tenant = "default";
  user.email = "Ada@Example.com";
  user.email_normalized = "ada@example.com";
  user.password_hash = "$argon2id$...";
  user.first_name = "Ada";
  user.last_name = "Lovelace";
  user.name = "Ada Lovelace";
  user.phone = "+441234567890";
  user.email_verified = true;
  user.status = UserStatus::Disabled;
  user.user_type = "individual";
  user.role = "USER";
  user.failed_login_attempts = 3;
  user.locked_until = Time(1'800'000'001s);
  user.login_count = 4;
  user.last_login_at = Time(1'800'000'002s);
  user.last_login_ip = "2001:db8::1";
  user.last_active_at = Time(1'800'000'003s);
  user.session_epoch = 5;
  user.created_at = Time(1'800'000'004s);
  user.updated_at = Time(1'800'000'005us);
  user.password_changed_at = Time(1'800'000'006s);
  user.version = 7;
  return user;
}

// Compares by the record, which holds every field once.
void expect_same(const User& a, const User& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.tenant, b.tenant);
  const auto left = encode_user(a);
  const auto right = encode_user(b);
  for (std::uint32_t i = 0; i < user_field::count; ++i) {
    EXPECT_EQ(left[i].type, right[i].type) << user_kind().fields[i].name;
    EXPECT_EQ(left[i].i, right[i].i) << user_kind().fields[i].name;
    EXPECT_EQ(left[i].s, right[i].s) << user_kind().fields[i].name;
  }
}

TEST(UserRecord, ComesBackAsItWentIn) {
  const User user = ada();
  const auto values = encode_user(user);
  const auto read = StoredRecord(put_user(1, user, values)).read(decode_user);
  ASSERT_TRUE(read);
  expect_same(*read, user);
  EXPECT_EQ(read->version, 8);
}

TEST(UserRecord, OfANewUserComesBackAsItWentIn) {
  User user;
  user.id = "u";
  user.tenant = "t";
  const auto values = encode_user(user);
  const auto read = StoredRecord(put_user(1, user, values)).read(decode_user);
  ASSERT_TRUE(read);
  expect_same(*read, user);
  EXPECT_EQ(read->locked_until, std::nullopt);
  EXPECT_EQ(read->version, 1);
}

// Otherwise a field that encode and decode both forget would come back "as it went in".
TEST(UserRecord, HoldsAValueInEveryField) {
  const User user = ada();
  const auto values = encode_user(user);
  std::set<std::pair<std::int64_t, std::string_view>> different;
  for (std::uint32_t i = 0; i < user_field::count; ++i) {
    EXPECT_NE(values[i].type, ValueType::Null) << user_kind().fields[i].name;
    different.insert({values[i].i, values[i].s});
  }
  // Only email_normalized and email_unique are alike.
  EXPECT_EQ(different.size(), user_field::count - 1U);
}

TEST(UserRecord, FitsItsKind) {
  const auto kind = user_kind();
  const User user = ada();
  const auto values = encode_user(user);
  ASSERT_EQ(kind.fields.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(kind.fields[i].type, values[i].type) << kind.fields[i].name;
}

TEST(UserRecord, OfAnEmptyUserHasNullOnlyWhereTheKindAllowsIt) {
  const auto kind = user_kind();
  const auto values = encode_user(User{});
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_TRUE(kind.fields[i].nullable || values[i].type != ValueType::Null) << kind.fields[i].name;
  }
}

TEST(UserKind, NamesItsFieldsAtTheirPositions) {
  const auto kind = user_kind();
  EXPECT_EQ(kind.name, "user");
  EXPECT_EQ(kind.fields[user_field::email].name, "email");
  EXPECT_EQ(kind.fields[user_field::email_unique].name, "email_unique");
  EXPECT_EQ(kind.fields[user_field::status].name, "status");
  EXPECT_EQ(kind.fields[user_field::locked_until].name, "locked_until");
  EXPECT_EQ(kind.fields[user_field::session_epoch].name, "session_epoch");
  EXPECT_EQ(kind.fields[user_field::password_changed_at].name, "password_changed_at");
  EXPECT_EQ(kind.fields.size(), std::size_t{user_field::count});
}

TEST(UserKind, MakesAddressesUnique) {
  const auto index = user_kind().indexes.at(user_index::email_unique);
  EXPECT_TRUE(index.unique);
  EXPECT_EQ(index.fields, std::vector<std::uint32_t>{user_field::email_unique});
}

TEST(UserKind, MarksPersonalDataAsSensitive) {
  for (const auto field : {user_field::email, user_field::email_normalized, user_field::email_unique,
                           user_field::password_hash, user_field::first_name, user_field::last_name, user_field::name,
                           user_field::phone, user_field::last_login_ip}) {
    EXPECT_TRUE(user_kind().fields[field].sensitive) << user_kind().fields[field].name;
  }
}

TEST(UserRecord, FreesTheAddressOfADeletedUser) {
  User user = ada();
  user.status = UserStatus::Deleted;
  const auto values = encode_user(user);
  EXPECT_EQ(values[user_field::email_unique].type, ValueType::Null);
  EXPECT_EQ(values[user_field::email_normalized].s, "ada@example.com");
}

TEST(UserRecord, IsWrittenOverTheVersionThatWasRead) {
  const User user = ada();
  const auto values = encode_user(user);
  const auto write = put_user(3, user, values);
  EXPECT_EQ(write.op, providers::Write::Op::Put);
  EXPECT_EQ(write.kind, 3U);
  EXPECT_EQ(write.expected_version, 7);
  EXPECT_EQ(write.key.tenant, "default");
  EXPECT_EQ(write.key.partition, user.id);
  EXPECT_EQ(write.key.id, user.id);
  EXPECT_EQ(write.values.data(), values.data());
}

TEST(UserGateRecord, HoldsWhatARefreshNeeds) {
  const User user = ada();
  const auto values = encode_user(user);
  const auto gate = StoredRecord(put_user(1, user, values)).read(decode_user_gate);
  ASSERT_TRUE(gate);
  EXPECT_EQ(gate->status, UserStatus::Disabled);
  EXPECT_EQ(gate->locked_until, user.locked_until);
  EXPECT_TRUE(gate->email_verified);
  EXPECT_EQ(gate->session_epoch, 5);
  EXPECT_EQ(gate->role, "USER");
  EXPECT_EQ(gate->email, "Ada@Example.com");
  EXPECT_EQ(gate->first_name, "Ada");
  EXPECT_EQ(gate->last_name, "Lovelace");
  EXPECT_EQ(gate->name, "Ada Lovelace");
  EXPECT_EQ(gate->user_type, "individual");
}

struct Lie {
  const char* name;
  std::function<void(StoredRecord&)> tell;
};

void PrintTo(const Lie& lie, std::ostream* out) { *out << lie.name; }

class LyingStores : public testing::TestWithParam<Lie> {
 protected:
  const User user_ = ada();
  const UserValues values_ = encode_user(user_);
  StoredRecord record_{put_user(1, user_, values_)};
};

TEST_P(LyingStores, GiveNoUser) {
  GetParam().tell(record_);
  EXPECT_FALSE(record_.read(decode_user));
}

TEST_P(LyingStores, GiveNoGate) {
  GetParam().tell(record_);
  EXPECT_FALSE(record_.read(decode_user_gate));
}

INSTANTIATE_TEST_SUITE_P(
    UserRecord, LyingStores,
    testing::Values(
        Lie{"UnknownStatus", [](StoredRecord& r) { r.value(user_field::status).s = slice("banned"); }},
        Lie{"StatusInUpperCase", [](StoredRecord& r) { r.value(user_field::status).s = slice("ACTIVE"); }},
        Lie{"NoStatus", [](StoredRecord& r) { r.value(user_field::status).type = GH_NULL; }},
        Lie{"StatusOfAnotherType", [](StoredRecord& r) { r.value(user_field::status).type = GH_INT; }},
        Lie{"LockOfAnotherType", [](StoredRecord& r) { r.value(user_field::locked_until).type = GH_INT; }},
        Lie{"EpochOfAnotherType", [](StoredRecord& r) { r.value(user_field::session_epoch).type = GH_TEXT; }},
        Lie{"VerifiedOfAnotherType", [](StoredRecord& r) { r.value(user_field::email_verified).type = GH_INT; }},
        Lie{"EmailOfAnotherType", [](StoredRecord& r) { r.value(user_field::email).type = GH_BYTES; }},
        Lie{"PartitionOfAnother", [](StoredRecord& r) { r.raw().key.partition = slice("somebody"); }},
        Lie{"CutOffBeforeTheStatus", [](StoredRecord& r) { r.shorten(user_field::status); }}),
    [](const auto& test) { return test.param.name; });

TEST(UserRecord, OfATimeBeforeItsLastFieldsIsStillRead) {
  const User user = ada();
  const auto values = encode_user(user);
  StoredRecord record(put_user(1, user, values));
  record.shorten(user_field::password_changed_at);
  const auto read = record.read(decode_user);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->password_changed_at, std::nullopt);
  EXPECT_EQ(read->session_epoch, 5);
}

}  // namespace
}  // namespace gatehouse::accounts
