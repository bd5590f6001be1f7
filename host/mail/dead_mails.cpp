// SPDX-License-Identifier: Apache-2.0
#include "mail/dead_mails.h"

#include <utility>
#include <vector>

namespace gatehouse::mail {

Result<void> DeadMails::each(const Call& call, const std::function<void(const MailJob&)>& visit) {
  providers::Query query;
  query.kind = kind_;
  query.index = mail_job_index::dead;
  query.tenant = call.tenant;
  // A range has no NULL in it, and so no mail that is alive.
  query.from = providers::Value::time(Time{});
  do {
    std::vector<MailJob> jobs;
    const auto page = storage_.find(query, call, [&](providers::RecordReader& record) {
      if (auto job = decode_mail_job(record)) jobs.push_back(std::move(*job));
    });
    if (!page) return page.error();
    for (const auto& job : jobs) visit(job);
    query.cursor = page->next_cursor;
  } while (!query.cursor.empty());
  return {};
}

Result<DeadMails::Revived> DeadMails::revive(MailJob job, const Call& call) {
  if (job.useful_until <= call.now) return Revived::Useless;
  job.due_at = call.now;
  job.dead_at.reset();
  job.attempts = 0;
  const auto values = encode(job);
  const auto write = put(kind_, job, values);
  const auto done = storage_.commit(std::span(&write, 1), call);
  if (!done) return done.error();
  return *done ? Revived::Changed : Revived::Yes;
}

}  // namespace gatehouse::mail
