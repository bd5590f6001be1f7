// SPDX-License-Identifier: Apache-2.0
#include "unit/mail-smtp/smtp_fixture.h"

#include <string>

namespace gatehouse::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class MailSmtpTls : public MailSmtp {
 protected:
  // Nothing of the mail and no password went out.
  static void expect_silence(const SmtpSink& sink) {
    EXPECT_THAT(sink.commands(), Not(Contains(StartsWith("AUTH"))));
    EXPECT_THAT(sink.commands(), Not(Contains(StartsWith("MAIL"))));
    EXPECT_THAT(sink.mails(), IsEmpty());
  }
};

// Who stands between takes the line out of the answer to EHLO.
TEST_F(MailSmtpTls, AServerWithoutStarttlsGetsNothing) {
  SmtpSink sink;
  sink.hide_starttls();
  start(sink);
  EXPECT_EQ(send(), GH_UNAVAILABLE);
  EXPECT_THAT(explanation_, HasSubstr("STARTTLS"));
  expect_silence(sink);
}

TEST_F(MailSmtpTls, AServerThatRefusesStarttlsGetsNothing) {
  SmtpSink sink;
  sink.reply(Step::StartTls, "454 not now");
  start(sink);
  EXPECT_EQ(send(), GH_UNAVAILABLE);
  expect_silence(sink);
}

TEST_F(MailSmtpTls, AServerWithoutEhloGetsNothing) {
  SmtpSink sink;
  sink.reply(Step::Ehlo, "502 what?");
  start(sink);
  EXPECT_EQ(send(), GH_UNAVAILABLE);
  expect_silence(sink);
}

// What came in the clear behind the answer must not count as said over TLS.
TEST_F(MailSmtpTls, AnswersSlippedInBeforeTlsEndTheDialogue) {
  SmtpSink sink;
  sink.reply(Step::StartTls, "220 go ahead\r\n250-evil\r\n250 AUTH PLAIN");
  start(sink);
  EXPECT_EQ(send(), GH_UNAVAILABLE);
  expect_silence(sink);
}

TEST_F(MailSmtpTls, ACertificateOfAnotherAuthorityIsRefused) {
  SmtpSink sink;
  SmtpSink other;
  start(sink);
  const std::string ca = (folder_.path() / "other.pem").string();
  std::ofstream(ca) << other.ca_pem();
  start(sink, {{"ca_file", ca}});
  EXPECT_EQ(send(), GH_UNAVAILABLE);
  EXPECT_THAT(explanation_, HasSubstr("ca_file"));
  expect_silence(sink);
}

TEST_F(MailSmtpTls, ACertificateForAnotherNameIsRefused) {
  SmtpSink sink(SmtpSink::Tls::StartTls, "mail.example");
  start(sink);
  EXPECT_EQ(send(), GH_UNAVAILABLE);
  expect_silence(sink);
}

TEST_F(MailSmtpTls, ACertificateThatHasEndedIsRefused) {
  SmtpSink sink(SmtpSink::Tls::StartTls, "127.0.0.1", std::chrono::seconds(-60));
  start(sink);
  EXPECT_EQ(send(), GH_UNAVAILABLE);
  expect_silence(sink);
}

TEST_F(MailSmtpTls, WithoutCaFileTheSystemsAuthoritiesDecide) {
  SmtpSink sink;
  start(sink, {{"ca_file", std::string("(none)")}});
  EXPECT_EQ(send(), GH_UNAVAILABLE);
  expect_silence(sink);
}

TEST_F(MailSmtpTls, TlsFromTheFirstByteWorks) {
  SmtpSink sink(SmtpSink::Tls::FromTheStart);
  start(sink, {{"tls", std::string("tls")}});
  ASSERT_EQ(send(), GH_OK) << explanation_;
  EXPECT_TRUE(sink.mails().at(0).over_tls);
}

TEST_F(MailSmtpTls, TlsFromTheFirstByteDoesNotTalkToAServerWithout) {
  SmtpSink sink;
  start(sink, {{"tls", std::string("tls")}});
  EXPECT_EQ(send(), GH_UNAVAILABLE);
  expect_silence(sink);
}

TEST_F(MailSmtpTls, WithoutTlsOnThisMachineItIsSaidLoudly) {
  SmtpSink sink(SmtpSink::Tls::None);
  Settings plain = without_login();
  plain.emplace_back("tls", std::string("none"));
  start(sink, plain);
  EXPECT_EQ(send(), GH_OK) << explanation_;
  EXPECT_THAT(host_.lines(GH_LOG_WARN), Contains(HasSubstr("without TLS")));
}

// A password that nobody asks for would mean mails in nobody's name.
TEST_F(MailSmtpTls, AServerThatOffersNoLoginGetsNoMail) {
  SmtpSink sink;
  sink.offer({"8BITMIME"});
  start(sink);
  EXPECT_EQ(send(), GH_DENIED);
  EXPECT_THAT(explanation_, HasSubstr("AUTH PLAIN"));
  EXPECT_THAT(sink.mails(), IsEmpty());
}

// CRAM-MD5 and the like show that the password is kept in the clear on the other side, and are not wanted.
TEST_F(MailSmtpTls, AServerThatOffersOtherLoginsOnlyGetsNoMail) {
  SmtpSink sink;
  sink.offer({"AUTH CRAM-MD5 NTLM"});
  start(sink);
  EXPECT_EQ(send(), GH_DENIED);
  EXPECT_THAT(sink.mails(), IsEmpty());
}

}  // namespace
}  // namespace gatehouse::test
