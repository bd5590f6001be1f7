// SPDX-License-Identifier: Apache-2.0
#include "accounts/password_policy.h"

#include "accounts/common_passwords.h"
#include "accounts/unicode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::accounts {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

constexpr std::array<std::string_view, 3> words = {"Gatehouse", "Acme Tickets", "it"};

std::vector<std::string> failed_rules(PasswordProfile profile, const std::string& password) {
  const auto result =
      check_password(profile, Secret<std::string>(password), PasswordContext{"ada.lovelace@example.com", words});
  std::vector<std::string> codes;
  if (result) return codes;
  EXPECT_EQ(result.error().code, Code::PasswordPolicy);
  for (const auto& field : result.error().fields) {
    EXPECT_EQ(field.pointer, "/password");
    EXPECT_FALSE(field.detail.empty());
    codes.push_back(field.code);
  }
  return codes;
}

struct Case {
  const char* name;
  PasswordProfile profile;
  std::string password;
  std::vector<std::string> failed;
};

void PrintTo(const Case& row, std::ostream* out) { *out << row.name; }

class PasswordRules : public testing::TestWithParam<Case> {};

TEST_P(PasswordRules, FailExactlyWhereTheTableSays) {
  EXPECT_EQ(failed_rules(GetParam().profile, GetParam().password), GetParam().failed);
}

constexpr auto classic = PasswordProfile::Classic;
constexpr auto nist = PasswordProfile::Nist;
constexpr auto brief = PasswordProfile::Short;

std::string times(int count, std::string_view piece) {
  std::string text;
  for (int i = 0; i < count; ++i) text += piece;
  return text;
}

