// SPDX-License-Identifier: Apache-2.0
#include "unit/mail-smtp/smtp_fixture.h"

#include <string>
#include <vector>

namespace gatehouse::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Step = SmtpSink::Step;

std::string name(Step step) {
  static constexpr const char* names[] = {"Greeting", "Ehlo", "StartTls", "Auth", "Mail",
                                          "Rcpt",     "Data", "Message",  "Noop", "Quit"};
  return names[static_cast<std::size_t>(step)];
}

struct Row {
  Step step;
  const char* reply;
  gh_status expected;
};

// The table of README.md.
class MailSmtpReply : public MailSmtpStarted, public ::testing::WithParamInterface<Row> {};
INSTANTIATE_TEST_SUITE_P(
    Rows, MailSmtpReply,
    ::testing::Values(
        Row{Step::Greeting, "421 busy", GH_UNAVAILABLE}, Row{Step::Greeting, "554 no service", GH_UNAVAILABLE},
        Row{Step::Ehlo, "421 busy", GH_UNAVAILABLE}, Row{Step::Ehlo, "550 not you", GH_UNAVAILABLE},
        Row{Step::Ehlo, "530 not you either", GH_UNAVAILABLE}, Row{Step::StartTls, "454 not now", GH_UNAVAILABLE},
        Row{Step::StartTls, "501 no", GH_UNAVAILABLE}, Row{Step::Auth, "454 not now", GH_UNAVAILABLE},
        Row{Step::Auth, "535 who are you", GH_DENIED}, Row{Step::Auth, "534 too weak", GH_DENIED},
        Row{Step::Auth, "500 what", GH_DENIED}, Row{Step::Mail, "421 busy", GH_UNAVAILABLE},
        Row{Step::Mail, "451 later", GH_UNAVAILABLE}, Row{Step::Mail, "452 full", GH_UNAVAILABLE},
        Row{Step::Mail, "530 log in first", GH_DENIED}, Row{Step::Mail, "550 not this sender", GH_DENIED},
        Row{Step::Mail, "553 5.1.8 no such domain", GH_DENIED}, Row{Step::Mail, "554 no SPF record", GH_DENIED},
        Row{Step::Mail, "550 5.3.4 too large", GH_INVALID}, Row{Step::Mail, "552 too large", GH_INVALID},
        Row{Step::Rcpt, "421 busy", GH_UNAVAILABLE}, Row{Step::Rcpt, "450 greylisted", GH_UNAVAILABLE},
        Row{Step::Rcpt, "550 no such user", GH_INVALID}, Row{Step::Rcpt, "553 bad name", GH_INVALID},
        Row{Step::Rcpt, "554 5.7.1 relay access denied", GH_DENIED},
        Row{Step::Rcpt, "550 5.1.8 sender rejected", GH_DENIED}, Row{Step::Data, "421 busy", GH_UNAVAILABLE},
        Row{Step::Data, "451 later", GH_UNAVAILABLE}, Row{Step::Data, "554 no", GH_INVALID},
        Row{Step::Data, "250 what?", GH_UNAVAILABLE}, Row{Step::Message, "421 busy", GH_UNAVAILABLE},
        Row{Step::Message, "451 later", GH_UNAVAILABLE}, Row{Step::Message, "550 spam", GH_INVALID},
        Row{Step::Message, "550 5.7.26 no SPF, no DKIM", GH_DENIED}, Row{Step::Message, "554 no", GH_INVALID},
        // Answers that no server should give.
        Row{Step::Message, "354 go on", GH_IN_DOUBT}, Row{Step::Message, "999 ?", GH_IN_DOUBT},
        Row{Step::Rcpt, "354 go on", GH_UNAVAILABLE}, Row{Step::Mail, "999 ?", GH_UNAVAILABLE},
        Row{Step::Greeting, "SSH-2.0-OpenSSH\r\n500 what", GH_UNAVAILABLE}),
    [](const auto& row) { return name(row.param.step) + "_" + std::to_string(row.index); });

TEST_P(MailSmtpReply, MeansWhatTheTableSays) {
  sink_.reply(GetParam().step, GetParam().reply);
  EXPECT_EQ(send(), GetParam().expected) << explanation_;
}

TEST_P(MailSmtpReply, IsToldInTheServersOwnWords) {
  const std::string reply = GetParam().reply;
  const bool refusal = reply.front() == '4' || reply.front() == '5';
  sink_.reply(GetParam().step, reply);
  (void)send();
  EXPECT_THAT(explanation_, HasSubstr(refusal ? "with " + reply : ""));
  EXPECT_THAT(explanation_, Not(HasSubstr("somebody between")));
}

TEST_P(MailSmtpReply, IsOverWhenTheServerIsWellAgain) {
  sink_.reply(GetParam().step, GetParam().reply);
  (void)send();
  sink_.heal();
  EXPECT_EQ(send(), GH_OK) << explanation_;
}

