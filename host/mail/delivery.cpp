// SPDX-License-Identifier: Apache-2.0
#include "mail/delivery.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/secret.h"
#include "mail/outbox.h"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace gatehouse::mail {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t page_size = 16;
constexpr std::array<std::chrono::seconds, 5> pauses = {30s, 2min, 10min, 1h, 6h};

Counter& mails(MetricRegistry& metrics, std::string_view result) {
  return metrics.counter("gatehouse_mails_total", "Attempts to send a mail by outcome",
                         {{"result", std::string(result)}});
}

std::string_view page_of(Purpose purpose) noexcept {
  return purpose == Purpose::ResetPassword ? "/reset-password#" : "/verify-email#";
}

// "2026-11-20 09:30 UTC"
std::string for_people(Time time) {
  const auto text = to_rfc3339(time);
  return text.substr(0, 10) + " " + text.substr(11, 5) + " UTC";
}

std::string host_of(std::string_view url) {
  const auto scheme = url.find("://");
  return std::string(scheme == std::string_view::npos ? url : url.substr(scheme + 3));
}

// A text with a link that works. What the template engine and the transport copy of it is out of our hands.
struct Wiped {
  std::string& text;
  explicit Wiped(std::string& t) : text(t) {}
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { wipe(text.data(), text.size()); }
};

}  // namespace

std::optional<std::chrono::seconds> backoff(std::int64_t attempts) noexcept {
  if (attempts < 1 || attempts > static_cast<std::int64_t>(pauses.size())) return std::nullopt;
  return pauses[static_cast<std::size_t>(attempts - 1)];
}

Delivery::Delivery(DeliveryConfig config, providers::Storage& storage, providers::KindId kind, const Tickets& tickets,
                   const Templates& templates, std::vector<providers::Mailer*> transports, const Clock& clock, Log& log,
                   MetricRegistry& metrics)
    : config_(std::move(config)),
      storage_(storage),
      kind_(kind),
      tickets_(tickets),
      templates_(templates),
      transports_(std::move(transports)),
      clock_(clock),
      log_(log),
      sent_(mails(metrics, "sent")),
      retried_(mails(metrics, "retried")),
      dead_(mails(metrics, "dead")) {}

Delivery::~Delivery() { stop(); }

void Delivery::start() {
  if (transports_.empty()) return;
  for (unsigned i = 0; i < config_.workers; ++i) threads_.emplace_back([this, i] { run(i); });
}

void Delivery::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Delivery::wake() {
  {
    const std::lock_guard lock(mutex_);
    ++wakes_;
  }
  wake_.notify_one();
}

void Delivery::run(unsigned worker) {
  std::uint64_t seen = 0;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, config_.poll, [&] { return stopping_ || wakes_ != seen; });
      if (stopping_) return;
      seen = wakes_;
    }
    try {
      deliver_due(worker);
    } catch (const std::exception& error) {
      // What it had claimed is due again when its lease is over.
      log_.error("a mail worker was interrupted and goes on", {{"reason", std::string_view(error.what())}});
    }
  }
}

std::size_t Delivery::deliver_due(unsigned worker) {
  std::size_t handled = 0;
  std::size_t unreadable = 0;
  for (const auto& tenant : config_.tenants) {
    Walk last;
    do {
      last = walk(tenant, worker);
      handled += last.handled;
      if (last.stopped) return handled;
    } while (last.handled > 0);
    unreadable += last.unreadable;
  }
  tell_unreadable(unreadable);
  return handled;
}

bool Delivery::is_stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

Call Delivery::call_for(std::string_view tenant) const {
  // Half of the lease: whoever holds it has stopped sending well before others may begin.
  return {clock_.steady() + config_.lease / 2, clock_.now(), {}, {}, tenant};
}

Delivery::Walk Delivery::walk(std::string_view tenant, unsigned worker) {
  Walk walk;
  const auto look = call_for(tenant);
  providers::Query query;
  query.kind = kind_;
  query.index = mail_job_index::due;
  query.tenant = tenant;
  query.below = providers::Value::time(look.now + std::chrono::microseconds(1));
  query.limit = page_size;
  do {
    std::vector<MailJob> due;
    const auto page = storage_.find(query, call_for(tenant), [&](providers::RecordReader& record) {
      if (auto job = decode_mail_job(record)) {
        due.push_back(std::move(*job));
      } else {
        ++walk.unreadable;
      }
    });
    if (!page) {
      log_.warn("the outbox could not be read", {{"reason", page.error().detail}});
      return walk;
    }
    handle_page(std::move(due), worker, walk);
    query.cursor = page->next_cursor;
  } while (!query.cursor.empty() && !walk.stopped);
  return walk;
}

void Delivery::handle_page(std::vector<MailJob> due, unsigned worker, Walk& walk) {
  const auto first = due.size() * worker / std::max(config_.workers, 1U);
  std::rotate(due.begin(), due.begin() + static_cast<std::ptrdiff_t>(first), due.end());
  for (auto& job : due) {
    const auto call = call_for(job.tenant);
    if (!claim(job, call)) {
      // Somebody else is at this page: what is left of it is read again, without what they have taken.
      if (walk.handled > 0) return;
      continue;
    }
    ++walk.handled;
    handle(std::move(job), call);
    if (!is_stopping()) continue;
    walk.stopped = true;
    return;
  }
}

