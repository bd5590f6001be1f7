// SPDX-License-Identifier: Apache-2.0
#include "http/target.h"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::http {
namespace {

std::string path_of(std::string target) {
  Request request;
  request.headers = {{"host", "auth.example.org:8080"}};
  request.method = Method::Get;
  request.target = std::move(target);
  const auto error = parse_target(request, 4096);
  if (!error) return request.path;
  return error->fields.empty() ? std::string(code_name(error->code)) : error->fields.front().code;
}

TEST(Target, PathIsDecodedOnce) {
  EXPECT_EQ(path_of("/auth/users/a%20b"), "/auth/users/a b");
  EXPECT_EQ(path_of("/auth/%252e%252e/x"), "/auth/%2e%2e/x");
  EXPECT_EQ(path_of("/caf%C3%A9"), "/caf\xC3\xA9");
}

TEST(Target, TheRootIsAPath) { EXPECT_EQ(path_of("/"), "/"); }

TEST(Target, TheAbsoluteFormIsReadAsItsPath) {
  EXPECT_EQ(path_of("http://auth.example.org:8080/auth/user"), "/auth/user");
  EXPECT_EQ(path_of("HTTPS://AUTH.example.org:8080/auth/user?x=1"), "/auth/user");
}

TEST(Target, TheAbsoluteFormMustNameTheHostThatHostNames) {
  for (const auto* target :
       {"http://other.example.org/auth/user", "http://auth.example.org/auth/user", "http:///auth",
        "http://auth.example.org:8080", "http://a@auth.example.org:8080/x", "ftp://a/b", "http:/a"}) {
    EXPECT_EQ(path_of(target), "TARGET_FORM") << target;
  }
}

TEST(Target, DotAndEmptySegmentsAreRefusedInEveryWriting) {
  for (const auto* target : {"/auth/../x", "/auth/./x", "/..", "/auth/..", "/auth/%2e%2e/x", "/auth/%2E./x",
                             "/auth/.%2e", "/auth//x", "//", "/auth/", "/auth/%2e"}) {
    EXPECT_EQ(path_of(target), "PATH_SEGMENT") << target;
  }
}

TEST(Target, DotsInsideSegmentsAreText) {
  EXPECT_EQ(path_of("/.well-known/jwks.json"), "/.well-known/jwks.json");
  EXPECT_EQ(path_of("/a../...b"), "/a../...b");
}

TEST(Target, EncodingsThatCouldBeReadTwoWaysAreRefused) {
  for (const auto* target : {"/a%00b", "/a%2fb", "/a%2Fb", "/a%5cb", "/a%0d%0ab", "/a%7f", "/a%", "/a%4", "/a%zz",
                             "/a%ff", "/a%c0%af", "/a%ed%a0%80"}) {
    EXPECT_EQ(path_of(target), "PATH_ENCODING") << target;
  }
}

TEST(Target, CharactersOutsideVisibleAsciiAreRefused) {
  for (const auto* target : {"/a\\b", "/a#b", "/a\x80", "/a\x7f", "/a b", "/a\tb"}) {
    EXPECT_EQ(path_of(target), "TARGET_CHARACTER") << target;
  }
}

TEST(Target, QueryMembersAreDecodedOnceAndInOrder) {
  Request request;
  request.target = "/a?limit=50&q=a%2Bb+c&empty=&flag&limit=7";
  ASSERT_FALSE(parse_target(request, 4096));
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"limit", "50"}, {"q", "a+b c"}, {"empty", ""}, {"flag", ""}, {"limit", "7"}};
  EXPECT_EQ(request.query, expected);
  EXPECT_EQ(request.query_value("limit"), "50");
  EXPECT_EQ(request.query_value("none"), std::nullopt);
}

TEST(Target, AMalformedQueryIsRefused) {
  for (const auto* target : {"/a?b=%", "/a?b=%00", "/a?b=%ff", "/a?%zz=1"}) EXPECT_EQ(path_of(target), "QUERY");
}

TEST(Target, TooManyQueryMembersAreRefused) {
  std::string target = "/a?";
  for (int i = 0; i < 65; ++i) target += "x&";
  EXPECT_EQ(path_of(target), "QUERY");
}

}  // namespace
}  // namespace gatehouse::http