INSTANTIATE_TEST_SUITE_P(
    Classic, PasswordRules,
    testing::Values(
        Case{"Good", classic, "Harbour-7-Lantern", {}}, Case{"TwelveIsEnough", classic, "Harbour-7-La", {}},
        Case{"ElevenIsNot", classic, "Harbour-7-L", {"PASSWORD_TOO_SHORT"}},
        Case{"LengthIsCountedInCodePoints", classic, "Harbour-7-\U0001F98A\U0001F98A", {}},
        Case{"OneHundredAndTwentyEight", classic, times(16, "Lantern7"), {"PASSWORD_NEEDS_SPECIAL"}},
        Case{"OneMore", classic, times(16, "Lantern7") + "!", {"PASSWORD_TOO_LONG"}},
        Case{"NoUpper", classic, "harbour-7-lantern", {"PASSWORD_NEEDS_UPPER"}},
        Case{"NoLower", classic, "HARBOUR-7-LANTERN", {"PASSWORD_NEEDS_LOWER"}},
        Case{"NoDigit", classic, "Harbour-x-Lantern", {"PASSWORD_NEEDS_DIGIT"}},
        Case{"NoSpecial", classic, "Harbour777Lantern", {"PASSWORD_NEEDS_SPECIAL", "PASSWORD_REPEATS"}},
        Case{"ASpaceIsNotSpecial", classic, "Harbour 7 Lantern", {"PASSWORD_NEEDS_SPECIAL"}},
        Case{"LettersOfAnotherScriptCount",
             classic,
             "\u0413\u0430\u0432\u0430\u043D\u044C-7-\u043C\u0430\u044F\u043A",
             {}},
        Case{"TwiceInARow", classic, "Harbour-77-Lantern", {}},
        Case{"ThriceInARow", classic, "Harbour-777-Lantern", {"PASSWORD_REPEATS"}},
        Case{"ThriceInARowOfOneForeignLetter", classic, "Harbour-7-\u00FC\u00FC\u00FC", {"PASSWORD_REPEATS"}},
        Case{"RepeatsAreOfTheSameCase", classic, "Harbour-7-aAa-L", {}},
        Case{"Empty",
             classic,
             "",
             {"PASSWORD_TOO_SHORT", "PASSWORD_NEEDS_UPPER", "PASSWORD_NEEDS_LOWER", "PASSWORD_NEEDS_DIGIT",
              "PASSWORD_NEEDS_SPECIAL"}},
        Case{"Common",
             classic,
             "password123",
             {"PASSWORD_TOO_SHORT", "PASSWORD_NEEDS_UPPER", "PASSWORD_NEEDS_SPECIAL", "PASSWORD_COMMON"}},
        Case{"CommonWithASignBehindIt", classic, "Password123!", {"PASSWORD_COMMON"}},
        Case{"CommonWithSignsAround", classic, "+*Password123!?", {"PASSWORD_COMMON"}},
        Case{"CommonInFullWidth",
             classic,
             "!\uFF30\uFF41\uFF53\uFF53\uFF57\uFF4F\uFF52\uFF44"
             "123",
             {"PASSWORD_COMMON"}},
        Case{"CommonAsAPartIsAllowed", classic, "Password123-Lantern", {}},
        Case{"ContainsTheLocalPart", classic, "x-Ada.Lovelace-7", {"PASSWORD_CONTAINS_EMAIL"}},
        Case{"ContextWordsAreForNist", classic, "Gatehouse-7-Lantern", {}},
        Case{"NotUtf8", classic, "Harbour-7-\xC3(", {"PASSWORD_INVALID_CHARACTERS"}},
        Case{"Nul", classic, std::string("Harbour-7-\0antern", 17), {"PASSWORD_INVALID_CHARACTERS"}}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(Short, PasswordRules,
                         testing::Values(Case{"EightIsEnough", brief, "Harb-7-L", {}},
                                         Case{"SevenIsNot", brief, "Har-7-L", {"PASSWORD_TOO_SHORT"}},
                                         Case{"FourClasses",
                                              brief,
                                              "harbours",
                                              {"PASSWORD_NEEDS_UPPER", "PASSWORD_NEEDS_DIGIT",
                                               "PASSWORD_NEEDS_SPECIAL"}},
                                         Case{"Common", brief, "P@ssw0rd", {"PASSWORD_COMMON"}},
                                         Case{"CommonWithItsOwnSigns", brief, "!QAZ2wsx", {"PASSWORD_COMMON"}}),
                         [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Nist, PasswordRules,
    testing::Values(Case{"NoClasses", nist, "lantern harbour fox", {}},
                    Case{"FifteenIsEnough", nist, "lantern harbour", {}},
                    Case{"FourteenIsNot", nist, "lantern harbou", {"PASSWORD_TOO_SHORT"}},
                    Case{"AnyScript", nist, times(3, "\u6E2F\u706F\u5854\u72D0\u96E8"), {}},
                    Case{"FourDifferentCharacters", nist, times(5, "abcd"), {"PASSWORD_REPEATS"}},
                    Case{"FiveDifferentCharacters", nist, times(4, "abcde"), {}},
                    Case{"ThriceInARowIsAllowed", nist, "lantern harbour zzz", {}},
                    Case{"Common", nist, "123456789123456789", {"PASSWORD_COMMON"}},
                    Case{"CommonTwice", nist, "PasswordPassword", {"PASSWORD_COMMON"}},
                    Case{"CommonThriceAndASign", nist, "qwertyqwertyqwerty!", {"PASSWORD_COMMON"}},
                    Case{"CommonAndSomethingElse", nist, "passwordlanterns", {}},
                    Case{"ContainsTheLocalPart", nist, "say ADA.LOVELACE often", {"PASSWORD_CONTAINS_EMAIL"}},
                    Case{"ContainsTheProduct", nist, "my gateHOUSE password", {"PASSWORD_CONTAINS_CONTEXT"}},
                    Case{"ContainsAWordOfSeveral", nist, "all ACME tickets here", {"PASSWORD_CONTAINS_CONTEXT"}},
                    Case{"WordsOfTwoLettersArePassedOver", nist, "a bit of lantern", {}}),
    [](const auto& test) { return test.param.name; });

TEST(PasswordPolicy, LooksForLocalPartsOfThreeCharactersAndNotOfTwo) {
  const Secret<std::string> password(std::string("Lantern-ada-77"));
  EXPECT_FALSE(check_password(classic, password, {"ada@example.com", {}}));
  EXPECT_TRUE(check_password(classic, password, {"ad@example.com", {}}));
}

TEST(PasswordPolicy, AsksNothingOfAnOwnerWithoutAnAddress) {
  EXPECT_TRUE(check_password(classic, Secret<std::string>("Harbour-7-Lantern"), {}));
}

TEST(PasswordPolicy, PointsAtTheFieldItWasGiven) {
  const auto result = check_password(classic, Secret<std::string>("short"), {}, "/newPassword");
  ASSERT_FALSE(result);
  for (const auto& field : result.error().fields) EXPECT_EQ(field.pointer, "/newPassword");
}

TEST(PasswordPolicy, NeverRepeatsThePassword) {
  const std::string canary = "canary-ada.lovelace";
  const auto result =
      check_password(nist, Secret<std::string>(canary + std::string(200, 'x')), {"ada.lovelace@example.com", words});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().detail.find("canary"), std::string::npos);
  for (const auto& field : result.error().fields) EXPECT_EQ(field.detail.find("canary"), std::string::npos);
}

TEST(PasswordPolicy, AHugePasswordIsTooLongAndNothingElseIsAsked) {
  EXPECT_THAT(failed_rules(classic, std::string(1 << 20, 'a')), ElementsAre("PASSWORD_TOO_LONG"));
}

TEST(PasswordPolicy, EverySignOfTheSetCounts) {
  for (const char sign : password_signs) {
    EXPECT_THAT(failed_rules(classic, std::string("Harbour7Lantern") + sign), IsEmpty()) << sign;
  }
}

TEST(PasswordPolicy, SignsOutsideTheSetDoNotCount) {
  for (const char sign : std::string_view("\"'/\\`~ ")) {
    EXPECT_THAT(failed_rules(classic, std::string("Harbour7Lantern") + sign), ElementsAre("PASSWORD_NEEDS_SPECIAL"))
        << sign;
  }
}

TEST(PasswordPolicy, KnowsItsProfilesByName) {
  EXPECT_EQ(parse_password_profile("classic"), classic);
  EXPECT_EQ(parse_password_profile("nist"), nist);
  EXPECT_EQ(parse_password_profile("short"), brief);
  EXPECT_EQ(parse_password_profile("Classic"), std::nullopt);
  EXPECT_EQ(parse_password_profile(""), std::nullopt);
}

std::vector<std::string> entries() {
  std::vector<std::string> all;
  for (auto rest = common_passwords(); !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
    all.emplace_back(rest.substr(0, rest.find('\n')));
  }
  return all;
}

TEST(CommonPasswords, AreSortedAndUniqueSoThatTheSearchFindsThem) {
  const auto all = entries();
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end(), std::greater_equal<>()), all.end());
}

