// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"
#include "mail/mail_job.h"
#include "mail/templates.h"
#include "mail/tickets.h"
#include "providers/mailer.h"
#include "providers/storage.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse {
class Clock;
class Counter;
class Log;
class MetricRegistry;
}  // namespace gatehouse

namespace gatehouse::mail {

struct DeliveryConfig {
  std::string public_url;  // links begin with it, whatever a request said
  std::string base_path = "/auth";
  // The operator's own pages, with {token} where the token goes; empty: those of this server.
  std::string verify_link;
  std::string reset_link;
  std::string from_address = "no-reply@localhost";
  std::string from_name;
  std::vector<std::string> tenants = {"default"};
  unsigned workers = 2;                   // so that one slow mail does not hold up the others
  std::chrono::milliseconds poll{2'000};  // for what other nodes committed, and what is due again
  std::chrono::seconds lease{120};        // after a crash in the middle of sending, when others may try again
};

// The reading end of the outbox: takes what is due, sends it, deletes it. Any number of nodes may run one over the same
// store. A job is leased by moving its due time on, so each mail is sent at least once, and again after a crash or an
// answer that was lost, with the same Message-ID. A transport that fails is tried again after 30 s, 2 m, 10 m, 1 h and
// 6 h; then, or when the transport says never, the job is dead: kept to be seen, counted and logged.
//
// What this version cannot read (another version's kind of mail) stays where it is, is logged once and holds up
// nothing.
//
// Several transports are a list of alternatives: the next one is tried when one cannot take the mail now.
class Delivery {
 public:
  // References outlive it. Without transports nothing is taken: mails wait.
  Delivery(DeliveryConfig config, providers::Storage& storage, providers::KindId kind, const Tickets& tickets,
           const Templates& templates, std::vector<providers::Mailer*> transports, const Clock& clock, Log& log,
           MetricRegistry& metrics);
  ~Delivery();  // as stop()
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  void start();
  // Finishes the mails being sent and joins. What is left waits in the store.
  void stop();
  // Looks now instead of at the next poll. Any thread.
  void wake();

  // Takes and handles everything that is due now; how many jobs it handled. For tests and for the workers, which begin
  // at different places of a page so that they do not want the same jobs.
  std::size_t deliver_due(unsigned worker = 0);

 private:
  void run(unsigned worker);
  // One walk over what is due.
  struct Walk {
    std::size_t handled = 0;
    std::size_t unreadable = 0;
    bool stopped = false;
  };
  Walk walk(std::string_view tenant, unsigned worker);
  void handle_page(std::vector<MailJob> due, unsigned worker, Walk& walk);
  void tell_unreadable(std::size_t count);
  bool is_stopping() const;
  bool claim(MailJob& job, const Call& call);
  void handle(MailJob job, const Call& call);
  Result<void> send(const MailJob& job, const Call& call);
  std::string link_to(Purpose purpose, const std::string& token) const;
  Result<providers::Mail> compose(const MailJob& job, const Call& call) const;
  void sent(const MailJob& job, const Call& call);
  void failed(MailJob job, const Error& error, const Call& call);
  Call call_for(std::string_view tenant) const;

  DeliveryConfig config_;
  providers::Storage& storage_;
  providers::KindId kind_;
  const Tickets& tickets_;
  const Templates& templates_;
  std::vector<providers::Mailer*> transports_;
  const Clock& clock_;
  Log& log_;
  Counter& sent_;
  Counter& retried_;
  Counter& dead_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::uint64_t wakes_ = 0;  // guarded by mutex_
  bool stopping_ = false;    // guarded by mutex_
  std::atomic<std::size_t> unreadable_told_{0};
  std::vector<std::thread> threads_;
};

// How long after the `attempts`-th failure the next try is; empty: there is none.
std::optional<std::chrono::seconds> backoff(std::int64_t attempts) noexcept;

}  // namespace gatehouse::mail
