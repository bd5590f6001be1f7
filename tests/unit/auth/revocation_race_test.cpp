// SPDX-License-Identifier: Apache-2.0
#include "unit/auth/auth_fixture.h"

#include <barrier>
#include <functional>
#include <thread>

namespace gatehouse::test {
namespace {

class RevocationRace : public AuthFixture {
 protected:
  // A client refreshes over and over while `revoke` runs; afterwards none of the tokens it ever got may work.
  void no_session_survives(const std::string& email, const std::function<Answer(const Answer& tokens)>& revoke) {
    const auto tokens = signup(email);
    std::vector<Answer> got{tokens};
    std::barrier start(2);
    std::thread client([&] {
      start.arrive_and_wait();
      for (int i = 0; i < 4; ++i) {
        auto next = refresh(got.back().text("refreshToken"));
        if (next.status != 200) break;
        got.push_back(std::move(next));
      }
    });
    start.arrive_and_wait();
    const auto revoked = revoke(tokens);
    client.join();
    ASSERT_TRUE(revoked.status == 204 || revoked.status == 200) << revoked.refusal();
    for (const auto& answer : got) {
      ASSERT_EQ(get("/user", answer.text("accessToken")).code, Code::SessionRevoked);
    }
    EXPECT_EQ(refresh(got.back().text("refreshToken")).code, Code::SessionRevoked);
  }
};

TEST_F(RevocationRace, NoSessionSurvivesItsLogout) {
  for (int round = 0; round < 150; ++round) {
    no_session_survives("logout" + std::to_string(round) + "@example.org", [&](const Answer& tokens) {
      return post("/logout", nlohmann::json::object(), tokens.text("accessToken"));
    });
  }
}

TEST_F(RevocationRace, NoSessionSurvivesLogoutEverywhere) {
  for (int round = 0; round < 150; ++round) {
    no_session_survives("everywhere" + std::to_string(round) + "@example.org", [&](const Answer& tokens) {
      return post("/logout", {{"everywhere", true}}, tokens.text("accessToken"));
    });
  }
}

TEST_F(RevocationRace, NoSessionSurvivesRevokeAll) {
  for (int round = 0; round < 150; ++round) {
    no_session_survives("all" + std::to_string(round) + "@example.org", [&](const Answer& tokens) {
      return post("/sessions/revoke-all", nlohmann::json::object(), tokens.text("accessToken"));
    });
  }
}

}  // namespace
}  // namespace gatehouse::test
