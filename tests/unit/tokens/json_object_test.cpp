// SPDX-License-Identifier: Apache-2.0
#include "tokens/json_object.h"

#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <variant>

namespace gatehouse::tokens {
namespace {

using std::literals::string_literals::operator""s;

std::string nested(std::size_t levels, char open, char close) {
  return "{\"a\":" + std::string(levels, open) + std::string(levels, close) + "}";
}

TEST(JsonObject, KeepsTextsIntegersAndTextLists) {
  const auto object = read_json_object(R"( {"text":"a\u00e9\n","number":-7,"list":["x","y"],"none":[]} )");
  ASSERT_TRUE(object);
  EXPECT_EQ(*member<std::string>(*object, "text"), "a\xC3\xA9\n");
  EXPECT_EQ(*member<std::int64_t>(*object, "number"), -7);
  EXPECT_EQ(*member<TextList>(*object, "list"), (TextList{"x", "y"}));
  EXPECT_EQ(*member<TextList>(*object, "none"), TextList{});
  EXPECT_EQ(object->size(), 4U);
}

TEST(JsonObject, ATypeIsNeverTakenForAnother) {
  const auto object = read_json_object(
      R"({"true":true,"null":null,"float":1.0,"exponent":1e3,"big":9223372036854775808,"object":{"a":"b"},"mixed":["a",1],"lists":[["a"]],"objects":[{}],"text":"1"})");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->size(), 10U);
  for (const auto& [name, value] : *object) {
    EXPECT_EQ(std::holds_alternative<OtherJson>(value), name != "text") << name;
  }
  EXPECT_EQ(member<std::int64_t>(*object, "text"), nullptr);
  EXPECT_EQ(member<std::string>(*object, "missing"), nullptr);
}

TEST(JsonObject, TheLargestAndSmallestIntegersAreExact) {
  const auto object = read_json_object(R"({"max":9223372036854775807,"min":-9223372036854775808})");
  ASSERT_TRUE(object);
  EXPECT_EQ(*member<std::int64_t>(*object, "max"), INT64_MAX);
  EXPECT_EQ(*member<std::int64_t>(*object, "min"), INT64_MIN);
}

TEST(JsonObject, SixteenLevelsAreReadAndNotOneMore) {
  EXPECT_TRUE(read_json_object(nested(15, '[', ']')));
  EXPECT_FALSE(read_json_object(nested(16, '[', ']')));
  EXPECT_FALSE(read_json_object(nested(10'000, '[', ']')));
}

struct Case {
  const char* name;
  std::string text;
};
class RefusedJson : public ::testing::TestWithParam<Case> {};

TEST_P(RefusedJson, IsNoObject) { EXPECT_FALSE(read_json_object(GetParam().text)); }

INSTANTIATE_TEST_SUITE_P(
    Texts, RefusedJson,
    ::testing::Values(
        Case{"Empty", ""}, Case{"Space", " "}, Case{"Text", "\"a\""}, Case{"Number", "1"}, Case{"Null", "null"},
        Case{"Array", "[]"}, Case{"ArrayOfObject", R"([{"a":"b"}])"}, Case{"Open", "{"}, Case{"OpenText", R"({"a":"b)"},
        Case{"Two", "{}{}"}, Case{"Trailing", "{}x"}, Case{"TrailingComma", R"({"a":1,})"},
        Case{"Comment", R"({"a":1/**/})"}, Case{"SingleQuotes", "{'a':1}"}, Case{"BareName", "{a:1}"},
        Case{"Duplicate", R"({"a":1,"a":1})"}, Case{"DuplicateByEscape", R"({"a":1,"\u0061":2})"},
        Case{"NestedDuplicate", R"({"o":{"a":1,"a":2}})"}, Case{"DuplicateInArray", R"({"o":[{"a":1,"a":2}]})"},
        Case{"NulInName", R"({"role\u0000x":"admin"})"}, Case{"NulInNestedName", R"({"o":{"\u0000":1}})"},
        Case{"NulByteAtTheEnd", "{}\0"s}, Case{"NulByteAndMore", "{\"a\":1}\0{\"a\":2}"s},
        Case{"NulByteInText", "{\"a\":\"\0\"}"s}, Case{"NewlineInText", "{\"a\":\"\n\"}"},
        Case{"Bom", "\xEF\xBB\xBF{}"}, Case{"Utf16", "\xFF\xFE{\0}\0"s}, Case{"Utf16BigEndian", "\0{\0}"s},
        Case{"Overlong", "{\"a\":\"\xC0\xAF\"}"}, Case{"OverlongNul", "{\"a\":\"\xC0\x80\"}"},
        Case{"Surrogate", "{\"a\":\"\xED\xA0\x80\"}"}, Case{"LoneSurrogateEscape", R"({"a":"\ud800"})"},
        Case{"LoneLowSurrogateEscape", R"({"a":"\udc00"})"}, Case{"AboveUnicode", "{\"a\":\"\xF4\x90\x80\x80\"}"},
        Case{"Latin1", "{\"a\":\"\xE9\"}"}, Case{"BadUtf8InName", "{\"\xFF\":1}"}, Case{"HugeNumber", R"({"a":1e999})"},
        Case{"LeadingZero", R"({"a":01})"}, Case{"Plus", R"({"a":+1})"}, Case{"NaN", R"({"a":NaN})"},
        Case{"Hex", R"({"a":0x10})"}, Case{"Infinity", R"({"a":Infinity})"}),
    [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace gatehouse::tokens
