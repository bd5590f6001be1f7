// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/fake_vault.h"

#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string>

namespace gatehouse::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A server whose keys are in Vault. The parameter is the setting `macs`.
class OnVault : public ApiTest, public ::testing::WithParamInterface<const char*> {
 protected:
  ServerOptions options(const std::string& macs) {
    const std::string ca = folder_.write("ca.pem", vault_.ca_pem()).string();
    ServerOptions options;
    options.settings["keys.provider"] = "\"vault\"";
    options.more = "[[plugin]]\nname = \"vault\"\nlibrary = \"kms-vault\"\n[plugin.config]\naddress = \"" +
                   vault_.url() + "\"\nca_file = \"" + ca + "\"\nmacs = \"" + macs +
                   "\"\nrole_id = \"role-1\"\nsecret_id = { env = \"TEST_SECRET_ID\" }\ncheck_interval = \"100ms\"\n";
    options.environment = {{"TEST_SECRET_ID", "canary-secret"}};
    return options;
  }
  void SetUp() override {
    vault_.add_role("role-1", "canary-secret");
    start(options(GetParam()));
  }
  void TearDown() override {
    EXPECT_THAT(server().output(), Not(HasSubstr("hvs.")));
    EXPECT_THAT(server().output(), Not(HasSubstr("canary")));
    ApiTest::TearDown();
  }

  std::set<std::string> key_ids() {
    std::set<std::string> ids;
    const auto body = Json::parse(HttpClient(server().listen()).get("/.well-known/jwks.json").body);
    for (const auto& key : body["keys"].items()) ids.insert(key["kid"].text());
    return ids;
  }
  // Until the server has looked at the key twice more: the first look may have begun before.
  void wait_for_a_look_at(const std::string& key) {
    const std::string request = "GET transit/keys/" + key;
    ASSERT_TRUE(vault_.wait_for(request, vault_.requests(request) + 2));
  }
  // The server takes up new signing keys every two seconds; Vault is asked more often.
  void wait_for_key_ids(std::size_t count) {
    for (int look = 0; look < 100 && key_ids().size() != count; ++look) wait_for_a_look_at("gatehouse-refresh");
    ASSERT_EQ(key_ids().size(), count);
  }
  // Refreshes until it works: the server pauses for a second where five calls failed.
  Tokens refreshed_before_long(const std::string& token) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    auto response = api().refresh(token);
    while (response.status == 503 && std::chrono::steady_clock::now() < until) response = api().refresh(token);
    return tokens_of(response);
  }

  TempFolder folder_;
  FakeVault vault_;
};
INSTANTIATE_TEST_SUITE_P(Modes, OnVault, ::testing::Values("envelope", "transit"));

TEST_P(OnVault, TheSessionStoryWorks) {
  const auto who = account("ada");
  api().signed_up(who);
  const auto first = api().logged_in(who);
  EXPECT_EQ(api().user(first.access).status, 200);
  const auto second = api().refreshed(first.refresh);
  EXPECT_EQ(api().user(second.access).status, 200);
  EXPECT_TRUE(is_problem(api().refresh(first.refresh), 401, "TOKEN_REUSED"));
  EXPECT_EQ(key_ids().size(), 1u);
}

TEST_P(OnVault, ARotationWhileServingLogsNobodyOut) {
  const auto before = api().signed_up(account("ada"));
  const auto old_ids = key_ids();
  vault_.rotate("gatehouse-access");
  vault_.rotate("gatehouse-refresh");
  wait_for_key_ids(2);
  EXPECT_EQ(api().user(before.access).status, 200);
  const auto after = api().refreshed(before.refresh);
  EXPECT_EQ(api().user(after.access).status, 200);
  EXPECT_EQ(key_ids().count(*old_ids.begin()), 1u);
}

TEST_P(OnVault, WhatADisabledVersionProtectedIsInvalid) {
  const auto before = api().signed_up(account("ada"));
  vault_.rotate("gatehouse-refresh");
  vault_.set_min_decryption_version("gatehouse-refresh", 2);
  wait_for_a_look_at("gatehouse-refresh");
  EXPECT_TRUE(is_problem(api().refresh(before.refresh), 401, "TOKEN_INVALID"));
  EXPECT_EQ(api().login(account("ada")).status, 200);
}

TEST_P(OnVault, WithoutVaultNobodyGetsATokenAndNoneIsSpent) {
  const auto tokens = api().signed_up(account("ada"));
  vault_.down();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(is_problem(api().refresh(tokens.refresh), 503, "PROVIDER_UNAVAILABLE"));
    EXPECT_TRUE(is_problem(api().login(account("ada")), 503, "PROVIDER_UNAVAILABLE"));
  }
  // Its signature is verified with the public key, which is in memory.
  EXPECT_EQ(api().user(tokens.access).status, 200);
  vault_.up();
  EXPECT_EQ(api().user(refreshed_before_long(tokens.refresh).access).status, 200);
}

TEST_P(OnVault, ASealedVaultIsAsOneThatIsAway) {
  const auto tokens = api().signed_up(account("ada"));
  vault_.answer("", 503, R"({"errors":["Vault is sealed"]})");
  EXPECT_TRUE(is_problem(api().refresh(tokens.refresh), 503, "PROVIDER_UNAVAILABLE"));
  vault_.heal();
  EXPECT_EQ(api().user(refreshed_before_long(tokens.refresh).access).status, 200);
}

// HS256: the one signature that only the key's holder can verify.
TEST_P(OnVault, ATokenThatVaultMustVerifyIsNotAcceptedWithoutIt) {
  ASSERT_EQ(server().stop(), 0);
  auto hs256 = options("transit");
  hs256.settings["tokens.algorithm"] = "\"HS256\"";
  vault_.delete_key("gatehouse-access");
  start(std::move(hs256));
  const auto tokens = api().signed_up(account("ada"));
  vault_.down();
  EXPECT_TRUE(is_problem(api().user(tokens.access), 503, "PROVIDER_UNAVAILABLE"));
  vault_.up();
  (void)refreshed_before_long(tokens.refresh);
  EXPECT_EQ(api().user(tokens.access).status, 200);
}

TEST_P(OnVault, WithoutVaultTheServerDoesNotStart) {
  ASSERT_EQ(server().stop(), 0);
  vault_.down();
  try {
    server().restart();
    FAIL() << "it started";
  } catch (const std::runtime_error& refusal) {
    EXPECT_THAT(refusal.what(), HasSubstr("Vault cannot be reached"));
  }
  vault_.up();
  server().restart();
}

}  // namespace
}  // namespace gatehouse::test
