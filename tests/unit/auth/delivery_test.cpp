// SPDX-License-Identifier: Apache-2.0
#include "unit/auth/auth_fixture.h"

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

}  // namespace
}  // namespace gatehouse::test
