// SPDX-License-Identifier: Apache-2.0
#include "base/encoding.h"

#include <gtest/gtest.h>
#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace gatehouse {
namespace {

using std::literals::string_literals::operator""s;

// RFC 4648 10, in the URL alphabet and without padding.
TEST(Base64Url, AgreesWithThePublishedVectors) {
  const std::array<std::pair<const char*, const char*>, 7> vectors{{{"", ""},
                                                                    {"f", "Zg"},
                                                                    {"fo", "Zm8"},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg"},
                                                                    {"fooba", "Zm9vYmE"},
                                                                    {"foobar", "Zm9vYmFy"}}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64url_encode(bytes), text);
    EXPECT_EQ(base64url_decode(text), bytes);
  }
  EXPECT_EQ(base64url_encode("\xFB\xFF\xBF"), "-_-_");
}

// Every text of up to three characters over all 256 bytes: accepted exactly when it is what encoding gives.
TEST(Base64Url, ATextIsAcceptedExactlyWhenItIsTheOneOfItsBytes) {
  std::set<std::string> right{""};
  for (int a = 0; a < 256; ++a) {
    const std::string one(1, static_cast<char>(a));
    right.insert(base64url_encode(one));
    for (int b = 0; b < 256; ++b) right.insert(base64url_encode(one + static_cast<char>(b)));
  }
  ASSERT_EQ(right.size(), 1U + 256 + 65'536);
  std::size_t accepted = 0;
  const auto check = [&](const std::string& text) {
    const auto bytes = base64url_decode(text);
    if (bytes) {
      ++accepted;
      ASSERT_EQ(base64url_encode(*bytes), text);
    }
  };
  check("");
  for (int a = 0; a < 256; ++a) {
    const std::string one(1, static_cast<char>(a));
    check(one);
    for (int b = 0; b < 256; ++b) {
      const auto two = one + static_cast<char>(b);
      check(two);
      for (int c = 0; c < 256; ++c) check(two + static_cast<char>(c));
    }
  }
  EXPECT_EQ(accepted, right.size());
}

TEST(Base64Url, LongTextsSurvive) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
    bytes.push_back(static_cast<char>(i * 37));
  }
}

TEST(Base64Url, PaddingSpaceAndOtherAlphabetsAreRefused) {
  for (const auto& text : {"Zg=="s, "Zg="s, "Zm8="s, "="s, " Zg"s, "Zg "s, "Z g"s, "Zg\n"s, "Zg\0"s, "+/+/"s, "Zm9vZ"s,
                           "Zm9v===="s, "Z.m9"s, "Zm9\xC3"s}) {
    EXPECT_FALSE(base64url_decode(text)) << text;
  }
}

TEST(Hex, WritesEveryByte) {
  EXPECT_EQ(hex_encode(""), "");
  EXPECT_EQ(hex_encode("\x00\x01\x7F\x80\xFF"s), "00017f80ff");
}

struct Utf8Case {
  const char* name;
  std::string text;
  bool valid;
  std::size_t code_points = 0;
};
class Utf8 : public ::testing::TestWithParam<Utf8Case> {};

TEST_P(Utf8, IsJudgedByRfc3629) {
  const auto& [name, text, valid, code_points] = GetParam();
  EXPECT_EQ(is_utf8(text), valid);
  EXPECT_EQ(is_utf8("a" + text + "z"), valid) << "in the middle of a text";
  if (valid) {
    EXPECT_EQ(count_code_points(text), code_points);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, Utf8,
    ::testing::Values(
        Utf8Case{"Empty", "", true, 0}, Utf8Case{"Ascii", "abc", true, 3}, Utf8Case{"Nul", "\0"s, true, 1},
        Utf8Case{"Last1", "\x7F", true, 1}, Utf8Case{"First2", "\xC2\x80", true, 1},
        Utf8Case{"Last2", "\xDF\xBF", true, 1}, Utf8Case{"First3", "\xE0\xA0\x80", true, 1},
        Utf8Case{"BeforeSurrogates", "\xED\x9F\xBF", true, 1}, Utf8Case{"AfterSurrogates", "\xEE\x80\x80", true, 1},
        Utf8Case{"Last3", "\xEF\xBF\xBF", true, 1}, Utf8Case{"First4", "\xF0\x90\x80\x80", true, 1},
        Utf8Case{"Last4", "\xF4\x8F\xBF\xBF", true, 1}, Utf8Case{"Key", "\xF0\x9F\x94\x91\xF0\x9F\x94\x91", true, 2},
        Utf8Case{"Combining", "e\xCC\x81", true, 2}, Utf8Case{"LoneContinuation", "\x80", false},
        Utf8Case{"LastContinuation", "\xBF", false}, Utf8Case{"OverlongNul", "\xC0\x80", false},
        Utf8Case{"OverlongSlash", "\xC0\xAF", false}, Utf8Case{"OverlongC1", "\xC1\xBF", false},
        Utf8Case{"Overlong3", "\xE0\x9F\xBF", false}, Utf8Case{"Overlong4", "\xF0\x8F\xBF\xBF", false},
        Utf8Case{"FirstSurrogate", "\xED\xA0\x80", false}, Utf8Case{"LastSurrogate", "\xED\xBF\xBF", false},
        Utf8Case{"SurrogatePair", "\xED\xA0\xBD\xED\xB4\x91", false},
        Utf8Case{"AboveUnicode", "\xF4\x90\x80\x80", false}, Utf8Case{"F5", "\xF5\x80\x80\x80", false},
        Utf8Case{"FiveBytes", "\xF8\x88\x80\x80\x80", false}, Utf8Case{"SixBytes", "\xFC\x84\x80\x80\x80\x80", false},
        Utf8Case{"Fe", "\xFE", false}, Utf8Case{"Ff", "\xFF", false}, Utf8Case{"Cut2", "\xC3", false},
        Utf8Case{"Cut3", "\xE2\x82", false}, Utf8Case{"Cut4", "\xF0\x9F\x94", false},
        Utf8Case{"Broken3", "\xE2\x28\xA1", false}, Utf8Case{"Broken4", "\xF0\x9F\x28\x91", false},
        Utf8Case{"Latin1", "\xE9t\xE9", false}),
    [](const auto& tested) { return std::string(tested.param.name); });

constexpr std::array<std::string_view, 6> settings{"access_ttl",   "algorithm", "listen",
                                                   "max_per_user", "rotation",  "trusted_proxies"};

std::string_view nearest(std::string_view word) { return nearest_word(word, settings.data(), settings.size()); }

TEST(NearestWord, FindsWhatWasMeant) {
  EXPECT_EQ(nearest("acces_ttl"), "access_ttl");
  EXPECT_EQ(nearest("access-ttl"), "access_ttl");
  EXPECT_EQ(nearest("accessTtl"), "access_ttl");
  EXPECT_EQ(nearest("ACCESS_TTL"), "access_ttl");
  EXPECT_EQ(nearest("algoritm"), "algorithm");
  EXPECT_EQ(nearest("lsiten"), "listen");
  EXPECT_EQ(nearest("trusted_proxy"), "trusted_proxies");
  EXPECT_EQ(nearest("rotation"), "rotation");
}

TEST(NearestWord, DoesNotGuess) {
  EXPECT_EQ(nearest("colour"), "");
  EXPECT_EQ(nearest(""), "");
  EXPECT_EQ(nearest("x"), "");
  EXPECT_EQ(nearest(std::string(10'000, 'a')), "");
  EXPECT_EQ(nearest_word("listen", nullptr, 0), "");
}

}  // namespace
}  // namespace gatehouse
