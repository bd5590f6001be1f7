// SPDX-License-Identifier: Apache-2.0
#include "http/json_body.h"

#include "base/encoding.h"
#include "http/request.h"
#include "support/naughty.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace gatehouse::http {
namespace {

Request request_with(std::string body, std::string content_type = "application/json") {
  Request request;
  request.method = Method::Post;
  request.body = std::move(body);
  if (!content_type.empty()) request.headers.emplace_back("content-type", std::move(content_type));
  return request;
}

Result<JsonBody> read(std::string body) {
  return JsonBody::read(request_with(std::move(body)), {{"email", JsonType::String, true},
                                                        {"refreshToken", JsonType::String},
                                                        {"rememberMe", JsonType::Boolean},
                                                        {"limit", JsonType::Integer},
                                                        {"name", JsonType::String, false, 5},
                                                        {"organization", JsonType::Object},
                                                        {"organization.slug", JsonType::String, true}});
}

// "MALFORMED_JSON SYNTAX", "UNKNOWN_FIELD /x", ...: the code and the first entry.
std::string verdict(std::string body) {
  const auto result = read(std::move(body));
  if (result) return "accepted";
  const auto& error = result.error();
  std::string text(code_name(error.code));
  if (error.fields.empty()) return text;
  const auto& field = error.fields.front();
  return text + " " + field.pointer + (field.pointer.empty() ? "" : " ") + field.code;
}

TEST(JsonBody, DeclaredMembersCanBeRead) {
  const auto body = read(R"({"email":"a@b.c","rememberMe":true,"limit":-7,"organization":{"slug":"acme"}})");
  ASSERT_TRUE(body);
  EXPECT_EQ(body->string("email"), "a@b.c");
  EXPECT_TRUE(body->boolean("rememberMe", false));
  EXPECT_EQ(body->integer("limit"), -7);
  EXPECT_EQ(body->string("organization.slug"), "acme");
}

TEST(JsonBody, AbsentMembersHaveNoValue) {
  const auto body = read(R"({"email":"a@b.c"})");
  ASSERT_TRUE(body);
  EXPECT_EQ(body->string("refreshToken"), std::nullopt);
  EXPECT_EQ(body->integer("limit"), std::nullopt);
  EXPECT_TRUE(body->boolean("rememberMe", true));
  EXPECT_TRUE(body->secret("refreshToken").empty());
}

TEST(JsonBody, ASecretIsTheWholeString) {
  const auto body = read(R"({"email":"p\u00e4ss \ud83d\ude00"})");
  ASSERT_TRUE(body);
  EXPECT_EQ(body->secret("email").reveal(), "p\xC3\xA4ss \xF0\x9F\x98\x80");
}

TEST(JsonBody, ThatIsNotJsonIsRefused) {
  for (const auto* body : {"{",
                           "}",
                           "{\"email\"}",
                           "{\"email\":}",
                           "{\"email\":\"a\",}",
                           "{'email':'a'}",
                           "{email:\"a\"}",
                           "nul",
                           "{\"email\":\"a\"} x",
                           "{\"email\":\"a\"}{}",
                           "{\"email\":\"a\" /* c */}",
                           "{\"email\":\"a\x01\"}",
                           "{\"email\":\"a\nb\"}",
                           "{\"email\":\"\\x\"}",
                           "{\"email\":\"\\u12\"}",
                           "{\"limit\":01}",
                           "{\"limit\":+1}",
                           "{\"limit\":.5}",
                           "{\"limit\":1.}",
                           "{\"limit\":0x1}",
                           "{\"limit\":NaN}",
                           "{\"limit\":1e999}",
                           "{\"email\":\"a",
                           " "}) {
    EXPECT_EQ(verdict(body), "MALFORMED_JSON SYNTAX") << body;
  }
}

TEST(JsonBody, IllFormedUtf8IsRefused) {
  for (const auto* bytes : {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\x80"}) {
    EXPECT_EQ(verdict("{\"email\":\"" + std::string(bytes) + "\"}"), "MALFORMED_JSON SYNTAX");
  }
}

TEST(JsonBody, LoneSurrogatesAreRefused) {
  for (const auto* text : {R"(\ud800)", R"(\udc00)", R"(\ud800\ud800)", R"(\ud800x)", R"(\udc00\ud800)"}) {
    EXPECT_EQ(verdict("{\"email\":\"" + std::string(text) + "\"}"), "MALFORMED_JSON SYNTAX") << text;
  }
}

TEST(JsonBody, AByteOrderMarkIsRefused) {
  EXPECT_EQ(verdict("\xEF\xBB\xBF{\"email\":\"a\"}"), "MALFORMED_JSON SYNTAX");
  EXPECT_EQ(verdict(std::string("\xFF\xFE{\0", 4)), "MALFORMED_JSON SYNTAX");
}

TEST(JsonBody, NothingMayHideBehindANul) {
  EXPECT_EQ(verdict(std::string("{\"email\":\"a\"}\0garbage", 21)), "MALFORMED_JSON SYNTAX");
}

TEST(JsonBody, ADuplicateMemberIsRefused) {
  EXPECT_EQ(verdict(R"({"email":"a","email":"b"})"), "MALFORMED_JSON /email DUPLICATE_MEMBER");
  EXPECT_EQ(verdict(R"({"email":"a","\u0065mail":"b"})"), "MALFORMED_JSON /email DUPLICATE_MEMBER");
  EXPECT_EQ(verdict(R"({"x":{"y":1,"y":2}})"), "MALFORMED_JSON /y DUPLICATE_MEMBER");
  EXPECT_EQ(verdict(R"({"x":[{"y":1,"y":2}]})"), "MALFORMED_JSON /y DUPLICATE_MEMBER");
}

TEST(JsonBody, AControlCharacterInANameIsRefused) {
  EXPECT_EQ(verdict(R"({"email\u0000x":"a"})"), "MALFORMED_JSON NAME");
  EXPECT_EQ(verdict(R"({"email":"a","x":[{"\u001f":1}]})"), "MALFORMED_JSON NAME");
}

TEST(JsonBody, DepthOfSixteenIsReadAndSeventeenIsNot) {
  const auto nested = [](std::size_t depth) {
    return R"({"email":"a","x":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_EQ(verdict(nested(16)), "UNKNOWN_FIELD /x UNKNOWN_FIELD");
  EXPECT_EQ(verdict(nested(17)), "MALFORMED_JSON DEPTH");
}

TEST(JsonBody, AMebibyteOfBracketsIsRefusedAtTheSeventeenth) {
  EXPECT_EQ(verdict(R"({"x":)" + std::string(1 << 20, '[')), "MALFORMED_JSON DEPTH");
  EXPECT_EQ(verdict(std::string(1 << 20, '[')), "MALFORMED_JSON NOT_AN_OBJECT");
}

TEST(JsonBody, TooManyMembersAreRefused) {
  std::string body = R"({"email":"a")";
  for (int i = 0; i < 300; ++i) body += ",\"m" + std::to_string(i) + "\":1";
  EXPECT_EQ(verdict(body + "}"), "MALFORMED_JSON MEMBERS");
}

TEST(JsonBody, MustBeAnObject) {
  for (const auto* body : {"[]", "\"text\"", "1", "true", "null", "[{\"email\":\"a\"}]"}) {
    EXPECT_EQ(verdict(body), "MALFORMED_JSON NOT_AN_OBJECT") << body;
  }
}

TEST(JsonBody, AnUnknownMemberIsRefusedWithTheNearestOne) {
  const auto result = read(R"({"email":"a","refresh_token":"t"})");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::UnknownField);
  ASSERT_EQ(result.error().fields.size(), 1U);
  EXPECT_EQ(result.error().fields[0].pointer, "/refresh_token");
  EXPECT_EQ(result.error().fields[0].detail, "did you mean \"refreshToken\"?");
}

TEST(JsonBody, AnUnknownMemberNearNothingSuggestsNothing) {
  const auto result = read(R"({"email":"a","zzzzzzzz":"t"})");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().fields.at(0).detail, "is not known here");
}

TEST(JsonBody, ADottedNameIsNotTheMemberOfAnObject) {
  EXPECT_EQ(verdict(R"({"email":"a","organization.slug":"x"})"), "UNKNOWN_FIELD /organization.slug UNKNOWN_FIELD");
}

TEST(JsonBody, MembersOfADeclaredObjectAreCheckedToo) {
  EXPECT_EQ(verdict(R"({"email":"a","organization":{"slug":"x","role":"admin"}})"),
            "UNKNOWN_FIELD /organization/role UNKNOWN_FIELD");
  EXPECT_EQ(verdict(R"({"email":"a","organization":{}})"), "VALIDATION_FAILED /organization/slug REQUIRED");
  EXPECT_EQ(verdict(R"({"email":"a","organization":{"slug":1}})"), "VALIDATION_FAILED /organization/slug TYPE");
}

TEST(JsonBody, PointersAreEscaped) {
  EXPECT_EQ(verdict(R"({"email":"a","a/b~c":1})"), "UNKNOWN_FIELD /a~1b~0c UNKNOWN_FIELD");
}

TEST(JsonBody, ALongNameIsShownCutBetweenCharacters) {
  for (std::size_t before = 60; before <= 66; ++before) {
    for (const std::string_view character : {"\u00e9", "\u20ac", "\U0001F511"}) {
      const auto result = read(R"({"email":"a",")" + std::string(before, 'x') + std::string(character) + R"(":1})");
      ASSERT_FALSE(result);
      const auto& pointer = result.error().fields.at(0).pointer;
      EXPECT_TRUE(is_utf8(pointer)) << before << ' ' << character;
      EXPECT_EQ(pointer.substr(0, 61), "/" + std::string(60, 'x'));
    }
  }
}

TEST(JsonBody, EveryTypeIsExact) {
  for (const auto* body : {R"({"email":1})", R"({"email":null})", R"({"email":["a"]})", R"({"email":{"a":1}})",
                           R"({"email":true})", R"({"email":1.5})"}) {
    EXPECT_EQ(verdict(body), "VALIDATION_FAILED /email TYPE") << body;
  }
  for (const auto* value : {"\"true\"", "1", "null", "[]"}) {
    EXPECT_EQ(verdict(R"({"email":"a","rememberMe":)" + std::string(value) + "}"),
              "VALIDATION_FAILED /rememberMe TYPE");
  }
  for (const auto* value : {"\"1\"", "1.0", "1e3", "null", "[1]", "18446744073709551615", "100000000000000000000"}) {
    EXPECT_EQ(verdict(R"({"email":"a","limit":)" + std::string(value) + "}"), "VALIDATION_FAILED /limit TYPE") << value;
  }
  EXPECT_EQ(verdict(R"({"email":"a","organization":"x"})"), "VALIDATION_FAILED /organization TYPE");
}

TEST(JsonBody, IntegersAreExactAtTheirEnds) {
  EXPECT_EQ(read(R"({"email":"a","limit":9223372036854775807})")->integer("limit"), 9223372036854775807);
  EXPECT_EQ(read(R"({"email":"a","limit":-9223372036854775808})")->integer("limit"), INT64_MIN);
  EXPECT_EQ(read(R"({"email":"a","limit":-0})")->integer("limit"), 0);
}

TEST(JsonBody, LengthIsCountedInCodePoints) {
  EXPECT_EQ(verdict(R"({"email":"a","name":"éééée"})"), "accepted");
  EXPECT_EQ(verdict(R"({"email":"a","name":"éééééé"})"), "VALIDATION_FAILED /name TOO_LONG");
}

TEST(JsonBody, NulAndNoncharactersInAStringAreRefused) {
  for (const auto* text :
       {R"(a\u0000b)", R"(\ufffe)", R"(\uffff)", R"(\ufdd0)", R"(\ud83f\udffe)", R"(\udbff\udfff)"}) {
    EXPECT_EQ(verdict("{\"email\":\"" + std::string(text) + "\"}"), "VALIDATION_FAILED /email CHARACTER_NOT_ALLOWED")
        << text;
  }
  for (const auto* text : {R"(\ufdcf)", R"(\ufdf0)", R"(\ufffd)", R"(\ud83f\udffd)"}) {
    EXPECT_EQ(verdict("{\"email\":\"" + std::string(text) + "\"}"), "accepted") << text;
  }
}

TEST(JsonBody, EverythingWrongIsReportedAtOnce) {
  const auto result = read(R"({"rememberMe":"yes","limit":"x","nmae":"n"})");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::UnknownField);
  EXPECT_EQ(result.error().fields.size(), 4U);
}

