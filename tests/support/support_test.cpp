// SPDX-License-Identifier: Apache-2.0
#include "support/base64url.h"
#include "support/http_message.h"
#include "support/json.h"
#include "support/metrics.h"
#include "support/naughty.h"
#include "support/program.h"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

namespace gatehouse::test {
namespace {

TEST(TakeResponse, TakesOneAnswerAndLeavesTheNext) {
  std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: y\r\n\r\nokHTTP/1.1 204 No Content\r\n\r\n";
  const auto first = take_response(bytes);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->body, "ok");
  EXPECT_EQ(first->header("x"), "y");
  const auto second = take_response(bytes);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->status, 204);
  EXPECT_TRUE(bytes.empty());
}

TEST(TakeResponse, WaitsForTheWholeBody) {
  std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok";
  EXPECT_FALSE(take_response(bytes));
}

TEST(TakeResponse, ThrowsOnAnAnswerWhoseFramingIsUnclear) {
  std::string two = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok";
  EXPECT_THROW(take_response(two), std::runtime_error);
  std::string none = "HTTP/1.1 200 OK\r\n\r\nok";
  EXPECT_THROW(take_response(none), std::runtime_error);
  std::string not_http = "hello\r\n\r\n";
  EXPECT_THROW(take_response(not_http), std::runtime_error);
}

TEST(Json, RefusesAMemberThatComesTwice) {
  EXPECT_THROW(Json::parse(R"({"a":1,"a":2})"), std::runtime_error);
  EXPECT_THROW(Json::parse(R"({"a":1)"), std::runtime_error);
}

TEST(Json, ReadsNestedValues) {
  const auto value = Json::parse(R"({"data":[{"id":"x","n":3,"ok":true}],"next":null})");
  EXPECT_EQ(value["data"][0]["id"].text(), "x");
  EXPECT_EQ(value["data"][0]["n"].integer(), 3);
  EXPECT_TRUE(value["data"][0]["ok"].boolean());
  EXPECT_TRUE(value["next"].is_null());
  EXPECT_TRUE(value["data"][7]["id"].missing());
}

TEST(JsonString, EscapesWhatJsonDemandsAndNothingElse) {
  EXPECT_EQ(json_string("a\"\\\n\xff"), "\"a\\\"\\\\\\u000a\xff\"");
}

TEST(Base64Url, RoundTripsEveryLength) {
  for (std::size_t size = 0; size < 70; ++size) {
    const std::string bytes(size, static_cast<char>(0xfb));
    EXPECT_EQ(from_base64url(base64url(bytes)), bytes);
  }
}

TEST(Metric, SumsTheSamplesWithTheLabels) {
  const std::string text =
      "# HELP calls_total x\ncalls_total{op=\"get\",p=\"a\"} 2\ncalls_total{op=\"get\",p=\"b\"} 3\n"
      "calls_total{op=\"put\",p=\"a\"} 7\ncalls_total_created 9\n";
  EXPECT_EQ(metric(text, "calls_total", {"op=\"get\""}), 5);
  EXPECT_EQ(metric(text, "calls_total"), 12);
  EXPECT_EQ(metric(text, "calls"), -1);
}

TEST(NaughtyStrings, AreSeveralHundredAndDistinct) {
  std::set<std::string> literals;
  for (const auto& string : naughty_strings()) literals.insert(string.literal);
  EXPECT_GE(literals.size(), 400U);
}

TEST(RunProgram, GivesCodeAndBothOutputs) {
  const auto result = run_program({.arguments = {"sh", "-c", "echo out; echo err >&2; exit 3"}});
  EXPECT_EQ(result.code, 3);
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
}

TEST(RunProgram, KillsWhatDoesNotEnd) {
  const auto result = run_program({.arguments = {"sleep", "60"}}, std::chrono::milliseconds(50));
  EXPECT_EQ(result.code, -1);
}

}  // namespace
}  // namespace gatehouse::test
