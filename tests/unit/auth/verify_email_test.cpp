// SPDX-License-Identifier: Apache-2.0
#include "base/encoding.h"
#include "unit/auth/auth_fixture.h"

#include <gatehouse/store.h>

namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

class VerifyEmail : public AuthFixture {
 protected:
  Answer verify(const std::string& token) { return post("/verify-email", {{"token", token}}); }
  Answer resend(const std::string& email = "ada@example.org") {
    return post("/resend-verification", {{"email", email}});
  }
  bool verified(const Answer& signed_up) {
    return get("/user", signed_up.text("accessToken")).body.at("emailVerified").get<bool>();
  }
};

TEST_F(VerifyEmail, ANewAccountGetsAMailWhoseLinkConfirmsItsAddress) {
  const auto account = signup();
  const auto mail = only_mail();
  EXPECT_EQ(mail.to, "ada@example.org");
  EXPECT_EQ(mail.subject, "Confirm your address");
  EXPECT_EQ(mail.link, "https://auth.example.org/auth/verify-email#" + mail.token);
  EXPECT_TRUE(mail.token.starts_with("ghm_"));
  ASSERT_FALSE(verified(account));
  const auto answer = verify(mail.token);
  ASSERT_EQ(answer.status, 200) << answer.refusal();
  EXPECT_EQ(answer.text("email"), "ada@example.org");
  EXPECT_TRUE(verified(account));
}

TEST_F(VerifyEmail, ATokenWorksOnce) {
  signup();
  const auto token = only_mail().token;
  ASSERT_EQ(verify(token).status, 200);
  EXPECT_EQ(verify(token).code, Code::InvalidVerificationToken);
}

TEST_F(VerifyEmail, ATokenWorksForADay) {
  signup();
  signup("bob@example.org");
  const auto both = mails();
  clock.advance(24h - 1s);
  EXPECT_EQ(verify(both.at(0).token).status, 200);
  clock.advance(1s);
  EXPECT_EQ(verify(both.at(1).token).code, Code::InvalidVerificationToken);
}

TEST_F(VerifyEmail, NoTokenButTheMailedOneIsTaken) {
  signup();
  const auto token = only_mail().token;
  for (std::size_t at = 4; at < token.size(); at += 7) {
    auto other = token;
    other[at] = other[at] == 'A' ? 'B' : 'A';
    EXPECT_EQ(verify(other).code, Code::InvalidVerificationToken) << at;
  }
  EXPECT_EQ(verify("").code, Code::InvalidVerificationToken);
  EXPECT_EQ(verify(token + "A").code, Code::InvalidVerificationToken);
  EXPECT_EQ(verify(token).status, 200);
}

TEST_F(VerifyEmail, LookingAtThePageSpendsNothing) {
  signup();
  const auto token = only_mail().token;
  const auto page = get("/verify-email", {});
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.response.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(verify(token).status, 200);
}

TEST_F(VerifyEmail, AMailSentAgainTakesThePlaceOfTheFormer) {
  const auto account = signup();
  const auto first = only_mail();
  const auto answer = resend();
  EXPECT_EQ(answer.status, 202);
  const auto second = only_mail();
  EXPECT_NE(first.message_id, second.message_id);
  EXPECT_EQ(verify(first.token).code, Code::InvalidVerificationToken);
  EXPECT_EQ(verify(second.token).status, 200);
  EXPECT_TRUE(verified(account));
}

TEST_F(VerifyEmail, SendingAgainAnswersAlikeForUnknownAndConfirmedAddresses) {
  signup();
  mails();
  const auto waiting = resend();
  ASSERT_EQ(verify(only_mail().token).status, 200);
  const auto confirmed = resend();
  const auto unknown = resend("nobody@example.org");
  EXPECT_EQ(waiting.response.body, unknown.response.body);
  EXPECT_EQ(confirmed.response.body, unknown.response.body);
  EXPECT_EQ(confirmed.status, unknown.status);
  EXPECT_TRUE(mails().empty());
}

TEST_F(VerifyEmail, NothingStoredIsTheToken) {
  std::string stored;
  store_faults.change_records([&](gh_record& record) {
    for (std::uint32_t i = 0; i < record.value_count; ++i) {
      const auto& value = record.values[i];
      if (value.type == GH_TEXT || value.type == GH_BYTES) {
        stored.append(reinterpret_cast<const char*>(value.s.data), value.s.size).append("\n");
      }
    }
  });
  signup();
  const auto token = only_mail().token;
  ASSERT_EQ(verify(token).status, 200);
  const auto bytes = base64url_decode(token.substr(4));
  ASSERT_TRUE(bytes);
  EXPECT_GT(stored.size(), 100U);
  EXPECT_EQ(stored.find(token), std::string::npos);
  EXPECT_EQ(stored.find(bytes->substr(0, 32)), std::string::npos);
}

TEST_F(VerifyEmail, AnOutageSpendsNothing) {
  signup();
  const auto token = only_mail().token;
  store_faults.answer(StoreVerb::Commit, GH_UNAVAILABLE, 1);
  EXPECT_EQ(verify(token).code, Code::ProviderUnavailable);
  kms_faults.answer(KmsVerb::Mac, GH_UNAVAILABLE, 1);
  EXPECT_EQ(verify(token).code, Code::ProviderUnavailable);
  EXPECT_EQ(verify(token).status, 200);
}

TEST_F(VerifyEmail, ASignupThatDidNotHappenSendsNoMail) {
  store_faults.answer(StoreVerb::Commit, GH_UNAVAILABLE, 1);
  EXPECT_EQ(signup().code, Code::ProviderUnavailable);
  EXPECT_TRUE(mails().empty());
}

}  // namespace
}  // namespace gatehouse::test
