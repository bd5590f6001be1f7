// SPDX-License-Identifier: Apache-2.0
#include "unit/auth/auth_fixture.h"

#include "mail/backlog.h"
#include "mail/dead_mails.h"

#include <gatehouse/mail_transport.h>

#include <thread>

namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

class Delivery : public AuthFixture {
 protected:
  std::size_t deliver() { return services->delivery().deliver_due(); }
  std::uint64_t sends() const { return mail_faults.calls(MailVerb::Send); }
};

TEST_F(Delivery, AMailIsSentOnceAndIsGoneFromTheOutbox) {
  signup();
  EXPECT_EQ(deliver(), 1U);
  clock.advance(24h * 20);
  EXPECT_EQ(deliver(), 0U);
  EXPECT_EQ(sends(), 1U);
}

TEST_F(Delivery, ATransportThatFailsIsTriedAgainLaterAndLater) {
  signup();
  mail_faults.answer(MailVerb::Send, GH_UNAVAILABLE);
  EXPECT_EQ(deliver(), 1U);
  std::uint64_t tried = 1;
  for (const std::chrono::seconds pause : {30s, 120s, 600s, 3600s, 21600s}) {
    clock.advance(pause - 1s);
    EXPECT_EQ(deliver(), 0U) << pause.count();
    clock.advance(1s);
    EXPECT_EQ(deliver(), 1U) << pause.count();
    EXPECT_EQ(sends(), ++tried);
  }
  mail_faults.clear();
  clock.advance(24h * 7);
  EXPECT_EQ(deliver(), 0U);
}

TEST_F(Delivery, EveryAttemptHasTheSameMessageId) {
  signup();
  mail_faults.answer_after(MailVerb::Send, GH_IN_DOUBT, 1);
  const auto first = only_mail();
  clock.advance(30s);
  const auto second = only_mail();
  EXPECT_EQ(first.message_id, second.message_id);
  EXPECT_EQ(first.token, second.token);
}

TEST_F(Delivery, WhatATransportNeverTakesIsGivenUpAtOnce) {
  signup();
  mail_faults.answer(MailVerb::Send, GH_INVALID, 1);
  EXPECT_EQ(deliver(), 1U);
  clock.advance(24h);
  EXPECT_EQ(deliver(), 0U);
  EXPECT_EQ(sends(), 1U);
}

TEST_F(Delivery, AMailWhoseLinkIsOfNoUseAnyMoreIsNotSent) {
  signup();
  clock.advance(24h);
  EXPECT_EQ(deliver(), 1U);
  EXPECT_EQ(sends(), 0U);
}

TEST_F(Delivery, AMailThatWasSentButNotCrossedOutGoesOutAgainWhenItsLeaseIsOver) {
  signup();
  // The claim is written, the end is not: as after a kill -9 between them.
  mail_faults.hold(MailVerb::Send);
  std::thread worker([&] { deliver(); });
  mail_faults.wait_held(MailVerb::Send);
  store_faults.answer(StoreVerb::Commit, GH_UNAVAILABLE, 1);
  mail_faults.release(MailVerb::Send);
  worker.join();
  const auto first = only_mail();
  clock.advance(119s);
  EXPECT_TRUE(mails().empty());
  clock.advance(1s);
  EXPECT_EQ(only_mail().message_id, first.message_id);
  clock.advance(24h);
  EXPECT_TRUE(mails().empty());
}

TEST_F(Delivery, WhileOneWorkerSendsAMailNoOtherTakesIt) {
  signup();
  mail_faults.hold(MailVerb::Send);
  std::thread first([&] { deliver(); });
  mail_faults.wait_held(MailVerb::Send);
  EXPECT_EQ(deliver(), 0U);
  mail_faults.release(MailVerb::Send);
  first.join();
  EXPECT_EQ(sends(), 1U);
}