class MailSmtpStep : public MailSmtpStarted, public ::testing::WithParamInterface<Step> {};
INSTANTIATE_TEST_SUITE_P(All, MailSmtpStep,
                         ::testing::Values(Step::Greeting, Step::Ehlo, Step::StartTls, Step::Auth, Step::Mail,
                                           Step::Rcpt, Step::Data, Step::Message),
                         [](const auto& step) { return name(step.param); });

TEST_P(MailSmtpStep, ThatHangsIsATimeoutOrInDoubt) {
  patience_ = std::chrono::milliseconds(400);
  sink_.hang(GetParam());
  EXPECT_EQ(send(), GetParam() == Step::Message ? GH_IN_DOUBT : GH_TIMEOUT) << explanation_;
}

TEST_P(MailSmtpStep, ThatBreaksOffIsUnavailableOrInDoubt) {
  sink_.cut(GetParam());
  EXPECT_EQ(send(), GetParam() == Step::Message ? GH_IN_DOUBT : GH_UNAVAILABLE) << explanation_;
}

TEST_P(MailSmtpStep, ThatAnswersWithoutEndIsUnavailableOrInDoubt) {
  sink_.reply(GetParam(), std::string(400'000, 'x'));
  EXPECT_EQ(send(), GetParam() == Step::Message ? GH_IN_DOUBT : GH_UNAVAILABLE) << explanation_;
}

TEST_P(MailSmtpStep, ThatAnswersNonsenseIsATimeoutOrInDoubt) {
  patience_ = std::chrono::milliseconds(400);
  sink_.reply(GetParam(), "what?");
  EXPECT_EQ(send(), GetParam() == Step::Message ? GH_IN_DOUBT : GH_TIMEOUT) << explanation_;
}

TEST_F(MailSmtpStarted, EachReplyHasATimeOfItsOwn) {
  start(sink_, {{"reply_timeout", std::int64_t{1'000'000}}});
  sink_.hang(Step::Rcpt);
  EXPECT_EQ(send(), GH_TIMEOUT);
}

TEST_F(MailSmtpStarted, GettingReadyHasATimeOfItsOwn) {
  start(sink_, {{"connect_timeout", std::int64_t{1'000'000}}});
  sink_.hang(Step::Greeting);
  EXPECT_EQ(send(), GH_TIMEOUT);
}

// The mail is taken; nobody waits for the goodbye.
TEST_F(MailSmtpStarted, AServerThatDoesNotSayGoodbyeDoesNotMatter) {
  sink_.hang(Step::Quit);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(send(), GH_OK) << explanation_;
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
}

TEST_F(MailSmtpStarted, AServerThatRefusesTheGoodbyeDoesNotMatter) {
  sink_.cut(Step::Quit);
  EXPECT_EQ(send(), GH_OK) << explanation_;
}

TEST_F(MailSmtpStarted, ACallWithoutTimeLeftConnectsToNobody) {
  patience_ = std::chrono::milliseconds(-1);
  EXPECT_EQ(send(), GH_TIMEOUT);
  EXPECT_THAT(sink_.commands(), IsEmpty());
}

TEST_F(MailSmtpStarted, AServerThatIsDownIsUnavailableAndServesWhenItIsBack) {
  sink_.down();
  EXPECT_EQ(send(), GH_UNAVAILABLE);
  EXPECT_EQ(ping(), GH_UNAVAILABLE);
  sink_.up();
  EXPECT_EQ(send(), GH_OK) << explanation_;
}

TEST_F(MailSmtpStarted, AReplyOfManyLinesIsOneReply) {
  sink_.reply(Step::Rcpt, "550-no\r\n550-such\r\n550 user");
  EXPECT_EQ(send(), GH_INVALID);
}

// Answers nobody asked for put the dialogue out of step; it must end before a mail counts as taken.
TEST_F(MailSmtpStarted, AnswersInAdvanceDoNotDeliver) {
  sink_.reply(Step::Mail, "250 ok\r\n250 ok\r\n250 ok");
  EXPECT_EQ(send(), GH_UNAVAILABLE) << explanation_;
  EXPECT_THAT(sink_.mails(), IsEmpty());
}

TEST_F(MailSmtpStarted, WhatTheServerSaysIsForTheOperatorWithoutTheRecipient) {
  sink_.reply(Step::Rcpt, "550 5.1.1 <ada@example.com> unknown\a here");
  EXPECT_EQ(send(), GH_INVALID);
  EXPECT_THAT(explanation_, HasSubstr("RCPT TO with 550 5.1.1 <(the recipient)> unknown  here"));
}

TEST_F(MailSmtpStarted, AServerThatRepeatsThePasswordIsNotQuoted) {
  sink_.reply(Step::Auth, "535 wrong password canary-password");
  EXPECT_EQ(send(), GH_DENIED);
  EXPECT_THAT(explanation_, HasSubstr("username and password"));
}

TEST_F(MailSmtpStarted, APingSaysWhatIsWrong) {
  sink_.reply(Step::Auth, "535 who");
  EXPECT_EQ(ping(), GH_DENIED);
  sink_.heal();
  sink_.reply(Step::Noop, "421 busy");
  EXPECT_EQ(ping(), GH_UNAVAILABLE);
}

}  // namespace
}  // namespace gatehouse::test
