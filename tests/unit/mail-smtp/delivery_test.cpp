// SPDX-License-Identifier: Apache-2.0
#include "unit/mail-smtp/smtp_fixture.h"

#include <string>
#include <vector>

namespace gatehouse::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST_F(MailSmtpStarted, AMailArrivesAsItWasWritten) {
  ASSERT_EQ(send(), GH_OK) << explanation_;
  ASSERT_THAT(sink_.mails(), SizeIs(1));
  EXPECT_THAT(taken().from, StartsWith("<no-reply@gatehouse.example>"));
  EXPECT_EQ(taken().to, "<ada@example.com>");
  EXPECT_THAT(taken().data, HasSubstr("Message-ID: <0198c2f1.1@gatehouse.example>\r\n"));
  EXPECT_THAT(taken().data, HasSubstr("\r\n\r\nHello Ada,\r\nhttps://gatehouse.example/verify?token=abc\r\n"));
  EXPECT_TRUE(taken().over_tls);
  EXPECT_EQ(taken().login, "gatehouse:canary-password");
}

TEST_F(MailSmtpStarted, ARetryIsTheSameMail) {
  send();
  send();
  ASSERT_THAT(sink_.mails(), SizeIs(2));
  EXPECT_EQ(sink_.mails()[0].data, sink_.mails()[1].data);
}

TEST_F(MailSmtpStarted, LinesThatBeginWithADotArriveWhole) {
  Letter letter;
  letter.text = ".\n..\n.hidden\nend .\n";
  ASSERT_EQ(send(letter), GH_OK);
  EXPECT_THAT(taken().wire, HasSubstr("\r\n..\r\n...\r\n..hidden\r\nend .\r\n"));
  EXPECT_THAT(taken().data, HasSubstr("\r\n\r\n.\r\n..\r\n.hidden\r\nend .\r\n"));
}

