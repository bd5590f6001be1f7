// SPDX-License-Identifier: Apache-2.0
#include "mail/outbox.h"

#include "base/random.h"

#include <utility>

namespace gatehouse::mail {

std::optional<Purpose> purpose_of(Template what) noexcept {
  switch (what) {
    case Template::VerifyEmail: return Purpose::VerifyEmail;
    case Template::ResetPassword:
    case Template::ChoosePassword: return Purpose::ResetPassword;
    case Template::ConfirmAddress: return Purpose::ChangeEmail;
    default: return std::nullopt;
  }
}

Result<MailJob> Outbox::job(Template what, const Recipient& to, const Call& call) const {
  MailJob job;
  job.id = make_uuid7(random_, call.now);
  if (job.id.empty()) return Error{Code::Internal, "no randomness for a mail's id"};
  job.tenant = call.tenant;
  job.user = to.user;
  job.what = what;
  job.to = to.address;
  job.message_id = job.id + "@" + config_.from_domain;
  job.ip = to.ip;
  job.about = to.about;
  job.created_at = call.now;
  job.due_at = call.now;
  job.useful_until = call.now + config_.keep;
  job.expires_at = call.now + config_.keep;
  return job;
}

Result<void> Outbox::notice(MailBatch& batch, Template what, const Recipient& to, const Call& call) const {
  auto made = job(what, to, call);
  if (!made) return made.error();
  batch.jobs_.emplace_back(std::move(*made));
  return {};
}

Result<Ticket> Outbox::ticket(Template what, const Recipient& to, bool is_new, const Call& call) const {
  const auto purpose = purpose_of(what);
  if (!purpose) return Error{Code::Internal, "this mail has no link"};
  const auto ttl = *purpose == Purpose::ResetPassword ? config_.reset_ttl : config_.verify_ttl;
  const auto new_email = *purpose == Purpose::ChangeEmail ? to.address : std::string_view();
  auto ticket = is_new ? tickets_.prepare_first(*purpose, to.user, to.normalized, ttl, call)
                       : tickets_.prepare(*purpose, to.user, to.normalized, new_email, ttl, call);
  if (ticket && *purpose != Purpose::VerifyEmail) ticket->password_changed_at = to.password_changed_at;
  if (ticket && *purpose == Purpose::ChangeEmail) {
    ticket->session_epoch = to.session_epoch;
    note_session(*ticket, to.session);
  }
  return ticket;
}

Result<void> Outbox::link(MailBatch& batch, Template what, const Recipient& to, bool is_new, const Call& call) const {
  auto behind = ticket(what, to, is_new, call);
  if (!behind) return behind.error();
  auto made = job(what, to, call);
  if (!made) return made.error();
  made->salt = behind->salt;
  made->key_version = behind->key_version;
  made->useful_until = behind->expires_at;
  batch.jobs_.emplace_back(std::move(*made));
  batch.tickets_.emplace_back(std::move(*behind));
  return {};
}

Result<void> Outbox::decoy(MailBatch& batch, Template what, const Recipient& to, const Call& call) const {
  auto behind = ticket(what, to, false, call);
  if (!behind) return behind.error();
  batch.tickets_.emplace_back(std::move(*behind));
  return {};
}

void Outbox::append(std::vector<providers::Write>& writes, const MailBatch& batch) const {
  for (const auto& ticket : batch.tickets_) writes.push_back(put(tickets_.kind(), ticket.record, ticket.values));
  for (const auto& job : batch.jobs_) writes.push_back(put(kind_, job.record, job.values));
}

void Outbox::committed(const MailBatch& batch) const {
  if (!batch.empty() && wake_) wake_();
}

}  // namespace gatehouse::mail
