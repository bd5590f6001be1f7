// SPDX-License-Identifier: Apache-2.0
#include "base/log_line.h"
#include "base/encoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace gatehouse {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr Time moment{std::chrono::microseconds{1'795'167'000'123'456}};

std::string line(LogStyle style, std::string_view event, std::initializer_list<LogField> fields,
                 LogLevel level = LogLevel::Info) {
  std::string out;
  append_log_line(out, style, moment, level, event, fields);
  return out;
}

std::string json(std::string_view name, std::string_view value) { return line(LogStyle::Json, "e", {{name, value}}); }

TEST(LogLine, IsOneJsonObjectWithTimeLevelEventAndFields) {
  const auto text =
      line(LogStyle::Json, "request",
           {{"method", std::string_view("GET")}, {"status", std::int64_t{200}}, {"seconds", 0.25}, {"cached", true}});
  EXPECT_EQ(text, R"({"time":"2026-11-20T09:30:00.123Z","level":"info","event":"request","method":"GET","status":200,)"
                  R"("seconds":0.25,"cached":true})"
                  "\n");
}

TEST(LogLine, TimesAgreeWithTheClocksOwnFormat) {
  for (const std::int64_t us : {0LL, 951'826'554'000'999LL, 4'102'444'799'999'999LL}) {
    const Time time{std::chrono::microseconds{us}};
    std::string out;
    append_log_line(out, LogStyle::Json, time, LogLevel::Info, "e", {});
    EXPECT_EQ(nlohmann::json::parse(out)["time"], to_rfc3339(time));
  }
}

TEST(LogLine, NamesOfTheRecordItselfAreNotWrittenTwice) {
  const auto parsed =
      nlohmann::json::parse(line(LogStyle::Json, "stored", {{"event", std::string_view("user_created")}}));
  EXPECT_EQ(parsed["event"], "stored");
  EXPECT_EQ(parsed["event_"], "user_created");
}

TEST(LogLine, NumbersThatJsonCannotSayAreNull) {
  EXPECT_TRUE(nlohmann::json::parse(line(LogStyle::Json, "e", {{"x", std::numeric_limits<double>::infinity()}}))["x"]
                  .is_null());
}

TEST(LogLine, CutsAVeryLongValueAtACharacter) {
  std::string long_text = "x";
  for (int i = 0; i < 5000; ++i) long_text += "é";
  const auto text = json("agent", long_text);
  EXPECT_LT(text.size(), 5000U);
  EXPECT_TRUE(is_utf8(text));
  EXPECT_THAT(text, HasSubstr("é...\""));
}

// Every way known to us of turning one record into two, or of steering the reader's terminal.
class LogInjection : public testing::TestWithParam<std::tuple<LogStyle, std::string>> {};

TEST_P(LogInjection, StaysOneVisibleLine) {
  const auto& [style, attack] = GetParam();
  for (const auto& text : {line(style, "request", {{"path", std::string_view(attack)}}), line(style, attack, {})}) {
    ASSERT_EQ(text.back(), '\n');
    const auto body = std::string_view(text).substr(0, text.size() - 1);
    EXPECT_TRUE(is_utf8(body));
    for (const char c : body) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) << text;
    for (const std::string_view hidden : {"\xE2\x80\xA8", "\xE2\x80\xA9", "\xC2\x85", "\xC2\x9B", "\xE2\x80\xAE",
                                          "\xE2\x81\xA6", "\xE2\x80\x8B", "\xEF\xBB\xBF", "\xF3\xA0\x81\x81"}) {
      EXPECT_THAT(std::string(body), Not(HasSubstr(std::string(hidden))));
    }
  }
}

TEST_P(LogInjection, AJsonReaderGetsTheSameTextBack) {
  const auto& [style, attack] = GetParam();
  if (style != LogStyle::Json || !is_utf8(attack)) return;
  EXPECT_EQ(nlohmann::json::parse(json("path", attack))["path"], attack);
}

INSTANTIATE_TEST_SUITE_P(
    Table, LogInjection,
    testing::Combine(testing::Values(LogStyle::Json, LogStyle::Pretty),
                     testing::Values(std::string("a\r\n{\"level\":\"error\",\"event\":\"forged\"}"),
                                     std::string("a\nb"), std::string("\x1b[2J\x1b]0;title\x07"),
                                     std::string("\xC2\x9B") + "31m",
                                     std::string("a\xE2\x80\xA8z\xE2\x80\xA9z\xC2\x85z"), std::string("a\0b", 3),
                                     std::string("\xE2\x80\xAEtxt.exe\xE2\x81\xA6\xE2\x80\x8B\xEF\xBB\xBF"),
                                     std::string("\xF3\xA0\x81\x81tag"), std::string("\",\"level\":\"error"),
                                     std::string("\\"), std::string("\xFF\xC0\xAF\xED\xA0\x80\xF5"),
                                     std::string("\xE2\x80"), std::string("=?utf-8?q?=0a?="),
                                     std::string("\x7F\b\t\v\f"))));

TEST(LogRedaction, HidesTheValuesOfNamesThatHoldSecrets) {
  for (const std::string_view name : {"password", "Password", "newPassword", "new_password", "token", "accessToken",
                                      "refresh_token", "authorization", "proxy-authorization", "Set-Cookie",
                                      "client_secret", "hmac_secrets", "api-key", "private_key", "smtp_credentials"}) {
    EXPECT_TRUE(is_sensitive_name(name)) << name;
    EXPECT_EQ(nlohmann::json::parse(json(name, "canary-4711"))[std::string(name)], "[redacted]");
  }
}

TEST(LogRedaction, ShowsNamesThatOnlySoundLikeSecrets) {
  for (const std::string_view name :
       {"token_id", "password_policy", "key_version", "kid", "path", "plugin", "cookie_count"}) {
    EXPECT_FALSE(is_sensitive_name(name)) << name;
  }
}

TEST(LogRedaction, HidesCredentialsInsideOtherTexts) {
  for (const std::string_view text :
       {"got ghr_AQcanary4711-_x from client", "Authorization: Bearer canary4711.x",
        "BEARER canary4711=", "jwt eyJhbGciOiJFUzI1NiJ9.canary4711.sig, eyJhbGciOiJFUzI1NiJ9.canary4711"}) {
    for (const auto style : {LogStyle::Json, LogStyle::Pretty, LogStyle::Colour}) {
      EXPECT_THAT(line(style, text, {}), Not(HasSubstr("canary")));
      EXPECT_THAT(line(style, "e", {{"detail", text}}), AllOf(Not(HasSubstr("canary")), HasSubstr("[redacted]")));
    }
  }
}

TEST(LogRedaction, KeepsWhatStandsAroundACredential) {
  EXPECT_EQ(nlohmann::json::parse(json("detail", "before ghr_abc after Bearer xyz end"))["detail"],
            "before [redacted] after Bearer [redacted] end");
}

TEST(PrettyLog, QuotesOnlyValuesThatNeedIt) {
  EXPECT_EQ(
      line(LogStyle::Pretty, "listening",
           {{"address", std::string_view("127.0.0.1:8080")}, {"why", std::string_view("a b")}, {"n", std::int64_t{3}}},
           LogLevel::Warn),
      "09:30:00.123 WARN  listening address=127.0.0.1:8080 why=\"a b\" n=3\n");
}

}  // namespace
}  // namespace gatehouse
