// SPDX-License-Identifier: Apache-2.0
#include "unit/kms-vault/vault_fixture.h"

#include <string>

namespace gatehouse::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class KmsVaultLogin : public KmsVault {
 protected:
  void SetUp() override {
    KmsVault::SetUp();
    vault_.add_role("role-1", "canary-secret");
    token_file_ = (folder_.path() / "token").string();
  }
  void write_token(const std::string& text) const { std::ofstream(token_file_, std::ios::trunc) << text; }
  Settings by_file() const { return {{"token", std::string("(none)")}, {"token_file", token_file_}}; }

  std::string token_file_;
};

TEST_F(KmsVaultLogin, AnAppRoleLogsInOnce) {
  with_keys(app_role());
  EXPECT_EQ(vault_.requests("approle/login"), 1u);
  EXPECT_EQ(kms_->sign("access", 1, "message").status, GH_OK);
}

TEST_F(KmsVaultLogin, ATokenFileMayEndWithALineFeed) {
  write_token("hvs.canary\n");
  with_keys(by_file());
}

TEST_F(KmsVaultLogin, AWrongSecretIdStopsTheStart) {
  vault_.add_role("role-1", "another");
  const Answer answer = start_with(app_role());
  EXPECT_EQ(answer.status, GH_DENIED);
  EXPECT_THAT(answer.explanation, HasSubstr("role_id and secret_id"));
  EXPECT_THAT(answer.explanation, no_secret());
}

TEST_F(KmsVaultLogin, AWrongTokenStopsTheStart) {
  const Answer answer = start_with({{"token", std::string("hvs.canary-wrong")}});
  EXPECT_EQ(answer.status, GH_DENIED);
  EXPECT_THAT(answer.explanation, no_secret());
}

TEST_F(KmsVaultLogin, AMissingTokenFileIsNamed) {
  const Answer answer = start_with(by_file());
  EXPECT_EQ(answer.status, GH_UNAVAILABLE);
  EXPECT_THAT(answer.explanation, HasSubstr(token_file_));
}

// A line break in it would be a header of its own.
TEST_F(KmsVaultLogin, ATokenFileWithMoreThanATokenIsRefused) {
  write_token("hvs.canary\r\nX-Vault-Namespace: other\n");
  const Answer answer = start_with(by_file());
  EXPECT_EQ(answer.status, GH_UNAVAILABLE);
  EXPECT_THAT(answer.explanation, no_secret());
}

TEST_F(KmsVaultLogin, AVaultThatCannotBeReachedStopsTheStart) {
  vault_.down();
  EXPECT_EQ(start_with({}).status, GH_UNAVAILABLE);
}

TEST_F(KmsVaultLogin, ARevokedTokenIsReplacedByANewLogin) {
  with_keys(app_role());
  vault_.revoke_tokens();
  let_the_token_age();
  EXPECT_EQ(kms_->sign("access", 1, "message").status, GH_OK);
  EXPECT_EQ(vault_.requests("approle/login"), 2u);
}

TEST_F(KmsVaultLogin, ARevokedTokenIsReplacedByTheOneInTheFile) {
  write_token("hvs.canary");
  with_keys(by_file());
  vault_.revoke_tokens();
  vault_.add_token("hvs.canary-2");
  write_token("hvs.canary-2");
  let_the_token_age();
  EXPECT_EQ(kms_->sign("access", 1, "message").status, GH_OK);
}

TEST_F(KmsVaultLogin, ARevokedTokenWithoutAnotherIsDenied) {
  with_keys();
  vault_.revoke_tokens();
  let_the_token_age();
  EXPECT_EQ(kms_->sign("access", 1, "message").status, GH_DENIED);
  EXPECT_EQ(kms_->ping().status, GH_DENIED);
}

TEST_F(KmsVaultLogin, ARoleThatIsGoneIsDenied) {
  with_keys(app_role());
  vault_.revoke_tokens();
  vault_.remove_role("role-1");
  let_the_token_age();
  EXPECT_EQ(kms_->sign("access", 1, "message").status, GH_DENIED);
}

// What a policy forbids, a new token may not do either.
TEST_F(KmsVaultLogin, APolicyThatForbidsDoesNotCauseALoginForEachRequest) {
  with_keys(app_role());
  vault_.answer("transit/sign", 403);
  let_the_token_age();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(kms_->sign("access", 1, "message").status, GH_DENIED);
  EXPECT_EQ(vault_.requests("approle/login"), 2u);
}

