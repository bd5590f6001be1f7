// SPDX-License-Identifier: Apache-2.0
#include "accounts/email.h"

#include "base/encoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gatehouse::accounts {
namespace {

std::string normalized(std::string_view typed) {
  const auto address = parse_email(typed);
  return address ? address->normalized : "(refused)";
}

std::string as_typed(std::string_view typed) {
  const auto address = parse_email(typed);
  return address ? address->as_typed : "(refused)";
}

std::string times(int count, std::string_view piece) {
  std::string text;
  for (int i = 0; i < count; ++i) text += piece;
  return text;
}

std::string encode(char32_t c) {
  std::string out;
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
  return out;
}

struct Twin {
  const char* name;
  std::string one;
  std::string other;
};

void PrintTo(const Twin& twin, std::ostream* out) { *out << twin.name; }

class EmailTwins : public testing::TestWithParam<Twin> {};

TEST_P(EmailTwins, AreOneAccount) {
  EXPECT_NE(normalized(GetParam().one), "(refused)");
  EXPECT_EQ(normalized(GetParam().one), normalized(GetParam().other));
}

INSTANTIATE_TEST_SUITE_P(
    Email, EmailTwins,
    testing::Values(Twin{"LetterCase", "ada@example.com", "ADA@Example.COM"},
                    Twin{"WhiteSpaceAround", "ada@example.com", " \t\u3000ada@example.com\u00A0\r\n"},
                    Twin{"ComposedAndDecomposed", "jos\u00E9@example.com", "jose\u0301@example.com"},
                    Twin{"FullWidthAtSign", "ada@example.com", "ada\uFF20example.com"},
                    Twin{"SmallAtSign", "ada@example.com", "ada\uFE6Bexample.com"},
                    Twin{"FullWidthLetters", "ada@example.com", "\uFF41\uFF44\uFF41@\uFF45xample.com"},
                    Twin{"Ligature", "fiona@example.com", "\uFB01ona@example.com"},
                    Twin{"KelvinSign", "kate@example.com", "\u212Aate@example.com"},
                    Twin{"InternationalDomainAndItsALabel", "x@m\u00FCnchen.example", "x@xn--mnchen-3ya.example"},
                    Twin{"UpperCaseInternationalDomain", "x@m\u00FCnchen.example", "x@M\u00DCNCHEN.example"},
                    Twin{"UpperCaseALabel", "x@m\u00FCnchen.example", "x@XN--MNCHEN-3YA.example"},
                    Twin{"DecomposedDomain", "x@m\u00FCnchen.example", "x@mu\u0308nchen.example"},
                    Twin{"IdeographicFullStop", "x@example.com", "x@example\u3002com"}),
    [](const auto& test) { return test.param.name; });

class DifferentEmails : public testing::TestWithParam<Twin> {};

TEST_P(DifferentEmails, StayDifferent) {
  EXPECT_NE(normalized(GetParam().one), "(refused)");
  EXPECT_NE(normalized(GetParam().other), "(refused)");
  EXPECT_NE(normalized(GetParam().one), normalized(GetParam().other));
}

INSTANTIATE_TEST_SUITE_P(Email, DifferentEmails,
                         testing::Values(Twin{"CyrillicLookAlike", "paypal@example.com", "p\u0430ypal@example.com"},
                                         Twin{"CyrillicDomain", "x@apple.example", "x@\u0430pple.example"},
                                         Twin{"GreekLookAlike", "o@example.com", "\u03BF@example.com"},
                                         Twin{"DotlessI", "i@example.com", "\u0131@example.com"},
                                         Twin{"DottedCapitalI", "ivan@example.com", "\u0130van@example.com"},
                                         Twin{"SharpS", "strasse@example.com", "stra\u00DFe@example.com"},
                                         Twin{"SharpSInTheDomain", "x@fass.example", "x@fa\u00DF.example"},
                                         Twin{"PlusTag", "ada@example.com", "ada+tag@example.com"},
                                         Twin{"Dots", "adal@example.com", "ada.l@example.com"}),
                         [](const auto& test) { return test.param.name; });

TEST(Email, KeepsTheLetterCaseForPeople) { EXPECT_EQ(as_typed("  Ada.L@Example.com "), "Ada.L@Example.com"); }

TEST(Email, ShowsAnInternationalDomainInItsOwnScript) {
  EXPECT_EQ(as_typed("x@M\u00DCNCHEN\u3002example"), "x@m\u00FCnchen.example");
}

// Mail for the account must go to the mailbox whose name was compared, not to one with a look-alike of another width.
TEST(Email, WritesToTheMailboxThatWasCompared) { EXPECT_EQ(as_typed("\uFF41da@example.com"), "ada@example.com"); }

struct Refusal {
  const char* name;
  std::string typed;
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

class RefusedEmails : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedEmails, NameTheFieldAndNotTheValue) {
  const auto address = parse_email(GetParam().typed);
  ASSERT_FALSE(address) << address->normalized;
  EXPECT_EQ(address.error().code, Code::ValidationFailed);
  ASSERT_EQ(address.error().fields.size(), 1U);
  EXPECT_EQ(address.error().fields[0].pointer, "/email");
  EXPECT_EQ(address.error().fields[0].code, "EMAIL_INVALID");
  EXPECT_FALSE(address.error().fields[0].detail.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Email, RefusedEmails,
    testing::Values(
        Refusal{"Empty", ""}, Refusal{"OnlySpace", "   "}, Refusal{"NoAtSign", "ada.example.com"},
        Refusal{"TwoAtSigns", "ada@b@example.com"}, Refusal{"OneOfTwoAtSignsFullWidth", "ada\uFF20b@example.com"},
        Refusal{"NoLocalPart", "@example.com"}, Refusal{"NoDomain", "ada@"}, Refusal{"Localhost", "ada@localhost"},
        Refusal{"LeadingDot", ".ada@example.com"}, Refusal{"TrailingDot", "ada.@example.com"},
        Refusal{"TwoDots", "a..da@example.com"}, Refusal{"TwoDotsAfterNormalisation", "a\u2025da@example.com"},
        Refusal{"DotAtTheEndOfTheDomain", "ada@example.com."}, Refusal{"DotAtItsStart", "ada@.example.com"},
        Refusal{"EmptyLabel", "ada@example..com"}, Refusal{"HyphenFirst", "ada@-example.com"},
        Refusal{"HyphenLast", "ada@example-.com"}, Refusal{"Underscore", "ada@exa_mple.com"},
        Refusal{"Ipv4", "ada@192.0.2.1"}, Refusal{"AddressLiteral", "ada@[192.0.2.1]"},
        Refusal{"Quoted", "\"ada\"@example.com"}, Refusal{"QuotedSpace", "\"a da\"@example.com"},
        Refusal{"Comment", "ada(work)@example.com"}, Refusal{"AngleBrackets", "Ada <ada@example.com>"},
        Refusal{"Backslash", "a\\da@example.com"}, Refusal{"Comma", "ada,eve@example.com"},
        Refusal{"Semicolon", "ada;eve@example.com"}, Refusal{"Colon", "mailto:ada@example.com"},
        Refusal{"InnerSpace", "a da@example.com"}, Refusal{"SpaceInTheDomain", "ada@exam ple.com"},
        Refusal{"NoBreakSpaceInside", "a\u00A0da@example.com"},
        Refusal{"LineBreak", "ada@example.com\r\nBcc: eve@example.com"},
        Refusal{"Nul", std::string("ada\0@example.com", 16)}, Refusal{"Escape", "a\x1B[2Jda@example.com"},
        Refusal{"Delete",
                "a\x7F"
                "da@example.com"},
        Refusal{"NextLine", "a\u0085da@example.com"}, Refusal{"ZeroWidthSpace", "ad\u200Ba@example.com"},
        Refusal{"ZeroWidthJoiner", "ad\u200Da@example.com"}, Refusal{"ByteOrderMark", "\uFEFFada@example.com"},
        Refusal{"SoftHyphen", "ad\u00ADa@example.com"}, Refusal{"BidiOverride", "ad\u202Ea@example.com"},
        Refusal{"BidiIsolate", "ad\u2066a@example.com"}, Refusal{"InvisibleInTheDomain", "ada@exam\u200Bple.com"},
        Refusal{"HangulFiller", "ada\u3164@example.com"}, Refusal{"VariationSelector", "ada\uFE0F@example.com"},
        Refusal{"GraphemeJoiner", "ada\u034F@example.com"}, Refusal{"TagCharacter", "ada\U000E0041@example.com"},
        Refusal{"PrivateUse", "ada\uE000@example.com"}, Refusal{"Noncharacter", "ada\uFFFF@example.com"},
        Refusal{"MarkFirst", "\u0301ada@example.com"}, Refusal{"MarkFirstInTheDomain", "ada@\u0301example.com"},
        Refusal{"SpaceBornOfNormalisation", "a\u00A8@example.com"},
        Refusal{"SlashBornInTheDomain", "ada@\u2100.example.com"}, Refusal{"BadUtf8", "ad\xC3\x28@example.com"},
        Refusal{"Overlong", "ada\xC0\x80@example.com"}, Refusal{"Surrogate", "ada\xED\xA0\x80@example.com"},
        Refusal{"BadPunycode", "ada@xn--a-ecp.ru\u200D"}, Refusal{"PunycodeThatDecodesToNothing", "ada@xn--.example"},
        Refusal{"DisallowedByIdna", "ada@\u2665.example"},
        Refusal{"MixedDirectionLabel", "ada@a\u05D0b1\u05D0.example"}),
    [](const auto& test) { return test.param.name; });

TEST(Email, TakesALocalPartOf64OctetsAndNoMore) {
  EXPECT_NE(normalized(std::string(64, 'a') + "@example.com"), "(refused)");
  EXPECT_EQ(normalized(std::string(65, 'a') + "@example.com"), "(refused)");
}

TEST(Email, CountsOctetsNotCharacters) { EXPECT_EQ(normalized(times(33, "\u00E9") + "@example.com"), "(refused)"); }

TEST(Email, RefusesALocalPartThatLowerCaseMakesTooLong) {
  EXPECT_NE(normalized(times(21, "\u0130") + "@example.com"), "(refused)");
  EXPECT_EQ(normalized(times(32, "\u0130") + "@example.com"), "(refused)");
}

TEST(Email, RefusesALocalPartThatOnlyLowerCaseMakesShortEnough) {
  EXPECT_NE(normalized(times(21, "\u2C62") + "@example.com"), "(refused)");
  EXPECT_EQ(normalized(times(22, "\u2C62") + "@example.com"), "(refused)");
}

std::string address_of_length(std::size_t length) {
  const std::string label(60, 'b');
  std::string text = std::string(64, 'a') + "@" + label + "." + label + "." + label + ".";
  return text + std::string(length - text.size(), 'c');
}

TEST(Email, TakesAnAddressOf254OctetsAndNoMore) {
  EXPECT_NE(normalized(address_of_length(250)), "(refused)");
  // The label limit of 63 octets is not what refuses the longer one.
  EXPECT_NE(normalized(address_of_length(254)), "(refused)");
  EXPECT_EQ(normalized(address_of_length(255)), "(refused)");
}

TEST(Email, TakesALabelOf63OctetsAndNoMore) {
  EXPECT_NE(normalized("a@" + std::string(63, 'b') + ".com"), "(refused)");
  EXPECT_EQ(normalized("a@" + std::string(64, 'b') + ".com"), "(refused)");
}

TEST(Email, RefusesAVeryLongTextWithoutWorkingOnIt) {
  EXPECT_EQ(normalized(std::string(1 << 20, '\t') + "ada@example.com"), "(refused)");
}

TEST(Email, TakesEverySignOfAnAtom) {
  EXPECT_EQ(normalized("!#$%&'*+-/=?^_`{|}~@example.com"), "!#$%&'*+-/=?^_`{|}~@example.com");
}

TEST(Email, PointsAtTheFieldItWasGiven) {
  const auto address = parse_email("nonsense", "/newEmail");
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().fields[0].pointer, "/newEmail");
}

// Whatever one code point does to an address, the result is an address again and stays the same.
TEST(Email, ReadingANormalizedAddressAgainChangesNothing) {
  std::vector<std::string> changed;
  std::size_t taken = 0;
  for (char32_t c = 1; c < 0x20000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    const auto address = parse_email(std::string("a").append(encode(c)).append("b@example.com"));
    if (!address) continue;
    ++taken;
    const auto& text = address->normalized;
    if (normalized(text) != text || normalized(address->as_typed) != text) changed.push_back(text);
  }
  EXPECT_THAT(changed, testing::IsEmpty());
  EXPECT_GT(taken, 70'000U);
}

TEST(Email, EveryCodePointInADomainGivesAHostNameOfItsOwnOrIsRefused) {
  for (char32_t c = 1; c < 0x20000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    const auto address = parse_email(std::string("a@x").append(encode(c)).append("y.example"));
    if (!address) continue;
    const auto& text = address->normalized;
    ASSERT_EQ(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.", 2), std::string::npos) << text;
    ASSERT_EQ(normalized(text), text);
    ASSERT_NE(text, "a@xy.example") << "dropped: U+" << std::hex << static_cast<unsigned>(c);
    ASSERT_TRUE(is_utf8(address->as_typed)) << text;
  }
}

}  // namespace
}  // namespace gatehouse::accounts
