// SPDX-License-Identifier: Apache-2.0
#include "http/answer_writer.h"

#include "support/http_message.h"
#include "unit/http/doubles.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace gatehouse::http {
namespace {

class Answer : public testing::Test {
 protected:
  test::HttpResponse written(Response response, Hsts hsts = Hsts::Off) {
    exchange_.output.clear();
    AnswerWriter(hsts, cors_, log_).write(exchange_, response, date_);
    auto bytes = exchange_.output;
    const auto answer = test::take_response(bytes, exchange_.request.method == Method::Head);
    EXPECT_EQ(bytes, "");
    return answer.value_or(test::HttpResponse());
  }

  test::KeepingLog log_;
  Cors cors_{{}, log_};
  DateText date_;
  Exchange exchange_;
};

TEST_F(Answer, CarriesTheSecurityHeadersWhateverItsStatus) {
  for (const auto& response : {Response::json(200, "{}"), Response::empty(), Response::json(404, "{}")}) {
    const auto answer = written(response);
    EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(answer.header("Content-Security-Policy"), "default-src 'none'; frame-ancestors 'none'; sandbox");
    EXPECT_EQ(answer.header("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(answer.header("Cross-Origin-Resource-Policy"), "same-origin");
    EXPECT_EQ(answer.header("X-Frame-Options"), "DENY");
    EXPECT_EQ(answer.header("Cache-Control"), "no-store");
    EXPECT_EQ(answer.header("Server"), std::nullopt);
    EXPECT_EQ(answer.header("Strict-Transport-Security"), std::nullopt);
  }
}

TEST_F(Answer, UnderTlsDemandsTlsForAYear) {
  EXPECT_EQ(written(Response::empty(), Hsts::On).header("Strict-Transport-Security"),
            "max-age=31536000; includeSubDomains");
}

TEST_F(Answer, ThatIsNotSensitiveMayBeCached) {
  auto response = Response::json(200, "{}");
  response.sensitive = false;
  EXPECT_EQ(written(response).header("Cache-Control"), std::nullopt);
}

TEST_F(Answer, OfAPageMayReplaceADefault) {
  auto response = Response::json(200, "{}");
  response.headers = {{"content-security-policy", "script-src 'self'"}};
  const auto answer = written(response);
  EXPECT_EQ(answer.count("Content-Security-Policy"), 1U);
  EXPECT_EQ(answer.header("X-Frame-Options"), "DENY");
}

TEST_F(Answer, ToHeadHasTheLengthAndNoBody) {
  exchange_.request.method = Method::Head;
  const auto answer = written(Response::json(200, "{\"a\":1}"));
  EXPECT_EQ(answer.header("Content-Length"), "7");
  EXPECT_EQ(answer.body, "");
}

TEST_F(Answer, WithoutContentHasNoBodyWhateverTheHandlerPutThere) {
  auto response = Response::json(204, "{}");
  EXPECT_EQ(written(response).header("Content-Length"), std::nullopt);
}

TEST_F(Answer, NoHeaderValueCanBeginAnotherHeader) {
  auto response = Response::json(200, "{}");
  response.headers = {{"Location", "/x\r\nEvil: 1"}, {"ETag", "\"7\""}};
  const auto answer = written(response);
  EXPECT_EQ(answer.header("Evil"), std::nullopt);
  EXPECT_EQ(answer.header("Location"), std::nullopt);
  EXPECT_EQ(answer.header("ETag"), "\"7\"");
  EXPECT_EQ(log_.count("header with control characters", "Location"), 1U);
}

TEST_F(Answer, SaysWhenTheConnectionEnds) {
  exchange_.close = true;
  EXPECT_EQ(written(Response::empty()).header("Connection"), "close");
  exchange_.close = false;
  EXPECT_EQ(written(Response::empty()).header("Connection"), std::nullopt);
  exchange_.version = Version::Http10;
  EXPECT_EQ(written(Response::empty()).header("Connection"), "keep-alive");
}

TEST(DateHeader, IsTheFixedFormat) {
  DateText date;
  EXPECT_EQ(date.at(Time{std::chrono::seconds(784111777)}), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.at(Time{std::chrono::seconds(784111777) + std::chrono::microseconds(999999)}),
            "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.at(Time{std::chrono::seconds(951782400)}), "Tue, 29 Feb 2000 00:00:00 GMT");
}

}  // namespace
}  // namespace gatehouse::http