// As after going back to a version that does not know a new kind of mail.
TEST_F(Delivery, MailsThatCannotBeReadHoldUpNoOthers) {
  for (int i = 0; i < 40; ++i) {
    mail::MailJob job;
    job.tenant = "default";
    job.id = "job-" + std::to_string(i);
    job.user = "somebody";
    job.to = "somebody@example.org";
    job.message_id = job.id + "@example.org";
    job.created_at = clock.now();
    job.due_at = clock.now();
    job.useful_until = job.expires_at = clock.now() + 24h;
    auto values = encode(job);
    values.front() = providers::Value::text("of_tomorrow");
    const auto write = put(app::mail_job_kind_id, job, values);
    ASSERT_TRUE(storage->commit(std::span(&write, 1), call()));
  }
  clock.advance(1s);
  for (int i = 0; i < 20; ++i) signup("user" + std::to_string(i) + "@example.org");
  EXPECT_EQ(deliver(), 20U);
  EXPECT_EQ(sends(), 20U);
  EXPECT_EQ(deliver(), 0U);
}

TEST_F(Delivery, AnOutboxThatCannotBeReadIsReadAgain) {
  signup();
  store_faults.answer(StoreVerb::Find, GH_UNAVAILABLE, 1);
  EXPECT_EQ(deliver(), 0U);
  EXPECT_EQ(deliver(), 1U);
}

class GivenUp : public Delivery {
 protected:
  GivenUp() {
    signup();
    mail_faults.answer(MailVerb::Send, GH_INVALID, 1);
    deliver();
  }
  std::vector<mail::MailJob> dead() {
    std::vector<mail::MailJob> jobs;
    EXPECT_TRUE(mails_given_up_.each(call(), [&](const mail::MailJob& job) { jobs.push_back(job); }));
    return jobs;
  }
  mail::DeadMails::Revived revive(const mail::MailJob& job) { return mails_given_up_.revive(job, call()).value(); }

  mail::DeadMails mails_given_up_{*storage, app::mail_job_kind_id};
};

TEST_F(GivenUp, IsListedWithTheReason) {
  signup("grace@example.org");  // that one waits, and is not listed
  const auto jobs = dead();
  ASSERT_EQ(jobs.size(), 1U);
  EXPECT_EQ(jobs[0].to, "ada@example.org");
  EXPECT_NE(jobs[0].last_error.find("invalid"), std::string::npos) << jobs[0].last_error;
}

TEST_F(GivenUp, IsSentWhenItIsTriedAgainWithAllItsAttempts) {
  const auto job = dead().at(0);
  EXPECT_EQ(revive(job), mail::DeadMails::Revived::Yes);
  EXPECT_EQ(revive(job), mail::DeadMails::Revived::Changed) << "somebody was quicker";
  EXPECT_TRUE(dead().empty());
  mail_faults.answer(MailVerb::Send, GH_UNAVAILABLE, 1);
  EXPECT_EQ(deliver(), 1U);
  clock.advance(30s);
  EXPECT_EQ(only_mail().message_id, job.message_id);
}

TEST_F(GivenUp, IsLeftAloneWhenItsLinkHasRunOut) {
  clock.advance(24h);
  EXPECT_EQ(revive(dead().at(0)), mail::DeadMails::Revived::Useless);
  EXPECT_EQ(dead().size(), 1U);
}

class MailBacklog : public Delivery {
 protected:
  std::int64_t waiting() { return value("gatehouse_mails_waiting"); }
  std::int64_t oldest() { return value("gatehouse_mails_oldest_seconds"); }
  void look() {
    clock.advance(mail::Backlog::every);
    services->mail_backlog().look(call());
  }

 private:
  std::int64_t value(const char* name) { return metrics.gauge(name, "").value(); }
};

TEST_F(MailBacklog, IsHowManyMailsWaitAndSinceWhen) {
  look();
  EXPECT_EQ(waiting(), 0);
  EXPECT_EQ(oldest(), 0);
  signup();
  clock.advance(1h);
  signup("grace@example.org");
  mail_faults.answer(MailVerb::Send, GH_UNAVAILABLE, 1);
  deliver();
  look();
  EXPECT_EQ(waiting(), 1) << "the other one was sent";
  EXPECT_EQ(oldest(), 3600 + 15);
  mail_faults.answer(MailVerb::Send, GH_INVALID, 1);
  clock.advance(30s);
  deliver();
  look();
  EXPECT_EQ(waiting(), 0) << "a dead mail does not wait";
  EXPECT_EQ(oldest(), 0);
}

}  // namespace
}  // namespace gatehouse::test
