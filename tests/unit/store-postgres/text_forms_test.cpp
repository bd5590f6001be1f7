// SPDX-License-Identifier: Apache-2.0
#include "text_forms.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace gatehouse::store_postgres {
namespace {

std::string key_text(const std::string& bytes) {
  std::string out;
  append_key(out, bytes);
  return out;
}

std::string any_bytes(std::mt19937_64& random) {
  // Few different ones, so that prefixes meet.
  static const std::string pool("\0\1\2az\x7f\x80\xff", 8);
  std::string out;
  for (auto size = random() % 6; size > 0; --size) out.push_back(pool[random() % pool.size()]);
  return out;
}

TEST(KeyText, LeavesOrdinaryNamesAsTheyAre) {
  EXPECT_EQ(key_text("018f9e3a-6d2b-7c11-9a55-0242ac120002"), "018f9e3a-6d2b-7c11-9a55-0242ac120002");
}

TEST(KeyText, IsValidTextComesBackAndKeepsTheOrder) {
  std::mt19937_64 random(1);
  for (int at = 0; at < 50'000; ++at) {
    const std::string a = any_bytes(random);
    const std::string b = any_bytes(random);
    ASSERT_TRUE(is_text(key_text(a)));
    std::string back;
    ASSERT_TRUE(parse_key(back, key_text(a)));
    ASSERT_EQ(back, a);
    ASSERT_EQ(key_text(a) < key_text(b), a < b);
  }
}

TEST(KeyText, RefusesWhatItDoesNotMake) {
  std::string out;
  for (const char* bad : {"\1", "\1\3", "\xe2\x82\xac", "\xc3", "\x80"}) EXPECT_FALSE(parse_key(out, bad)) << bad;
}

TEST(Bytes, ComeBackFromHex) {
  std::string text;
  append_bytes(text, std::string("\0\x0f\xff", 3));
  EXPECT_EQ(text, "\\x000fff");
  std::string back;
  ASSERT_TRUE(parse_bytes(back, text));
  EXPECT_EQ(back, std::string("\0\x0f\xff", 3));
  for (const char* bad : {"", "000f", "\\x0", "\\xzz"}) EXPECT_FALSE(parse_bytes(back, bad)) << bad;
}

TEST(Arrays, KeepQuotesBackslashesCommasAndNull) {
  std::string out = "before ";
  ArrayText array(out);
  for (const char* text : {"a", "", "NULL", R"(q" b\ c, {d})"}) array.add_with([&](std::string& to) { to += text; });
  array.add_null();
  array.close();
  EXPECT_EQ(out, R"(before {"a","","NULL","q\" b\\ c, {d}",NULL})");
}

// JSON of a payload is full of quotes. Were all behind each of them moved for it, this would take minutes.
TEST(Arrays, QuoteLongTextsInOnePass) {
  constexpr std::size_t quotes = 2'000'000;
  std::string out;
  ArrayText array(out);
  array.add_with([&](std::string& to) { to.append(quotes, '"'); });
  array.close();
  EXPECT_EQ(out.size(), 2 * quotes + 4);
  EXPECT_EQ(out.substr(0, 6), R"({"\"\")");
  EXPECT_EQ(out.substr(out.size() - 4), R"(\""})");
}

TEST(Arrays, MayBeEmpty) {
  std::string out;
  ArrayText(out).close();
  EXPECT_EQ(out, "{}");
}

TEST(Texts, AreUtf8WithoutNul) {
  EXPECT_TRUE(is_text("\xf0\x9f\x94\x91 \xc3\xa9"));
  EXPECT_TRUE(is_text(""));
  EXPECT_FALSE(is_text(std::string_view("\0", 1)));
  for (const char* bad : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    EXPECT_FALSE(is_text(bad)) << bad;
  }
}

TEST(Prefixes, EndWhereNothingBeginsWithThemAnyMore) {
  EXPECT_EQ(after_text_prefix("car"), "cas");
  EXPECT_EQ(after_text_prefix("\xc3\xbf"), "\xc4\x80");
  EXPECT_EQ(after_text_prefix("a\xed\x9f\xbf"), "a\xee\x80\x80") << "over the surrogates";
  EXPECT_EQ(after_text_prefix("a\xf4\x8f\xbf\xbf"), "b") << "behind the last code point";
  EXPECT_EQ(after_text_prefix(""), std::nullopt);
  EXPECT_EQ(after_bytes_prefix("a\xff"), "b");
  EXPECT_EQ(after_bytes_prefix("\xff\xff"), std::nullopt);
}

TEST(Quotes, KeepSqlWhole) {
  EXPECT_EQ(identifier("a\"; DROP"), "\"a\"\"; DROP\"");
  EXPECT_EQ(literal("it's"), "'it''s'");
}

}  // namespace
}  // namespace gatehouse::store_postgres
