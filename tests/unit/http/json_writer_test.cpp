// SPDX-License-Identifier: Apache-2.0
#include "http/json_body.h"
#include "support/json.h"
#include "support/naughty.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace gatehouse::http {
namespace {

TEST(JsonWriter, WritesObjectsAndArraysOfThem) {
  JsonWriter json;
  json.begin_object().member("a", "text").member("n", -5).member("t", true).null("z");
  json.begin_object("user").member("id", "1").end_object();
  json.begin_array("list").begin_object().member("x", 1).end_object().begin_object().end_object().end_array();
  json.begin_array("words").element("one").element("two").end_array().member("last", false).end_object();
  EXPECT_EQ(json.take(),
            R"({"a":"text","n":-5,"t":true,"z":null,"user":{"id":"1"},"list":[{"x":1},{}],"words":["one","two"],)"
            R"("last":false})");
}

TEST(JsonWriter, CanBeUsedAgainAfterTake) {
  JsonWriter json;
  json.begin_object().member("a", 1).end_object().take();
  EXPECT_EQ(json.begin_object().end_object().take(), "{}");
}

TEST(JsonWriter, NumbersAreExactAtTheirEnds) {
  JsonWriter json;
  json.begin_object()
      .member("min", std::numeric_limits<std::int64_t>::min())
      .member("max", std::numeric_limits<std::int64_t>::max())
      .end_object();
  EXPECT_EQ(json.take(), R"({"min":-9223372036854775808,"max":9223372036854775807})");
}

TEST(JsonWriter, NoStringCanLeaveItsQuotes) {
  for (const auto& naughty : test::naughty_strings()) {
    JsonWriter json;
    const auto text = json.begin_object().member("v", naughty.bytes).member("end", 1).end_object().take();
    const auto parsed = test::Json::parse(text);
    EXPECT_EQ(parsed.size(), 2U) << naughty.kind;
    EXPECT_EQ(text.find('\n'), std::string::npos) << naughty.kind;
  }
}

TEST(JsonWriter, IllFormedUtf8BecomesTheReplacementCharacter) {
  JsonWriter json;
  EXPECT_EQ(json.begin_object().member("v", "a\xFFz").end_object().take(), "{\"v\":\"a\xEF\xBF\xBDz\"}");
}

}  // namespace
}  // namespace gatehouse::http