TEST_F(MailSmtpStarted, ADotAtTheBorderOfABufferIsStuffed) {
  Letter letter;
  // The library reads 64 KiB at a time; a border falls between these line ends and dots somewhere.
  for (int i = 0; i < 60'000; ++i) letter.text += i % 7 == 0 ? "x\n.\n" : "\n.\n";
  ASSERT_EQ(send(letter), GH_OK);
  std::string expected;
  for (const char c : letter.text) expected += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_TRUE(taken().data.find(expected) != std::string::npos);
}

TEST_F(MailSmtpStarted, AMailCannotEndItselfAndBeginAnother) {
  Letter letter;
  letter.text = "hello\r\n.\r\nMAIL FROM:<evil@example.com>\r\nRCPT TO:<victim@example.com>\r\nDATA\r\n";
  ASSERT_EQ(send(letter), GH_OK);
  EXPECT_THAT(sink_.mails(), SizeIs(1));
  EXPECT_THAT(sink_.commands(), Not(Contains(HasSubstr("evil"))));
}

class MailSmtpInjection : public MailSmtpStarted, public ::testing::WithParamInterface<std::string> {};
INSTANTIATE_TEST_SUITE_P(Breaks, MailSmtpInjection,
                         ::testing::Values(std::string("\r\nBcc: victim@example.com"), std::string("\nBcc: x"),
                                           std::string("\rBcc: x"), std::string("a\0b", 3),
                                           std::string("\r\n.\r\nQUIT\r\n")));

TEST_P(MailSmtpInjection, IsRefusedInEveryMemberOfTheHeader) {
  for (std::string Letter::*member : {&Letter::message_id, &Letter::from_address, &Letter::from_name,
                                      &Letter::to_address, &Letter::to_name, &Letter::subject}) {
    Letter letter;
    (letter.*member) += GetParam();
    EXPECT_EQ(send(letter), GH_INVALID);
  }
  EXPECT_THAT(sink_.commands(), IsEmpty());
}

TEST_F(MailSmtpStarted, AddressesThatAreMoreThanAnAddressAreRefused) {
  for (const std::string address :
       {"a@b.example> SIZE=1", "<a@b.example>", "a@b.example,c@d.example", "a b@c.example", "@b.example", "a@", "a",
        "a@b@c.example", "a@-.example..", "a@[127.0.0.1]", "a@b_c.example", "a@b.example\u2028x"}) {
    Letter letter;
    letter.to_address = address;
    EXPECT_EQ(send(letter), GH_INVALID) << address;
  }
  EXPECT_THAT(sink_.commands(), IsEmpty());
}

TEST_F(MailSmtpStarted, AnInternationalDomainGoesInAscii) {
  Letter letter;
  letter.to_address = "ada@b\u00fccher.example";
  ASSERT_EQ(send(letter), GH_OK) << explanation_;
  EXPECT_EQ(taken().to, "<ada@xn--bcher-kva.example>");
  EXPECT_THAT(taken().data, HasSubstr("<ada@xn--bcher-kva.example>\r\n"));
}

TEST_F(MailSmtpStarted, ALocalPartThatIsNotAsciiNeedsSmtputf8) {
  Letter letter;
  letter.to_address = "\u00e4da@example.com";
  EXPECT_EQ(send(letter), GH_INVALID);
  EXPECT_THAT(explanation_, HasSubstr("SMTPUTF8"));
  EXPECT_THAT(sink_.mails(), IsEmpty());
}

TEST_F(MailSmtpStarted, WhereSmtputf8IsOfferedItIsUsed) {
  sink_.offer({"AUTH PLAIN", "SMTPUTF8"});
  Letter letter;
  letter.to_address = "\u00e4da@example.com";
  ASSERT_EQ(send(letter), GH_OK) << explanation_;
  EXPECT_THAT(taken().from, HasSubstr("SMTPUTF8"));
  EXPECT_EQ(taken().to, "<\u00e4da@example.com>");
}

TEST_F(MailSmtpStarted, NamesAndSubjectsBeyondAsciiAreEncodedWords) {
  Letter letter;
  letter.subject = "Bitte best\u00e4tigen";
  letter.text = "Gr\u00fc\u00dfe\n";
  ASSERT_EQ(send(letter), GH_OK);
  EXPECT_THAT(taken().data, HasSubstr("Subject: =?UTF-8?B?"));
  EXPECT_THAT(taken().data, HasSubstr("Gr=C3=BC=C3=9Fe"));
}

TEST_F(MailSmtpStarted, NoLineOnTheWireIsTooLong) {
  Letter letter;
  letter.text = std::string(5000, 'x') + "\n";
  letter.html = "<p>" + std::string(5000, 'y') + "</p>";
  ASSERT_EQ(send(letter), GH_OK);
  std::size_t longest = 0;
  std::size_t line = 0;
  for (const char c : taken().wire) {
    line = c == '\n' ? 0 : line + 1;
    longest = std::max(longest, line);
  }
  EXPECT_LE(longest, 999u);
}

TEST_F(MailSmtpStarted, APingLogsInAndSendsNothing) {
  EXPECT_EQ(ping(), GH_OK) << explanation_;
  EXPECT_THAT(sink_.commands(), Contains("NOOP"));
  EXPECT_THAT(sink_.mails(), IsEmpty());
}

TEST_F(MailSmtpStarted, ItIntroducesItselfAsConfigured) {
  send();
  EXPECT_THAT(sink_.commands(), Contains("EHLO auth.example"));
}

TEST_F(MailSmtpStarted, AuthLoginServesWhereThereIsNoPlain) {
  sink_.offer({"AUTH LOGIN"});
  ASSERT_EQ(send(), GH_OK) << explanation_;
  EXPECT_EQ(taken().login, "gatehouse:canary-password");
}

TEST_F(MailSmtp, WithoutLoginNobodyLogsIn) {
  SmtpSink sink;
  start(sink, without_login());
  EXPECT_EQ(send(), GH_OK);
  EXPECT_THAT(sink.commands(), Not(Contains(StartsWith("AUTH"))));
}

}  // namespace
}  // namespace gatehouse::test
