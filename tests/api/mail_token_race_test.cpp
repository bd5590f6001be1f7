// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/mailbox.h"
#include "support/race.h"

#include <memory>
#include <string>
#include <vector>

namespace gatehouse::test {
namespace {

constexpr int token_users = 20;

// 20 clients send one mailed token at the same moment, each on a connection of its own.
class MailTokenRace : public ApiTest {
 protected:
  void SetUp() override {
    start({.settings = {{"passwords.hash.memory", "\"1MiB\""}}});
    for (int i = 0; i < token_users; ++i) apis_.push_back(std::make_unique<Api>(server().listen()));
  }
  // The answers to all of them; each must be `success` or the one error.
  int successes(const std::string& path, const std::string& token, bool with_password, std::string_view error) {
    std::vector<HttpResponse> answers(token_users);
    race(token_users, [&](int i) {
      Members members{{"token", json_string(token)}};
      if (with_password) members.push_back({"password", json_string("Quiet-Lantern-" + std::to_string(50 + i))});
      const auto index = static_cast<std::size_t>(i);
      answers[index] = apis_[index]->http().post("/auth" + path, json_object(members));
    });
    int count = 0;
    for (const auto& answer : answers) {
      if (answer.status < 300) {
        ++count;
      } else {
        EXPECT_TRUE(is_problem(answer, 400, error));
      }
    }
    return count;
  }

 private:
  std::vector<std::unique_ptr<Api>> apis_;
};

TEST_F(MailTokenRace, OneOfTwentyIsTheOneThatCounts) {
  Mailbox mailbox(server().state_folder() / "outbox");
  for (int round = 0; round < 5; ++round) {
    const auto who = account("ada" + std::to_string(round));
    api().signed_up(who);
    EXPECT_EQ(successes("/verify-email", mailbox.next(who.email).token, false, "INVALID_VERIFICATION_TOKEN"), 1);
    api().http().post("/auth/forgot-password", json_object({{"email", json_string(who.email)}}));
    EXPECT_EQ(successes("/reset-password", mailbox.next(who.email).token, true, "INVALID_RESET_TOKEN"), 1);
  }
}

}  // namespace
}  // namespace gatehouse::test
