// SPDX-License-Identifier: Apache-2.0
#include "unit/auth/parallel.h"

#include <set>
#include <string>

namespace gatehouse::test {
namespace {

class MailRace : public AuthFixture, public ::testing::WithParamInterface<Stores> {
 protected:
  MailRace() : AuthFixture(fast({}), GetParam()) {}
};
INSTANTIATE_TEST_SUITE_P(Over, MailRace, ::testing::Values(Stores::One, Stores::MailApart),
                         [](const auto& which) { return which.param == Stores::One ? "OneStore" : "TwoStores"; });

TEST_P(MailRace, OfTwentyUsesOfAVerificationTokenOneSucceeds) {
  for (int round = 0; round < 20; ++round) {
    signup("ada" + std::to_string(round) + "@example.org");
    const auto token = only_mail().token;
    int successes = 0;
    for (const auto& answer : all_at_once(20, [&](int) { return post("/verify-email", {{"token", token}}); })) {
      if (answer.status == 200) {
        ++successes;
      } else {
        EXPECT_EQ(answer.code, Code::InvalidVerificationToken) << answer.refusal();
      }
    }
    EXPECT_EQ(successes, 1) << round;
  }
}

TEST_P(MailRace, OfTwentyUsesOfATokenForANewPasswordOneSucceeds) {
  for (int round = 0; round < 10; ++round) {
    const auto email = "ada" + std::to_string(round) + "@example.org";
    signup(email);
    mails();
    post("/forgot-password", {{"email", email}});
    // The new password has a time of its own.
    clock.advance(std::chrono::seconds(1));
    const auto token = only_mail().token;
    int successes = 0;
    int winner = -1;
    const auto answers = all_at_once(20, [&](int i) {
      return post("/reset-password", {{"token", token}, {"password", std::string(next_password) + std::to_string(i)}});
    });
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (answers[i].status == 204) {
        ++successes;
        winner = static_cast<int>(i);
      } else {
        EXPECT_EQ(answers[i].code, Code::InvalidResetToken) << answers[i].refusal();
      }
    }
    ASSERT_EQ(successes, 1) << round;
    EXPECT_EQ(login(email, std::string(next_password) + std::to_string(winner)).status, 200);
    mails();
  }
}

TEST_P(MailRace, OfManyPasswordChangesAtOnceOneWins) {
  const auto mine = signup();
  int winners = 0;
  for (const auto& answer : all_at_once(8, [&](int i) {
         return post(
             "/change-password",
             {{"currentPassword", good_password}, {"newPassword", std::string(next_password) + std::to_string(i)}},
             mine.text("accessToken"));
       })) {
    if (answer.status == 200) ++winners;
  }
  EXPECT_EQ(winners, 1);
}

TEST_P(MailRace, ManyWorkersSendEachOfManyMailsOnce) {
  constexpr int accounts = 100;
  for (int i = 0; i < accounts; ++i) signup("user" + std::to_string(i) + "@example.org");
  std::vector<std::thread> workers;
  for (int i = 0; i < 8; ++i) workers.emplace_back([&] { services->delivery().deliver_due(); });
  for (auto& worker : workers) worker.join();
  std::set<std::string> addresses;
  for (const auto& mail : mails()) addresses.insert(mail.to);
  EXPECT_EQ(addresses.size(), static_cast<std::size_t>(accounts));
  EXPECT_EQ(mail_faults.calls(MailVerb::Send), static_cast<std::uint64_t>(accounts));
}

class Workers : public AuthFixture {
 protected:
  Workers() : AuthFixture(with_workers()) {}
  static app::ServiceSettings with_workers() {
    auto settings = fast({});
    settings.delivery.workers = 2;
    settings.delivery.poll = std::chrono::hours(1);
    return settings;
  }
};

TEST_F(Workers, SendAMailAsSoonAsItIsCommitted) {
  mail_faults.hold(MailVerb::Send);
  signup();
  mail_faults.wait_held(MailVerb::Send);
  mail_faults.release(MailVerb::Send);
  services->stop();
  EXPECT_EQ(only_mail().to, "ada@example.org");
}

}  // namespace
}  // namespace gatehouse::test
