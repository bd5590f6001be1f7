// SPDX-License-Identifier: Apache-2.0
#include "ops/error_pages.h"

#include "base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::ops {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

http::Response page(std::string code) {
  http::Request request;
  request.parameters = {{"code", std::move(code)}};
  return error_page(request);
}

TEST(ErrorPage, SaysWhatTheDocumentSays) {
  const auto found = page("TOKEN_EXPIRED");
  EXPECT_EQ(found.status, 200);
  EXPECT_EQ(found.content_type, "text/plain; charset=utf-8");
  EXPECT_THAT(found.body, StartsWith("TOKEN_EXPIRED (AUTH_004)\nHTTP status 401\n"));
  EXPECT_THAT(found.body, HasSubstr("What to do: refresh; if that fails, log in\n"));
}

TEST(ErrorPage, IsThereForEveryCode) {
  for (int code = 0; code_name(static_cast<Code>(code)) != code_name(Code::Internal); ++code) {
    EXPECT_FALSE(page(std::string(code_name(static_cast<Code>(code)))).error) << code_name(static_cast<Code>(code));
  }
  EXPECT_FALSE(page("INTERNAL_ERROR").error);
}

TEST(ErrorPage, OfAnUnknownCodeIsNotFound) {
  for (const auto* code : {"", "NOPE", "token_expired", "TOKEN_EXPIRED|", "401"}) {
    ASSERT_TRUE(page(code).error) << code;
    EXPECT_EQ(page(code).error->code, Code::NotFound) << code;
  }
}

}  // namespace
}  // namespace gatehouse::ops
