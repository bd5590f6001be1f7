// SPDX-License-Identifier: Apache-2.0
#include "unit/auth/auth_fixture.h"

namespace gatehouse::test {
namespace {

// What a plugin may say when it cannot answer, and what it must not say.
constexpr gh_status failures[] = {GH_UNAVAILABLE, GH_TIMEOUT, GH_DENIED, GH_INTERNAL, GH_UNSUPPORTED, 77, -1};

class ProviderFaults : public AuthFixture {
 protected:
  ProviderFaults() : AuthFixture(limited()) {}
  static app::ServiceSettings limited() {
    auto settings = fast({});
    settings.limits.enabled = true;
    settings.limits.login.count = settings.limits.signup.count = settings.limits.refresh.count = 1'000'000;
    settings.limits.other.count = 1'000'000;
    return settings;
  }

  // Every route, as a client would call it; each answer must be an outage, never a success.
  void expect_nothing_granted(const Answer& tokens, const std::string& what) {
    const auto bearer = tokens.text("accessToken");
    const std::vector<std::pair<const char*, Answer>> answers{
        {"signup", signup("new@example.org")},
        {"login", login()},
        {"refresh", refresh(tokens.text("refreshToken"))},
        {"user", get("/user", bearer)},
        {"sessions", get("/sessions", bearer)},
        {"revoke-all", post("/sessions/revoke-all", nlohmann::json::object(), bearer)},
        {"logout", post("/logout", nlohmann::json::object(), bearer)},
        {"logout everywhere", post("/logout", {{"everywhere", true}}, bearer)},
    };
    for (const auto& [route, answer] : answers) {
      EXPECT_EQ(answer.status, 0) << what << ": " << route;
      EXPECT_TRUE(answer.code == Code::ProviderUnavailable || answer.code == Code::Internal ||
                  answer.code == Code::InDoubt)
          << what << ": " << route << " answered " << answer.refusal();
    }
  }
  void expect_unharmed(const Answer& tokens, const std::string& what) {
    store_faults.clear();
    kms_faults.clear();
    limiter_faults.clear();
    EXPECT_EQ(get("/user", tokens.text("accessToken")).status, 200) << what;
    EXPECT_EQ(refresh(tokens.text("refreshToken")).status, 200) << what;
  }
};

TEST_F(ProviderFaults, AStoreThatCannotReadGrantsNothingAndSpendsNothing) {
  for (const auto status : failures) {
    const auto what = "get answers " + std::to_string(status);
    const auto tokens = signup("get" + std::to_string(status) + "@example.org");
    store_faults.answer(StoreVerb::Get, status);
    EXPECT_EQ(refresh(tokens.text("refreshToken")).status, 0) << what;
    EXPECT_EQ(get("/user", tokens.text("accessToken")).status, 0) << what;
    EXPECT_EQ(post("/logout", nlohmann::json::object(), tokens.text("accessToken")).status, 0) << what;
    expect_unharmed(tokens, what);
  }
}

TEST_F(ProviderFaults, AStoreThatCannotReadOrWriteIsAnOutageOnEveryRoute) {
  const auto tokens = signup();
  for (const auto status : failures) {
    store_faults.answer(StoreVerb::Get, status);
    store_faults.answer(StoreVerb::Find, status);
    store_faults.answer(StoreVerb::Commit, status);
    expect_nothing_granted(tokens, "store answers " + std::to_string(status));
    store_faults.clear();
  }
  expect_unharmed(tokens, "after all");
}

TEST_F(ProviderFaults, AStoreThatCannotWriteIsNeverReportedAsDone) {
  for (const auto status : failures) {
    const auto what = "commit answers " + std::to_string(status);
    const auto tokens = signup("commit" + std::to_string(status) + "@example.org");
    store_faults.answer(StoreVerb::Commit, status);
    const auto bearer = tokens.text("accessToken");
    EXPECT_EQ(login("commit" + std::to_string(status) + "@example.org").status, 0) << what;
    EXPECT_EQ(signup("other@example.org").status, 0) << what;
    EXPECT_EQ(refresh(tokens.text("refreshToken")).status, 0) << what;
    EXPECT_EQ(post("/logout", nlohmann::json::object(), bearer).status, 0) << what;
    EXPECT_EQ(post("/logout", {{"everywhere", true}}, bearer).status, 0) << what;
    EXPECT_EQ(post("/sessions/revoke-all", nlohmann::json::object(), bearer).status, 0) << what;
    expect_unharmed(tokens, what);
  }
}

TEST_F(ProviderFaults, ReuseIsNotForgivenBecauseTheStoreCouldNotBeWritten) {
  const auto first = signup();
  const auto second = refresh(first.text("refreshToken"));
  store_faults.answer(StoreVerb::Commit, GH_UNAVAILABLE);
  EXPECT_EQ(refresh(first.text("refreshToken")).code, Code::ProviderUnavailable);
  store_faults.clear();
  EXPECT_EQ(refresh(first.text("refreshToken")).code, Code::TokenReused);
  EXPECT_EQ(get("/user", second.text("accessToken")).code, Code::SessionRevoked);
}

TEST_F(ProviderFaults, KeysThatCannotSignSpendNoToken) {
  for (const auto status : {GH_UNAVAILABLE, GH_TIMEOUT, GH_DENIED, GH_INTERNAL, GH_NOT_FOUND}) {
    const auto what = "sign answers " + std::to_string(status);
    const auto tokens = signup("sign" + std::to_string(status) + "@example.org");
    kms_faults.answer(KmsVerb::Sign, status);
    EXPECT_EQ(refresh(tokens.text("refreshToken")).status, 0) << what;
    EXPECT_EQ(login("sign" + std::to_string(status) + "@example.org").status, 0) << what;
    EXPECT_EQ(signup("unsigned@example.org").status, 0) << what;
    expect_unharmed(tokens, what);
  }
}

TEST_F(ProviderFaults, KeysThatCannotMacAreAnOutageAndNotAnInvalidToken) {
  const auto tokens = signup();
  for (const auto status : failures) {
    kms_faults.answer(KmsVerb::Mac, status);
    const auto answer = refresh(tokens.text("refreshToken"));
    EXPECT_EQ(answer.status, 0) << status;
    EXPECT_NE(answer.code, Code::TokenInvalid) << status;
    kms_faults.clear();
  }
  expect_unharmed(tokens, "after all");
}

TEST_F(ProviderFaults, ALimiterThatCannotCountDenies) {
  const auto tokens = signup();
  for (const auto status : failures) {
    const auto what = "take answers " + std::to_string(status);
    limiter_faults.answer(LimiterVerb::Take, status);
    EXPECT_EQ(login().code, Code::ProviderUnavailable) << what;
    EXPECT_EQ(signup("new@example.org").code, Code::ProviderUnavailable) << what;
    EXPECT_EQ(refresh(tokens.text("refreshToken")).code, Code::ProviderUnavailable) << what;
    EXPECT_EQ(get("/user", tokens.text("accessToken")).code, Code::ProviderUnavailable) << what;
    limiter_faults.clear();
  }
  expect_unharmed(tokens, "after all");
}

TEST_F(ProviderFaults, ALimiterThatLiesAboutHavingCountedDenies) {
  const auto tokens = signup();
  // GH_OK without an answer: `allowed` stays 0.
  limiter_faults.answer(LimiterVerb::Take, GH_OK);
  EXPECT_EQ(login().status, 0);
  EXPECT_EQ(refresh(tokens.text("refreshToken")).status, 0);
}

TEST_F(ProviderFaults, WithoutRandomnessNothingIsGivenOutAndNothingIsSpent) {
  const auto tokens = signup();
  random.fail();
  EXPECT_EQ(signup("new@example.org").status, 0);
  EXPECT_EQ(login().status, 0);
  EXPECT_EQ(refresh(tokens.text("refreshToken")).status, 0);
  random.fail(false);
  expect_unharmed(tokens, "random is back");
}

TEST_F(ProviderFaults, ARecordThatLiesAboutItselfIsRefused) {
  const auto tokens = signup();
  store_faults.change_records([](gh_record& record) { record.version = 0; });
  EXPECT_EQ(get("/user", tokens.text("accessToken")).status, 0);
  store_faults.change_records([](gh_record& record) { record.value_count = 5; });
  EXPECT_EQ(refresh(tokens.text("refreshToken")).status, 0);
  store_faults.change_records({});
  expect_unharmed(tokens, "the store is honest again");
}

}  // namespace
}  // namespace gatehouse::test