// Each login is a lease in Vault, and may be one of few that a secret_id is good for.
TEST_F(KmsVaultLogin, APolicyThatForbidsForGoodCausesFewerAndFewerLogins) {
  with_keys(app_role());
  vault_.answer("transit/sign", 403);
  for (int i = 0; i < 20; ++i) {
    let_the_token_age();
    EXPECT_EQ(kms_->sign("access", 1, "message").status, GH_DENIED);
  }
  EXPECT_LE(vault_.requests("approle/login"), 4u) << "at the start, and after 6, 36 and 96 seconds";
}

TEST_F(KmsVaultLogin, ATokenThatIsRevokedAfterLoginsInVainIsReplacedAtOnce) {
  with_keys(app_role());
  vault_.answer("transit/sign", 403);
  let_the_token_age();
  EXPECT_EQ(kms_->sign("access", 1, "message").status, GH_DENIED);
  vault_.heal();
  vault_.revoke_tokens();
  let_the_token_age();
  EXPECT_EQ(kms_->sign("access", 1, "message").status, GH_OK);
}

TEST_F(KmsVaultLogin, ATokenIsRenewedBeforeItEnds) {
  host_.real_time = true;
  vault_.add_role("role-1", "canary-secret", 1);
  with_keys(app_role());
  ASSERT_TRUE(vault_.wait_for("renew-self", 2));
  EXPECT_EQ(kms_->sign("access", 1, "message").status, GH_OK);
  EXPECT_EQ(vault_.requests("approle/login"), 1u);
}

TEST_F(KmsVaultLogin, ATokenThatCannotBeRenewedIsReplaced) {
  host_.real_time = true;
  vault_.add_role("role-1", "canary-secret", 1, false);
  with_keys(app_role());
  ASSERT_TRUE(vault_.wait_for("approle/login", 2));
  EXPECT_EQ(vault_.requests("renew-self"), 0u);
}

TEST_F(KmsVaultLogin, ATokenNearItsLongestTimeIsReplaced) {
  host_.real_time = true;
  vault_.add_role("role-1", "canary-secret", 2);
  vault_.shorten_renewals(1);
  with_keys(app_role());
  ASSERT_TRUE(vault_.wait_for("approle/login", 2));
  EXPECT_EQ(kms_->sign("access", 1, "message").status, GH_OK);
}

TEST_F(KmsVaultLogin, ARenewalThatFailsIsTriedAgain) {
  host_.real_time = true;
  vault_.add_role("role-1", "canary-secret", 2);
  with_keys(app_role());
  vault_.answer("renew-self", 503, R"({"errors":["Vault is sealed"]})", 1);
  ASSERT_TRUE(vault_.wait_for("renew-self", 2));
  kms_->drain();
  EXPECT_THAT(host_.lines(GH_LOG_WARN), Contains(HasSubstr("sealed")));
}

TEST_F(KmsVaultLogin, ATokenWithoutEndIsLeftAlone) {
  vault_.add_token("hvs.canary", 0, false);
  with_keys();
  EXPECT_THAT(host_.lines(GH_LOG_WARN), IsEmpty());
}

TEST_F(KmsVaultLogin, ATokenThatWillEndIsSaidLoudly) {
  vault_.add_token("hvs.canary", 3600, false);
  started();
  EXPECT_THAT(host_.lines(GH_LOG_WARN), Contains(HasSubstr("cannot be renewed")));
}

TEST_F(KmsVaultLogin, ALoginAnswerWithATokenThatIsNoHeaderIsRefused) {
  vault_.answer("login", 200, R"({"auth":{"client_token":"hvs.a\r\nX: b","lease_duration":60,"renewable":true}})");
  const Answer answer = start_with(app_role());
  EXPECT_EQ(answer.status, GH_UNAVAILABLE);
  EXPECT_THAT(answer.explanation, no_secret());
}

TEST_F(KmsVaultLogin, ALoginErrorThatRepeatsTheSecretIdIsLeftOut) {
  vault_.answer("login", 400, R"({"errors":["no such secret id canary-secret"]})");
  EXPECT_THAT(start_with(app_role()).explanation, no_secret());
}

}  // namespace
}  // namespace gatehouse::test