void Delivery::tell_unreadable(std::size_t count) {
  if (unreadable_told_.exchange(count) == count || count == 0) return;
  log_.warn("the outbox has mails that this version cannot read; they wait for one that can, or expire",
            {{"mails", static_cast<std::int64_t>(count)}});
}

// False: another worker has it, or the store cannot say.
bool Delivery::claim(MailJob& job, const Call& call) {
  job.due_at = call.now + config_.lease;
  ++job.attempts;
  const auto values = encode(job);
  const auto write = put(kind_, job, values);
  const auto done = storage_.commit(std::span(&write, 1), call);
  if (!done || *done) return false;
  ++job.version;
  return true;
}

void Delivery::handle(MailJob job, const Call& call) {
  const auto outcome = send(job, call);
  if (outcome) {
    sent(job, call);
  } else {
    failed(std::move(job), outcome.error(), call);
  }
}

Result<void> Delivery::send(const MailJob& job, const Call& call) {
  if (job.useful_until <= call.now) return Error{Code::ValidationFailed, "its link was no longer of use"};
  auto mail = compose(job, call);
  if (!mail) return mail.error();
  const Wiped text(mail->text);
  const Wiped html(mail->html);
  Error last{Code::ProviderUnavailable, "no transport is configured"};
  for (auto* transport : transports_) {
    const auto done = transport->send(*mail, call);
    if (done) return {};
    last = done.error();
    // Another transport would send a second mail, or be refused as well.
    if (last.code == Code::InDoubt || last.code == Code::ValidationFailed) break;
  }
  return last;
}

std::string Delivery::link_to(Purpose purpose, const std::string& token) const {
  constexpr std::string_view placeholder = "{token}";
  auto page = purpose == Purpose::ResetPassword ? config_.reset_link : config_.verify_link;
  const auto at = page.find(placeholder);
  if (at != std::string::npos) return page.replace(at, placeholder.size(), token);
  return config_.public_url + config_.base_path + std::string(page_of(purpose)) + token;
}

Result<providers::Mail> Delivery::compose(const MailJob& job, const Call& call) const {
  Variables values{{"address", job.to},
                   {"other_address", job.about},
                   {"ip", job.ip},
                   {"time", for_people(job.created_at)},
                   {"until", for_people(job.useful_until)},
                   {"server", host_of(config_.public_url)},
                   {"link", {}}};
  auto& link = values["link"];
  const Wiped wiped(link);
  if (const auto purpose = purpose_of(job.what)) {
    const auto token = tickets_.derive(job.tenant, job.user, *purpose, job.salt, job.key_version, call);
    if (!token) {
      const bool gone = token.error().code == Code::NotFound;
      return gone ? Error{Code::ValidationFailed, "the key of its token is gone"} : token.error();
    }
    link = link_to(*purpose, token->reveal());
  }
  auto text = templates_.render(job.tenant, job.what, values);
  // What cannot be rendered now never can be.
  if (!text) return Error{Code::ValidationFailed, text.error().detail};
  providers::Mail mail;
  mail.message_id = job.message_id;
  mail.from_address = config_.from_address;
  mail.from_name = config_.from_name;
  mail.to_address = job.to;
  mail.subject = std::move(text->subject);
  mail.text = std::move(text->text);
  mail.html = std::move(text->html);
  return mail;
}

void Delivery::sent(const MailJob& job, const Call& call) {
  sent_.add();
  const providers::Write write{.op = providers::Write::Op::Delete,
                               .kind = kind_,
                               .key = {job.tenant, job.user, job.id},
                               .expected_version = job.version,
                               .values = {}};
  const auto done = storage_.commit(std::span(&write, 1), call);
  if (done && !*done) return;
  // The lease runs out and the mail goes out again, with the same Message-ID.
  log_.warn("a mail was sent and could not be taken out of the outbox", {{"mail", job.id}});
}

void Delivery::failed(MailJob job, const Error& error, const Call& call) {
  const auto pause = backoff(job.attempts);
  const bool never = error.code == Code::ValidationFailed || !pause;
  job.last_error = error.detail.substr(0, 500);
  if (never) {
    job.due_at.reset();
    job.dead_at = call.now;
    dead_.add();
    log_.error("a mail could not be sent and is given up",
               {{"mail", job.id}, {"template", template_name(job.what)}, {"reason", error.detail}});
  } else {
    job.due_at = call.now + *pause;
    retried_.add();
    log_.warn("a mail could not be sent and is tried again",
              {{"mail", job.id}, {"attempt", job.attempts}, {"reason", error.detail}});
  }
  const auto values = encode(job);
  const auto write = put(kind_, job, values);
  // When it fails the lease runs out instead.
  static_cast<void>(storage_.commit(std::span(&write, 1), call));
}

}  // namespace gatehouse::mail
