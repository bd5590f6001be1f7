// SPDX-License-Identifier: Apache-2.0
#include "providers/mailer.h"

#include "provider_fixture.h"

namespace gatehouse::providers {
namespace {

class MailerTest : public ProviderTest {
 protected:
  MailerTest() : ProviderTest(GH_MAIL_TRANSPORT_V1), mailer(*instance) {}
  Mailer mailer;
};

TEST_F(MailerTest, HandsOverEveryPart) {
  std::string seen;
  plugin.on_send = [&](const gh_call&, const gh_mail& m) {
    for (const auto& part :
         {m.message_id, m.from_address, m.from_name, m.to_address, m.to_name, m.subject, m.text, m.html}) {
      seen += text_of(part) + "|";
    }
    return GH_OK;
  };
  ASSERT_TRUE(mailer.send({"id", "from@x", "From", "to@y", "To", "Subject", "text\n", "<p>"}, call()));
  EXPECT_EQ(seen, "id|from@x|From|to@y|To|Subject|text\n|<p>|");
}

TEST_F(MailerTest, TellsLaterFromNeverFromPerhaps) {
  const std::pair<gh_status, const char*> table[] = {{GH_UNAVAILABLE, "PROVIDER_UNAVAILABLE"},
                                                     {GH_TIMEOUT, "PROVIDER_UNAVAILABLE"},
                                                     {GH_DENIED, "PROVIDER_UNAVAILABLE"},
                                                     {GH_INVALID, "VALIDATION_FAILED"},
                                                     {GH_IN_DOUBT, "IN_DOUBT"},
                                                     {GH_INTERNAL, "INTERNAL_ERROR"},
                                                     {GH_NOT_FOUND, "INTERNAL_ERROR"}};
  for (const auto& [status, expected] : table) {
    plugin.on_send = [status = status](const gh_call&, const gh_mail&) { return status; };
    EXPECT_EQ(outcome(mailer.send({}, call())), expected) << status;
  }
}

TEST_F(MailerTest, SaysWhyAMailWillNeverBeTaken) {
  plugin.on_send = [](const gh_call& c, const gh_mail&) {
    return test::explain(c, "RCPT TO was answered 550 no such user"), GH_INVALID;
  };
  const auto done = mailer.send({}, call());
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().detail.find("550 no such user"), std::string::npos) << done.error().detail;
}

TEST_F(MailerTest, PingIsItsStatus) {
  EXPECT_EQ(outcome(mailer.ping(call())), "ok");
  plugin.on_ping = [](const gh_call&) { return GH_DENIED; };
  EXPECT_EQ(outcome(mailer.ping(call())), "PROVIDER_UNAVAILABLE");
}

}  // namespace
}  // namespace gatehouse::providers
