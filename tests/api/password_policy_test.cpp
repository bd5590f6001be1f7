// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"

#include <set>

namespace gatehouse::test {
namespace {

class PasswordPolicy : public ApiTest {
 protected:
  void start_with(const std::string& profile) { start({.settings = {{"passwords.policy", '"' + profile + '"'}}}); }

  // The codes of errors[] for a password, or {"accepted"}.
  std::set<std::string> judged(const std::string& password, const std::string& local = "someone") {
    const auto response = api().signup({local + std::to_string(++count_) + "@example.org", password});
    if (response.status == 201) return {"accepted"};
    EXPECT_TRUE(is_problem(response, 422, "PASSWORD_POLICY")) << password;
    std::set<std::string> codes;
    const auto body = Json::parse(response.body);
    for (const auto& entry : body["errors"].items()) {
      EXPECT_EQ(entry["pointer"].text(), "/password");
      EXPECT_EQ(entry["detail"].text().find(password.empty() ? "\x01" : password), std::string::npos);
      EXPECT_TRUE(codes.insert(entry["code"].text()).second) << "the same rule twice";
    }
    EXPECT_FALSE(codes.empty());
    return codes;
  }
  bool accepted(const std::string& password) { return judged(password).contains("accepted"); }

 private:
  int count_ = 0;
};

TEST_F(PasswordPolicy, ClassicWantsTwelveCharactersAndFourClasses) {
  start_with("classic");
  EXPECT_TRUE(accepted("Violet-Harb0"));
  for (const auto* password :
       {"Violet-Har0", "violet-harbour-41", "VIOLET-HARBOUR-41", "Violet-Harbour-xx", "VioletHarbour41"}) {
    EXPECT_EQ(judged(password).size(), 1U) << password;
  }
}

TEST_F(PasswordPolicy, EachFailedRuleIsAnEntryOfItsOwn) {
  start_with("classic");
  EXPECT_GE(judged("aaa").size(), 5U);
}

TEST_F(PasswordPolicy, ClassicAllowsACharacterTwiceInARowAndNotThrice) {
  start_with("classic");
  EXPECT_TRUE(accepted("Viollet-Harbour-41"));
  EXPECT_FALSE(accepted("Violllet-Harbour-41"));
}

TEST_F(PasswordPolicy, ClassicRefusesTheLocalPartOfTheAddress) {
  start_with("classic");
  EXPECT_EQ(judged("Margarethe1-Harbour-41", "margarethe").size(), 1U);
  EXPECT_TRUE(accepted("Margarethe1-Harbour-41"));
}

TEST_F(PasswordPolicy, LengthIsCountedInCodePoints) {
  start_with("classic");
  // Eight letters of two bytes each and four classes: twelve code points.
  EXPECT_TRUE(accepted("Aa1-\u00e4\u00f6\u00fc\u00e9\u00e8\u00ea\u00eb\u00ef"));
  EXPECT_FALSE(accepted("Aa1-\u00e4\u00f6\u00fc\u00e9\u00e8\u00ea\u00eb"));
}

TEST_F(PasswordPolicy, LongPasswordsAreTakenUpTo128) {
  start_with("classic");
  std::string password;
  while (password.size() < 125) password += "aB3-z";
  EXPECT_TRUE(accepted(password.substr(0, 64)));
  EXPECT_TRUE(accepted(password + "xyz"));
  EXPECT_FALSE(accepted(password + "xyzw"));
}

TEST_F(PasswordPolicy, NistWantsLengthAndNoClasses) {
  start_with("nist");
  EXPECT_TRUE(accepted("only small letters here"));
  EXPECT_TRUE(
      accepted("\U0001f600\U0001f601\U0001f602\U0001f603\U0001f604\U0001f605\U0001f606\U0001f607\U0001f608"
               "\U0001f609\U0001f60a\U0001f60b\U0001f60c\U0001f60d\U0001f60e"));
  EXPECT_FALSE(accepted("fourteen chars"));
}

TEST_F(PasswordPolicy, ShortWantsEightAndFourClasses) {
  start_with("short");
  EXPECT_TRUE(accepted("Vio-4arb"));
  EXPECT_FALSE(accepted("Vio-4ar"));
  EXPECT_FALSE(accepted("violet41"));
}

TEST_F(PasswordPolicy, CommonPasswordsAreRefused) {
  start_with("nist");
  EXPECT_FALSE(accepted("passwordpassword"));
}

TEST_F(PasswordPolicy, AWeakPasswordCreatesNoAccount) {
  start_with("classic");
  ASSERT_EQ(api().signup({"ada@example.org", "weak"}).status, 422);
  EXPECT_EQ(api().signup(account("ada")).status, 201);
}

}  // namespace
}  // namespace gatehouse::test
