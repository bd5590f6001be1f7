// SPDX-License-Identifier: Apache-2.0
#include "app/mail_check.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"

#include <exception>
#include <utility>

namespace gatehouse::app {
namespace {

constexpr std::chrono::seconds patience{15};

}  // namespace

MailCheck::MailCheck(std::vector<Transport> transports, const Clock& clock, Log& log, MetricRegistry& metrics)
    : clock_(clock), log_(log) {
  for (auto& transport : transports) {
    auto& up = metrics.gauge("gatehouse_mail_transport_up", "1 while the plugin could hand over a mail when last asked",
                             {{"plugin", transport.name}});
    up.set(1);
    auto& state = states_.emplace_back();
    state.transport = std::move(transport);
    state.up = &up;
  }
}

MailCheck::~MailCheck() { stop(); }

void MailCheck::start() {
  if (states_.empty()) return;
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      lock.unlock();
      try {
        check();
      } catch (const std::exception& error) {
        log_.error("the check of the mail transports was interrupted and goes on",
                   {{"reason", std::string_view(error.what())}});
      }
      lock.lock();
      wake_.wait_for(lock, every, [this] { return stopping_; });
    }
  });
}

void MailCheck::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void MailCheck::check() {
  for (auto& state : states_) check(state);
}

void MailCheck::check(State& state) {
  const std::string_view name = state.transport.name;
  const auto result = state.transport.ping({clock_.steady() + patience, clock_.now(), "mail_check", {}, {}});
  const bool takes = static_cast<bool>(result);
  const bool took = state.takes.exchange(takes);
  state.up->set(takes ? 1 : 0);
  if (takes == took) return;
  if (takes) {
    log_.info("mails can be handed over again", {{"plugin", name}});
  } else {
    log_.error("mails cannot be handed over; they wait", {{"plugin", name}, {"reason", result.error().detail}});
  }
}

bool MailCheck::takes_mail(std::string_view name) const noexcept {
  for (const auto& state : states_) {
    if (state.transport.name == name) return state.takes.load();
  }
  return true;
}

}  // namespace gatehouse::app
