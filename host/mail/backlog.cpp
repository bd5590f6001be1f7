// SPDX-License-Identifier: Apache-2.0
#include "mail/backlog.h"

#include "base/metrics.h"

#include <algorithm>
#include <utility>

namespace gatehouse::mail {
namespace {

constexpr std::uint32_t counted_at_most = 10'000;

providers::Query waiting_mails(providers::KindId kind, const Call& call) {
  providers::Query query;
  query.kind = kind;
  query.index = mail_job_index::due;
  query.tenant = call.tenant;
  // A range has no NULL in it, and so no dead mail.
  query.from = providers::Value::time(Time{});
  return query;
}

}  // namespace

Backlog::Backlog(std::vector<std::string> tenants, providers::Storage& storage, providers::KindId kind,
                 MetricRegistry& metrics)
    : tenants_(std::move(tenants)),
      storage_(storage),
      kind_(kind),
      waiting_(metrics.gauge("gatehouse_mails_waiting",
                             "Mails in the store that are not sent yet, dead ones apart; at most 10000")),
      oldest_(metrics.gauge("gatehouse_mails_oldest_seconds", "How long ago the oldest waiting mail was caused")) {}

void Backlog::look(const Call& call) {
  if (looked_ && call.now >= *looked_ && call.now - *looked_ < every) return;
  looked_ = call.now;
  std::uint64_t count = 0;
  std::optional<Time> oldest_mail;
  for (const auto& tenant : tenants_) {
    auto asked = call;
    asked.tenant = tenant;
    const auto mails = waiting(asked);
    if (!mails) return;
    count += *mails;
    if (*mails == 0) continue;
    for (const bool from_the_end : {false, true}) {
      const auto found = oldest(asked, from_the_end);
      if (found && (!oldest_mail || *found < *oldest_mail)) oldest_mail = found;
    }
  }
  waiting_.set(static_cast<std::int64_t>(count));
  const auto age = oldest_mail ? std::chrono::duration_cast<std::chrono::seconds>(call.now - *oldest_mail).count() : 0;
  oldest_.set(std::max<std::int64_t>(0, age));
}

std::optional<std::uint64_t> Backlog::waiting(const Call& call) const {
  auto query = waiting_mails(kind_, call);
  query.count_only = true;
  query.limit = counted_at_most;
  const auto page = storage_.find(query, call, [](providers::RecordReader&) {});
  if (!page) return std::nullopt;
  return page->count;
}

std::optional<Time> Backlog::oldest(const Call& call, bool from_the_end) const {
  auto query = waiting_mails(kind_, call);
  query.descending = from_the_end;
  query.limit = 50;
  std::optional<Time> first;
  const auto page = storage_.find(query, call, [&](providers::RecordReader& record) {
    const auto job = decode_mail_job(record);
    if (job && (!first || job->created_at < *first)) first = job->created_at;
  });
  return page ? first : std::nullopt;
}

}  // namespace gatehouse::mail
