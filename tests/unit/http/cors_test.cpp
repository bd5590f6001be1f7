// SPDX-License-Identifier: Apache-2.0
#include "http/cors.h"

#include "unit/http/doubles.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>

namespace gatehouse::http {
namespace {

class CrossOrigin : public testing::Test {
 protected:
  std::string headers_for(std::string_view origin) {
    Request request;
    if (!origin.empty()) request.headers.emplace_back("origin", origin);
    std::string head;
    cors_.append_headers(head, request);
    return head;
  }

  test::KeepingLog log_;
  Cors cors_{{"https://app.example.com", "http://localhost:5173"}, log_};
};

TEST_F(CrossOrigin, AListedOriginIsAllowedByName) {
  const auto head = headers_for("https://app.example.com");
  EXPECT_NE(head.find("Access-Control-Allow-Origin: https://app.example.com\r\n"), std::string::npos);
  EXPECT_NE(head.find("Retry-After"), std::string::npos);
}

TEST_F(CrossOrigin, NothingLikeAListedOriginIsAllowed) {
  for (const auto* origin :
       {"null", "https://app.example.com.evil.example", "https://evil.example/https://app.example.com",
        "https://APP.example.com", "http://app.example.com", "https://app.example.com:443", "https://app.example.co",
        "https://xapp.example.com", "*"}) {
    EXPECT_EQ(headers_for(origin), "Vary: Origin\r\n") << origin;
  }
}

TEST_F(CrossOrigin, CachesAreToldThatAnswersDiffer) { EXPECT_EQ(headers_for(""), "Vary: Origin\r\n"); }

TEST_F(CrossOrigin, CredentialsAreNeverAllowed) {
  EXPECT_EQ(headers_for("https://app.example.com").find("Credentials"), std::string::npos);
}

TEST_F(CrossOrigin, ARefusalNamesTheLineToAddOnceASecond) {
  const Steady now{std::chrono::seconds(1000)};
  cors_.report_refusal("https://new.example.com", now);
  cors_.report_refusal("https://new.example.com", now + std::chrono::milliseconds(10));
  cors_.report_refusal("https://new.example.com", now + std::chrono::seconds(1));
  EXPECT_EQ(log_.count("cross-origin", "[cors] allowed_origins = [\"https://new.example.com\"]"), 2U);
}

TEST(CorsConfiguration, WithoutOriginsAddsNothing) {
  test::KeepingLog log;
  const Cors cors({}, log);
  Request request;
  request.headers.emplace_back("origin", "https://app.example.com");
  std::string head;
  cors.append_headers(head, request);
  EXPECT_EQ(head, "");
}

TEST(CorsConfiguration, ThatIsNoOriginIsRefused) {
  test::KeepingLog log;
  for (const auto* origin : {"*", "null", "app.example.com", "https://", "https://app.example.com/",
                             "https://*.example", "https://App.example.com", "https://a\r\nX: y", "https://a b"}) {
    EXPECT_THROW(Cors({origin}, log), std::invalid_argument) << origin;
  }
}

}  // namespace
}  // namespace gatehouse::http
