// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"
#include "mail/mail_job.h"
#include "mail/tickets.h"
#include "providers/storage.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {
class Random;
}

namespace gatehouse::mail {

// Mails, and the tickets behind their links, that belong into one commit with their cause. Owns them until it is done.
class MailBatch {
 public:
  bool empty() const noexcept { return jobs_.empty(); }

 private:
  friend class Outbox;
  template <class Record>
  struct Encoded {
    explicit Encoded(Record r) : record(std::move(r)), values(encode(record)) {}
    Encoded(const Encoded&) = delete;
    Encoded& operator=(const Encoded&) = delete;
    Record record;
    std::vector<providers::Value> values;
  };
  std::deque<Encoded<MailJob>> jobs_;
  std::deque<Encoded<Ticket>> tickets_;
};

struct OutboxConfig {
  std::string from_domain = "localhost";  // right side of message ids
  std::chrono::seconds verify_ttl{std::chrono::hours{24}};
  std::chrono::seconds reset_ttl{std::chrono::hours{1}};
  std::chrono::seconds keep{std::chrono::hours{24 * 30}};  // how long a mail that could not be sent stays to be seen
};

// Whom a mail is about and where it goes.
struct Recipient {
  std::string_view user;
  std::string_view address;                        // as typed
  std::string_view normalized;                     // the account's EmailAddress::normalized now; for links only
  std::string_view ip;                             // of the request that caused it
  std::string_view about;                          // the other address, where the mail names one
  std::optional<Time> password_changed_at = {};    // of the account; not for VerifyEmail
  std::optional<std::int64_t> session_epoch = {};  // of the account; for ConfirmAddress
  std::string_view session = {};                   // in which it was asked for; for ConfirmAddress
};

// The writing end of the outbox: a mail is a record committed with what caused it, so that it is sent if and only if
// that happened. Any thread.
class Outbox {
 public:
  Outbox(OutboxConfig config, const Tickets& tickets, providers::KindId kind, Random& random)
      : config_(std::move(config)), tickets_(tickets), kind_(kind), random_(random) {}

  // What to do when mails were committed: wakes the workers of this process. Before any thread uses this.
  void on_committed(std::function<void()> wake) { wake_ = std::move(wake); }

  // A mail without a link. Error Internal: no randomness.
  Result<void> notice(MailBatch& batch, Template what, const Recipient& to, const Call& call) const;
  // A mail with a link, and the ticket behind it: purpose_of() has one. `is_new`: the user is
  // being created by the same commit.
  // Errors: ProviderUnavailable, Internal.
  Result<void> link(MailBatch& batch, Template what, const Recipient& to, bool is_new, const Call& call) const;

  // As link, and nobody gets the mail: the user's former link is void, and the new one is in nobody's hands. For who
  // must not learn that there was no mail to send.
  Result<void> decoy(MailBatch& batch, Template what, const Recipient& to, const Call& call) const;

  // Puts the batch's writes behind the others of a commit.
  void append(std::vector<providers::Write>& writes, const MailBatch& batch) const;
  void committed(const MailBatch& batch) const;

  const Tickets& tickets() const noexcept { return tickets_; }
  const OutboxConfig& config() const noexcept { return config_; }

 private:
  Result<MailJob> job(Template what, const Recipient& to, const Call& call) const;
  Result<Ticket> ticket(Template what, const Recipient& to, bool is_new, const Call& call) const;

  OutboxConfig config_;
  const Tickets& tickets_;
  providers::KindId kind_;
  Random& random_;
  std::function<void()> wake_;
};

// The purpose of the token in a mail's link; empty: it has none.
std::optional<Purpose> purpose_of(Template what) noexcept;

}  // namespace gatehouse::mail
