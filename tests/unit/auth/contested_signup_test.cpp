// SPDX-License-Identifier: Apache-2.0
#include "unit/auth/auth_fixture.h"

#include <string>
#include <utility>
#include <vector>

namespace gatehouse::test {
namespace {

// A stranger has opened an account with Ada's address and a password of the stranger's, and waits for Ada to confirm
// it.
class ContestedSignup : public AuthFixture {
 protected:
  static constexpr const char* strangers = "Violet-Harbour-42";
  static constexpr const char* chosen = "Quiet-Lantern-52-Lane";

  explicit ContestedSignup(bool limited = false) : AuthFixture(discreet(limited)) { stranger_signs_up(); }
  static app::ServiceSettings discreet(bool limited) {
    app::ServiceSettings settings;
    settings.handlers.reveal_existing = false;
    settings = fast(std::move(settings));
    settings.limits.enabled = limited;
    return settings;
  }
  void stranger_signs_up() {
    const auto here = std::exchange(client_address, "198.51.100." + std::to_string(++stranger_));
    EXPECT_EQ(
        post("/signup",
             {{"email", "ada@example.org"}, {"password", strangers}, {"firstName", "Mallory"}, {"phone", "+15550100"}})
            .status,
        202);
    client_address = here;
  }
  Answer reset(const std::string& token) { return post("/reset-password", {{"token", token}, {"password", chosen}}); }
  // How many of the links give the account a password.
  int resets(const std::vector<Mail>& mails) {
    int done = 0;
    for (const auto& mail : mails) {
      if (mail.subject == "Choose a password for your account" && reset(mail.token).status == 204) ++done;
    }
    return done;
  }
  // Presses every button there is to confirm the address.
  void confirm_all(const std::vector<Mail>& mails) {
    for (const auto& mail : mails) {
      if (mail.subject == "Confirm your address") post("/verify-email", {{"token", mail.token}});
    }
  }

 private:
  int stranger_ = 0;
};

TEST_F(ContestedSignup, LeavesNothingThatTheStrangerWroteAboutTheOwner) {
  mails();
  ASSERT_EQ(signup().status, 202);
  ASSERT_EQ(reset(only_mail().token).status, 204);
  const auto user = login("ada@example.org", chosen).body.at("user").dump();
  EXPECT_EQ(user.find("Mallory"), std::string::npos) << user;
}

TEST_F(ContestedSignup, LeavesNoPasswordThatTheMailboxesOwnerDidNotChoose) {
  const auto first = mails();
  ASSERT_EQ(signup().status, 202);
  const auto second = mails();
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second.front().subject, "Choose a password for your account");
  EXPECT_EQ(second.front().link, "https://auth.example.org/auth/reset-password#" + second.front().token);
  confirm_all(first);
  EXPECT_EQ(login("ada@example.org", strangers).code, Code::InvalidCredentials);
  EXPECT_EQ(login().code, Code::InvalidCredentials);
  ASSERT_EQ(reset(second.front().token).status, 204);
  EXPECT_EQ(login("ada@example.org", strangers).code, Code::InvalidCredentials);
  EXPECT_EQ(login("ada@example.org", chosen).status, 200);
}

TEST_F(ContestedSignup, IsNotUndoneByTheStrangersNextMails) {
  ASSERT_EQ(signup().status, 202);
  ASSERT_EQ(post("/resend-verification", {{"email", "ada@example.org"}}).status, 202);
  stranger_signs_up();
  const auto all = mails();
  confirm_all(all);
  EXPECT_EQ(login("ada@example.org", strangers).code, Code::InvalidCredentials);
  EXPECT_EQ(resets(all), 1) << "the last of them";
}

TEST_F(ContestedSignup, OfOneWhoSignsUpTwiceOnlySendsTheMailAgain) {
  mails();
  stranger_signs_up();
  const auto mail = only_mail();
  EXPECT_EQ(mail.subject, "Confirm your address");
  ASSERT_EQ(post("/verify-email", {{"token", mail.token}}).status, 200);
  EXPECT_EQ(login("ada@example.org", strangers).status, 200);
}

TEST_F(ContestedSignup, AnAccountThatWasConfirmedKeepsItsPasswordAndIsToldOfTheOther) {
  confirm_all(mails());
  ASSERT_EQ(signup().status, 202);
  EXPECT_EQ(only_mail().subject, "You have an account already");
  EXPECT_EQ(login("ada@example.org", strangers).status, 200);
}

TEST_F(ContestedSignup, MailSentAgainHasItsOwnerChooseAPassword) {
  ASSERT_EQ(signup().status, 202);
  mails();
  ASSERT_EQ(post("/resend-verification", {{"email", "ada@example.org"}}).status, 202);
  const auto mail = only_mail();
  EXPECT_EQ(mail.subject, "Choose a password for your account");
  ASSERT_EQ(reset(mail.token).status, 204);
  EXPECT_EQ(login("ada@example.org", chosen).status, 200);
}

TEST_F(ContestedSignup, ItsEventNamesWhatWasErased) {
  ASSERT_EQ(signup().status, 202);
  EXPECT_EQ(events("user_updated"), std::vector<std::string>{R"({"fields":"password,first_name,name,phone"})"});
}

// Sign-up told of taken addresses, and logged in, until the server was set to be discreet.
class SignupAtAnAccountInUse : public AuthFixture {
 protected:
  SignupAtAnAccountInUse() {
    session_ = signup().text("accessToken");
    mails();
    app::ServiceSettings settings;
    settings.handlers.reveal_existing = false;
    restart(fast(std::move(settings)));
  }
  Answer sign_up(const std::string& password) {
    return post("/signup", {{"email", "ada@example.org"}, {"password", password}});
  }
  Answer user() { return get("/user", session_); }

 private:
  std::string session_;
};

TEST_F(SignupAtAnAccountInUse, TakesNothingFromItsUserWhoIsToldOfIt) {
  ASSERT_EQ(sign_up("Violet-Harbour-42").status, 202);
  EXPECT_EQ(only_mail().subject, "You have an account already");
  ASSERT_EQ(user().status, 200);
  EXPECT_EQ(user().text("name"), "Ada Lovelace");
  ASSERT_EQ(post("/resend-verification", {{"email", "ada@example.org"}}).status, 202);
  ASSERT_EQ(post("/verify-email", {{"token", only_mail().token}}).status, 200);
  EXPECT_EQ(login().status, 200);
}

TEST_F(SignupAtAnAccountInUse, OfItsUserSendsTheMailAgain) {
  ASSERT_EQ(sign_up(good_password).status, 202);
  EXPECT_EQ(only_mail().subject, "Confirm your address");
}

class LimitedContestedSignup : public ContestedSignup {
 protected:
  LimitedContestedSignup() : ContestedSignup(true) {}
};

TEST_F(LimitedContestedSignup, CannotBePreventedByUsingUpTheMails) {
  for (int i = 0; i < 5; ++i) post("/resend-verification", {{"email", "ada@example.org"}});
  const auto before = mails();
  client_address = "203.0.113.1";
  ASSERT_EQ(signup().status, 202);
  EXPECT_TRUE(mails().empty());
  confirm_all(before);
  EXPECT_EQ(login("ada@example.org", strangers).code, Code::InvalidCredentials);
}

TEST_F(LimitedContestedSignup, LeavesTheLastLinkAloneWhenNoMoreMailsAreSent) {
  client_address = "203.0.113.1";
  ASSERT_EQ(signup().status, 202);
  for (int i = 0; i < 5; ++i) stranger_signs_up();
  EXPECT_EQ(resets(mails()), 1);
}

}  // namespace
}  // namespace gatehouse::test
