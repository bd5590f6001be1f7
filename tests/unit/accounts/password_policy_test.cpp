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

std::string repeated(int count, std::string_view piece) {
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
        Case{"OneHundredAndTwentyEight", classic, repeated(16, "Lantern7"), {"PASSWORD_NEEDS_SPECIAL"}},
        Case{"OneMore", classic, repeated(16, "Lantern7") + "!", {"PASSWORD_TOO_LONG"}},
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
        Case{"CommonWithLookAlikesAndCounting", classic, "P@ssw0rd1234", {"PASSWORD_COMMON"}},
        Case{"CommonWithDigitsAndASign", classic, "Welcome12345!", {"PASSWORD_COMMON"}},
        Case{"ShortCommonWithDigitsAndASign", classic, "Admin123456!", {"PASSWORD_COMMON"}},
        Case{"CommonWithAYear", classic, "Password!2026", {"PASSWORD_COMMON"}},
        Case{"CommonWithDigitsInFront", classic, "2026!Summer!!", {"PASSWORD_COMMON"}},
        Case{"CommonWithLookAlikesAtTheEnds", classic, "4dm1N!123456", {"PASSWORD_COMMON"}},
        Case{"CommonInPieces", classic, "Pass-Word-123", {"PASSWORD_COMMON"}},
        Case{"CommonWithADollar", classic, "Pa$$w0rd2026!", {"PASSWORD_COMMON"}},
        Case{"CommonWithAnEllAsOne", classic, "We1come2026!!", {"PASSWORD_COMMON"}},
        Case{"ColumnsOfTheKeyboard", classic, "1qaz@WSX3edc", {"PASSWORD_SEQUENCE"}},
        Case{"ColumnsBackwards", classic, "Zaq1xsw2CDE#", {"PASSWORD_SEQUENCE"}},
        Case{"RowsOfTheKeyboard", classic, "Qwerty123456!", {"PASSWORD_SEQUENCE", "PASSWORD_COMMON"}},
        Case{"TheProductWithAYear", classic, "Gatehouse2026!", {"PASSWORD_CONTAINS_CONTEXT"}},
        Case{"TheProductInLookAlikes", classic, "G4teh0use-2026", {"PASSWORD_CONTAINS_CONTEXT"}},
        Case{"TheLocalPartInLookAlikes", classic, "x-4d4.L0velace-7", {"PASSWORD_CONTAINS_EMAIL"}},
        Case{"CommonAsAPartIsAllowed", classic, "Password123-Lantern", {}},
        Case{"ContainsTheLocalPart", classic, "x-Ada.Lovelace-7", {"PASSWORD_CONTAINS_EMAIL"}},
        Case{"ContextWordsAreForNist", classic, "Gatehouse-7-Lantern", {}},
        Case{"NotUtf8", classic, "Harbour-7-\xC3(", {"PASSWORD_INVALID_CHARACTERS"}},
        Case{"Nul", classic, std::string("Harbour-7-\0antern", 17), {"PASSWORD_INVALID_CHARACTERS"}}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Short, PasswordRules,
    testing::Values(Case{"EightIsEnough", brief, "Harb-7-L", {}},
                    Case{"SevenIsNot", brief, "Har-7-L", {"PASSWORD_TOO_SHORT"}},
                    Case{"FourClasses",
                         brief,
                         "harbours",
                         {"PASSWORD_NEEDS_UPPER", "PASSWORD_NEEDS_DIGIT", "PASSWORD_NEEDS_SPECIAL"}},
                    Case{"Common", brief, "P@ssw0rd", {"PASSWORD_COMMON"}},
                    Case{"CommonWithItsOwnSigns", brief, "!QAZ2wsx", {"PASSWORD_SEQUENCE", "PASSWORD_COMMON"}}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Nist, PasswordRules,
    testing::Values(Case{"NoClasses", nist, "lantern harbour fox", {}},
                    Case{"FifteenIsEnough", nist, "lantern harbour", {}},
                    Case{"FourteenIsNot", nist, "lantern harbou", {"PASSWORD_TOO_SHORT"}},
                    Case{"AnyScript", nist, repeated(3, "\u6E2F\u706F\u5854\u72D0\u96E8"), {}},
                    Case{"FourDifferentCharacters", nist, repeated(5, "bdca"), {"PASSWORD_REPEATS"}},
                    Case{"FiveDifferentCharacters", nist, repeated(4, "fbxqk"), {}},
                    Case{"ThriceInARowIsAllowed", nist, "lantern harbour zzz", {}},
                    Case{"Common", nist, "123456789123456789", {"PASSWORD_SEQUENCE", "PASSWORD_COMMON"}},
                    Case{"CommonTwice", nist, "PasswordPassword", {"PASSWORD_COMMON"}},
                    Case{"CommonThriceAndASign", nist, "qwertyqwertyqwerty!", {"PASSWORD_SEQUENCE", "PASSWORD_COMMON"}},
                    Case{"CommonAndCounting", nist, "password1234567", {"PASSWORD_COMMON"}},
                    Case{"Counting", nist, "123456789012345", {"PASSWORD_SEQUENCE"}},
                    Case{"CountingDown", nist, "987654321098765", {"PASSWORD_SEQUENCE"}},
                    Case{"TheAlphabet", nist, "abcdefghijklmno", {"PASSWORD_SEQUENCE"}},
                    Case{"TheAlphabetAndDigits", nist, "abcdefgh12345678", {"PASSWORD_SEQUENCE", "PASSWORD_COMMON"}},
                    Case{"RowsOfTheKeyboard", nist, "asdfghjklqwertyuiop", {"PASSWORD_SEQUENCE"}},
                    Case{"Blocks", nist, "aaaabbbbccccddddeeee", {"PASSWORD_SEQUENCE"}},
                    Case{"TheProductInLookAlikes", nist, "the g@teh0use is shut", {"PASSWORD_CONTAINS_CONTEXT"}},
                    Case{"CommonAndSomethingElse", nist, "passwordlanterns", {}},
                    Case{"ContainsTheLocalPart", nist, "say ADA.LOVELACE often", {"PASSWORD_CONTAINS_EMAIL"}},
                    Case{"ContainsTheProduct", nist, "my gateHOUSE password", {"PASSWORD_CONTAINS_CONTEXT"}},
                    Case{"ContainsAWordOfSeveral", nist, "all ACME tickets here", {"PASSWORD_CONTAINS_CONTEXT"}},
                    Case{"WordsOfTwoLettersArePassedOver", nist, "a bit of lantern", {}}),
    [](const auto& test) { return test.param.name; });

// What the rules for dressed-up words must not refuse: phrases, also of words everybody knows, and what is random.
TEST(PasswordPolicy, TakesPhrasesAndRandomPasswords) {
  for (const auto* password : {"correct horse battery staple", "correcthorsebatterystaple", "summer rain on tin roofs",
                               "dragon eats blue cheese", "my password is a long one", "iloveyou but not mondays",
                               "the quick brown fox", "hunter shadow monkey", "trustno1 says agent mulder",
                               "k7vq-29xm-zr4t-w8hd", "8fj2Lq0zXw9TbVn", "pwgen aeZ7ohth uiK3", "0471 8236 9150 3728",
                               "wer das liest ist klug", "je pense donc je suis", "correcte paardenbatterij",
                               "12 monkeys at 7 windows", "qwerty keyboards annoy me", "2026 was a quiet summer"}) {
    EXPECT_THAT(failed_rules(nist, password), IsEmpty()) << password;
  }
  for (const auto* password :
       {"Violet-Harbour-41", "Copper-Lantern-58", "Summer-Rain-77", "Tr0ub4dor&3xkcd", "Kx9#mP2$vL7q", "8fj2Lq0z-XwTb",
        "Dragon.Eats.4.Cheese", "Wintermorgen+Tee7", "Blau7?Elefant.im.Zug", "Correct-Horse-7-Staple",
        "mY.d0g-eats.Qu1nces", "Ilmenau-Bahnhof-3", "R2d2-und-C3po-tanzen", "Zug#9912nachKiel"}) {
    EXPECT_THAT(failed_rules(classic, password), IsEmpty()) << password;
  }
}

TEST(PasswordPolicy, EveryCommonPasswordIsRefusedWithDigitsAndASignToo) {
  std::vector<std::string> let_through;
  for (auto rest = common_passwords(); !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
    const auto entry = std::string(rest.substr(0, rest.find('\n')));
    const auto rules = failed_rules(brief, entry + "2026!");
    const auto refused = [&](const char* rule) { return std::find(rules.begin(), rules.end(), rule) != rules.end(); };
    if (!refused("PASSWORD_COMMON") && !refused("PASSWORD_SEQUENCE")) let_through.push_back(entry);
  }
  // Entries of digits alone stand among other digits then: a number like any other.
  std::erase_if(let_through, [](const std::string& entry) {
    return std::none_of(entry.begin(), entry.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  });
  EXPECT_THAT(let_through, IsEmpty());
}

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
