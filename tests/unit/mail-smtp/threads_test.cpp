// SPDX-License-Identifier: Apache-2.0
#include "unit/mail-smtp/smtp_fixture.h"

#include <latch>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::test {
namespace {

TEST_F(MailSmtpStarted, MailsOfManyThreadsArriveOnceAndWhole) {
  constexpr int threads = 8;
  constexpr int mails = 5;
  std::latch ready(threads);
  std::vector<std::thread> running;
  for (int thread = 0; thread < threads; ++thread) {
    running.emplace_back([&, thread] {
      ready.arrive_and_wait();
      for (int i = 0; i < mails; ++i) {
        Letter letter;
        letter.message_id = std::to_string(thread) + "." + std::to_string(i) + "@gatehouse.example";
        letter.to_address = "user" + std::to_string(thread) + "@example.com";
        TestCall call(august_2_2026_us, deadline());
        const gh_mail mail = mail_of(letter);
        EXPECT_EQ(transport().send(smtp_->self(), call.get(), &mail), GH_OK) << call.explanation;
      }
    });
  }
  for (auto& thread : running) thread.join();
  std::set<std::string> ids;
  for (const SinkMail& mail : sink_.mails()) {
    const std::size_t at = mail.data.find("Message-ID: <") + 13;
    const std::string id = mail.data.substr(at, mail.data.find('>', at) - at);
    EXPECT_TRUE(ids.insert(id).second);
    EXPECT_EQ(mail.to, "<user" + id.substr(0, 1) + "@example.com>");
  }
  EXPECT_EQ(ids.size(), std::size_t{threads * mails});
}

}  // namespace
}  // namespace gatehouse::test
