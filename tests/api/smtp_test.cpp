// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/smtp_sink.h"

#include <gmock/gmock.h>

#include <string>

namespace gatehouse::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A server whose mails go by SMTP.
class OverSmtp : public ApiTest {
 protected:
  void SetUp() override {
    const std::string ca = folder_.write("ca.pem", sink_.ca_pem()).string();
    ServerOptions options;
    options.settings["mail.deliver_via"] = "[\"smtp\"]";
    options.more =
        "[[plugin]]\nname = \"smtp\"\nlibrary = \"mail-smtp\"\ncall_timeout = \"60s\"\n[plugin.config]\nhost = "
        "\"127.0.0.1\"\nport = " +
        std::to_string(sink_.address().port) + "\nca_file = \"" + ca +
        "\"\nusername = \"gatehouse\"\npassword = { env = \"TEST_PASSWORD\" }\n" + more_;
    options.environment = {{"TEST_PASSWORD", "canary-password"}};
    start(std::move(options));
  }
  void TearDown() override {
    EXPECT_THAT(server().output(), Not(HasSubstr("canary")));
    ApiTest::TearDown();
  }

  std::string more_;  // of the plugin's configuration
  TempFolder folder_;
  SmtpSink sink_;
};

TEST_F(OverSmtp, SignUpMailsTheNewAddress) {
  api().signed_up(account("ada"));
  ASSERT_TRUE(sink_.wait_for_mails(1)) << server().output();
  const auto mail = sink_.mails().at(0);
  EXPECT_EQ(mail.to, "<ada@example.org>");
  EXPECT_TRUE(mail.over_tls);
  EXPECT_THAT(mail.data, HasSubstr("Message-ID: <"));
}

// A plugin whose patience is beyond the client's.
class OverPatientSmtp : public OverSmtp {
 protected:
  void SetUp() override {
    more_ = "connect_timeout = \"60s\"\nreply_timeout = \"60s\"\n";
    OverSmtp::SetUp();
  }
};

TEST_F(OverPatientSmtp, SignUpDoesNotWaitForTheMailServer) {
  sink_.hang(SmtpSink::Step::Greeting);
  EXPECT_EQ(api().signup(account("ada")).status, 201);
  ASSERT_TRUE(sink_.wait_until_hanging());
  EXPECT_EQ(api().signup(account("bob")).status, 201);
  EXPECT_GT(sink_.hanging(), 0U) << "it has answered when the mail server had given up";
  sink_.down();
}

// A server that refuses the password, before any mail.
class OverSmtpThatRefuses : public OverSmtp {
 protected:
  void SetUp() override {
    sink_.reply(SmtpSink::Step::Auth, "535 5.7.8 canary-password is not it");
    OverSmtp::SetUp();
  }
};

TEST_F(OverSmtpThatRefuses, IsSeenBeforeTheFirstMailAndStopsNothing) {
  const std::string down = R"("smtp":{"up":false})";
  const std::string word = "mails cannot be handed over";
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  HttpResponse ready;
  do {
    ready = HttpClient(server().management()).get("/readyz");
  } while ((ready.body.find(down) == std::string::npos || server().output().find(word) == std::string::npos) &&
           std::chrono::steady_clock::now() < until);
  EXPECT_EQ(ready.status, 200);
  EXPECT_THAT(ready.body, HasSubstr(down));
  EXPECT_THAT(server().output(), AllOf(HasSubstr(word), HasSubstr("535")));
  EXPECT_THAT(metrics(), HasSubstr("gatehouse_mail_transport_up{plugin=\"smtp\"} 0"));
}

}  // namespace
}  // namespace gatehouse::test