TEST(JsonBody, AGivenMemberOfTheWrongTypeIsNotCalledMissing) {
  const auto result = read(R"({"email":1})");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().fields.size(), 1U);
}

TEST(JsonBody, NoErrorRepeatsAValue) {
  for (const auto* body : {R"({"email":"CANARY)", R"({"email":"CANARY\u0000"})", R"({"email":{"a":"CANARY"}})",
                           R"({"name":"CANARYCANARY"})", R"({"limit":"CANARY"})", R"({"email":CANARY})"}) {
    const auto result = read(body);
    ASSERT_FALSE(result) << body;
    EXPECT_EQ(result.error().detail.find("CANARY"), std::string::npos) << body;
    for (const auto& field : result.error().fields) {
      EXPECT_EQ((field.pointer + field.code + field.detail).find("CANARY"), std::string::npos) << body;
    }
  }
}

TEST(JsonBody, NaughtyStringsAreReadOrRefusedInEveryMember) {
  for (const auto& naughty : test::naughty_strings()) {
    const auto result = read(R"({"email":)" + naughty.literal + "}");
    const bool fits =
        result || result.error().code == Code::MalformedJson || result.error().code == Code::ValidationFailed;
    EXPECT_TRUE(fits) << naughty.kind;
  }
}

TEST(JsonBody, OnlyJsonInUtf8IsAMediaType) {
  const auto verdict_of = [](std::string type) {
    const auto result = JsonBody::read(request_with("{}", std::move(type)), {});
    return result ? std::string("accepted") : std::string(code_name(result.error().code));
  };
  for (const auto* type : {"application/json", "Application/JSON", "application/json; charset=utf-8",
                           "application/json;charset=\"UTF-8\"", "application/json; profile=x"}) {
    EXPECT_EQ(verdict_of(type), "accepted") << type;
  }
  for (const auto* type : {"", "text/plain", "application/x-www-form-urlencoded", "text/json", "application/jsonx",
                           "application/json; charset=iso-8859-1", "application/json, text/plain", "json"}) {
    EXPECT_EQ(verdict_of(type), "UNSUPPORTED_MEDIA_TYPE") << type;
  }
}

TEST(JsonBody, AnAbsentBodyIsAnEmptyObject) {
  EXPECT_TRUE(JsonBody::read(request_with("", ""), {{"everywhere", JsonType::Boolean}}));
}

TEST(JsonBody, AnAbsentBodyLacksWhatIsRequired) {
  const auto result = JsonBody::read(request_with("", ""), {{"email", JsonType::String, true}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::ValidationFailed);
  EXPECT_EQ(result.error().fields.at(0).pointer, "/email");
}

}  // namespace
}  // namespace gatehouse::http
