// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/naughty.h"

namespace gatehouse::test {
namespace {

class HostileJson : public ApiTest {
 protected:
  void SetUp() override { start(); }
  HttpResponse ask(const std::string& body) { return api().http().post("/auth/login", body); }
  void malformed(const std::string& body) {
    EXPECT_TRUE(is_problem(ask(body), 400, "MALFORMED_JSON")) << body.substr(0, 200);
  }
};

TEST_F(HostileJson, WhatIsNotJsonIsMalformed) {
  for (const std::string body : {"",
                                 " ",
                                 "{",
                                 "}",
                                 "{]",
                                 "[}",
                                 "{\"a\"}",
                                 "{\"a\":}",
                                 "{\"a\":1,}",
                                 "{,}",
                                 "{\"a\":1}}",
                                 "{} {}",
                                 "{}x",
                                 "nul",
                                 "tru",
                                 "'a'",
                                 "{'a':1}",
                                 "{a:1}",
                                 "{\"a\":01}",
                                 "{\"a\":+1}",
                                 "{\"a\":.5}",
                                 "{\"a\":1.}",
                                 "{\"a\":1e}",
                                 "{\"a\":0x1}",
                                 "{\"a\":NaN}",
                                 "{\"a\":Infinity}",
                                 "{\"a\":\"\t\"}",
                                 "{\"a\":\"\n\"}",
                                 "{\"a\":\"\\x41\"}",
                                 "{\"a\":\"\\u12\"}",
                                 "{\"a\":\"\\u12g4\"}",
                                 "{\"a\":\"",
                                 "{\"a\":\"\\",
                                 "{\"a\":\"\\u",
                                 "/**/{}",
                                 "{}//",
                                 "\xef\xbb\xbf{}",
                                 "{\"a\":1 \"b\":2}",
                                 "{\"a\" 1}",
                                 "{\"a\"::1}",
                                 "<a/>",
                                 "a=b",
                                 "{\"a\":\"\xff\"}",
                                 "{\"\xc0\x80\":1}",
                                 "{\"a\":\"\xed\xa0\x80\"}",
                                 "{\"a\":\"\\ud800\"}",
                                 "{\"a\":\"\\udc00x\"}"}) {
    if (body.empty()) {
      EXPECT_EQ(ask(body).status, 400);
      continue;
    }
    malformed(body);
  }
}

TEST_F(HostileJson, ANulIsMalformedWhereverItStands) {
  using namespace std::string_literals;
  for (const auto& body : {"\0"s, "\0{}"s, "{}\0"s, "{\0}"s, "{\"a\":\"\0\"}"s}) malformed(body);
}

TEST_F(HostileJson, OtherEncodingsAreMalformed) {
  std::string utf16("\xff\xfe", 2);
  for (const char c : std::string_view("{\"email\":\"a\"}")) utf16 += std::string{c, '\0'};
  malformed(utf16);
  std::string utf32;
  for (const char c : std::string_view("{}")) utf32 += std::string{'\0', '\0', '\0', c};
  malformed(utf32);
}

TEST_F(HostileJson, OnlyAnObjectIsABody) {
  for (const std::string body : {"[]", "1", "\"a\"", "null", "true", "[{}]"}) {
    EXPECT_EQ(ask(body).status, 400) << body;
  }
}

TEST_F(HostileJson, AMemberTwiceIsRefused) {
  malformed(R"({"email":"a@example.org","email":"b@example.org","password":"x"})");
  malformed(R"({"email":"a@example.org","\u0065mail":"b@example.org","password":"x"})");
  malformed(R"({"email":"a@example.org","password":"x","password":"y"})");
}

TEST_F(HostileJson, NulInANameIsRefused) {
  EXPECT_EQ(ask(R"({"email\u0000":"a@example.org","password":"x"})").status, 400);
  EXPECT_EQ(ask(R"({"email":"a@example.org","password":"x","role\u0000x":"admin"})").status, 400);
}

TEST_F(HostileJson, DepthIsBounded) {
  for (const int depth : {17, 100, 1000, 10'000}) {
    const auto times = static_cast<std::size_t>(depth);
    std::string objects;
    for (std::size_t i = 0; i < times; ++i) objects += "{\"a\":";
    EXPECT_EQ(ask("{\"email\":" + std::string(times, '[') + std::string(times, ']') + '}').status, 400) << depth;
    EXPECT_EQ(ask(objects + '1' + std::string(times, '}')).status, 400) << depth;
    EXPECT_EQ(ask(std::string(times, '[')).status, 400) << depth;
  }
}

TEST_F(HostileJson, AMebibyteOfBracketsCostsNothing) {
  ask("{}");
  const auto before = server().status_kib("VmRSS");
  for (int round = 0; round < 20; ++round) {
    const auto response = ask(std::string(1 << 20, '['));
    ASSERT_TRUE(response.status == 400 || response.status == 413) << response.status;
  }
  if (memory_is_telling) {
    EXPECT_LT(server().status_kib("VmRSS"), before + 4 * 1024);
  }
}

TEST_F(HostileJson, ManySmallMembersAreRefusedInOneAnswer) {
  std::string body = "{";
  for (int i = 0; body.size() < 60'000; ++i) body += "\"k" + std::to_string(i) + "\":1,";
  body += R"("email":"a@example.org"})";
  const auto response = ask(body);
  EXPECT_EQ(response.status, 400);
  EXPECT_LT(response.body.size(), 64U * 1024U) << "the answer is larger than the question";
}

TEST_F(HostileJson, NumbersBeyondEveryTypeAreRefusedOrIgnored) {
  for (const std::string number : {"1e999", "-1e999", "99999999999999999999999999", "1e-999", "0.1e1"}) {
    const auto response = ask(R"({"email":"a@example.org","password":"x","rememberMe":)" + number + '}');
    EXPECT_EQ(response.status, 400) << number;
  }
  EXPECT_EQ(ask(R"({"email":)" + std::string(50'000, '9') + '}').status, 400);
}

TEST_F(HostileJson, WrongTypesAreNamedByPointer) {
  const auto response = ask(R"({"email":1,"password":["x"],"rememberMe":"yes"})");
  EXPECT_TRUE(is_problem(response, 400, "VALIDATION_FAILED"));
  for (const auto* pointer : {"/email", "/password", "/rememberMe"}) EXPECT_TRUE(names_field(response, pointer));
}

TEST_F(HostileJson, PointersAreEscaped) {
  const auto response = ask(R"({"email":"a@example.org","password":"x","a/b~c":1})");
  EXPECT_TRUE(is_problem(response, 400, "UNKNOWN_FIELD"));
  EXPECT_TRUE(names_field(response, "/a~1b~0c"));
}

// Names of members are as hostile as values.
TEST_F(HostileJson, NaughtyMemberNamesAreRefused) {
  for (const auto& naughty : naughty_strings()) {
    const auto response = ask("{" + naughty.literal + ":1}");
    ASSERT_TRUE(response.status == 400 || response.status == 413)
        << naughty.kind << ' ' << naughty.literal.substr(0, 100);
    ASSERT_NO_THROW(Json::parse(response.body)) << naughty.literal.substr(0, 100);
  }
}

}  // namespace
}  // namespace gatehouse::test