TEST(CommonPasswords, AreWrittenAsTheyAreCompared) {
  for (const auto& entry : entries()) EXPECT_EQ(to_nfkc_lower(entry), entry);
}

TEST(CommonPasswords, AreThreeThousandThatALengthRuleOfEightWouldLetThrough) {
  const auto all = entries();
  EXPECT_GE(std::count_if(all.begin(), all.end(), [](const auto& entry) { return entry.size() >= 8; }), 3'000);
}

TEST(CommonPasswords, AreAllFound) {
  std::vector<std::string> missed;
  for (const auto& entry : entries()) {
    if (!is_common_password(entry)) missed.push_back(entry);
  }
  EXPECT_THAT(missed, IsEmpty());
}

TEST(CommonPasswords, HoldTheUsualTen) {
  for (const auto* word : {"password", "123456", "12345678", "123456789", "qwerty", "abc123", "password123", "admin",
                           "letmein", "welcome"}) {
    EXPECT_TRUE(is_common_password(word)) << word;
  }
}

TEST(CommonPasswords, DoNotHoldNeighboursOfTheirEntries) {
  for (const auto& entry : entries()) {
    const std::string longer = entry + "\x7F";
    EXPECT_FALSE(is_common_password(longer)) << entry;
  }
  EXPECT_FALSE(is_common_password(""));
  EXPECT_FALSE(is_common_password("\n"));
  EXPECT_FALSE(is_common_password("password\nqwerty"));
}

}  // namespace
}  // namespace gatehouse::accounts
