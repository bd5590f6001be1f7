// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/base64url.h"
#include "support/command_line.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <set>
#include <string>

namespace gatehouse::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class SigningKeys : public ApiTest {
 protected:
  void SetUp() override { start(); }

  // The configuration the operator has written for the next start.
  std::string wanted(const std::string& algorithm) {
    const auto text = "mode = \"dev\"\nstate_dir = \"" + server().state_folder().string() +
                      "\"\ntokens.algorithm = \"" + algorithm + "\"\n";
    return folder_.write("next.toml", text).string();
  }
  std::set<std::string> published() {
    std::set<std::string> algorithms;
    const auto body = Json::parse(HttpClient(server().listen()).get("/.well-known/jwks.json").body);
    for (const auto& key : body["keys"].items()) algorithms.insert(key["alg"].text());
    return algorithms;
  }
  std::string algorithm_of(const std::string& token) {
    return Json::parse(from_base64url(token.substr(0, token.find('.'))))["alg"].text();
  }
  // Waits for the running server to have taken up what another process made.
  void wait_for_key(const std::string& algorithm, const Tokens& tokens) {
    auto refresh = tokens.refresh;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (std::string now; now != algorithm;) {
      ASSERT_LT(std::chrono::steady_clock::now(), until) << "the new key does not sign";
      const auto fresh = api().refreshed(refresh);
      refresh = fresh.refresh;
      now = algorithm_of(fresh.access);
    }
  }

  const TempFolder folder_;
};

// tokens.algorithm is changed on a server that has users: with one command, and without ending anybody's session.
class AlgorithmChange : public SigningKeys, public ::testing::WithParamInterface<std::string> {};

TEST_P(AlgorithmChange, IsRefusedWithTheCommandThatMakesIt) {
  ASSERT_EQ(server().stop(), 0);
  const auto result = try_to_serve(read_file(wanted(GetParam())));
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.out + result.err, HasSubstr("gatehouse keys rotate access"));
}

TEST_P(AlgorithmChange, LeavesTokensAndSessionsOfBeforeValid) {
  const auto before = api().signed_up(account("ada"));
  const auto other = api().signed_up(account("grace"));
  const auto rotated = gatehouse({"keys", "rotate", "access", "--now", "--config", wanted(GetParam())});
  ASSERT_EQ(rotated.code, 0) << rotated.err;
  wait_for_key(GetParam(), other);
  EXPECT_EQ(api().user(before.access).status, 200);
  const auto fresh = api().refreshed(before.refresh);
  EXPECT_EQ(algorithm_of(fresh.access), GetParam());
  EXPECT_EQ(api().user(fresh.access).status, 200);
  EXPECT_EQ(api().user(before.access).status, 200);
  const auto algorithms = published();
  EXPECT_EQ(algorithms.count("ES256"), 1U);
  EXPECT_EQ(algorithms.count(GetParam()), GetParam() == "HS256" ? 0U : 1U);
}

INSTANTIATE_TEST_SUITE_P(To, AlgorithmChange, ::testing::Values("EdDSA", "RS256", "HS256"));

TEST_F(SigningKeys, ArePublishedBeforeTheySign) {
  auto tokens = api().signed_up(account("ada"));
  const auto rotated = gatehouse({"keys", "rotate", "access", "--config", wanted("EdDSA")});
  ASSERT_EQ(rotated.code, 0) << rotated.err;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (published().count("EdDSA") == 0) ASSERT_LT(std::chrono::steady_clock::now(), until);
  tokens = api().refreshed(tokens.refresh);
  EXPECT_EQ(algorithm_of(tokens.access), "ES256");
  EXPECT_EQ(api().user(tokens.access).status, 200);
}

}  // namespace
}  // namespace gatehouse::test
