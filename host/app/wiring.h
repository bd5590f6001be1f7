// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/chain_choice.h"
#include "app/chain_report.h"
#include "app/cleanup_turns.h"
#include "app/config.h"
#include "app/mail_check.h"
#include "app/maintenance.h"
#include "app/plugin_set.h"
#include "app/services.h"
#include "app/start_watch.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/random.h"
#include "crypto/hash_pool.h"
#include "http/server.h"
#include "ops/health.h"
#include "plugins/last_words.h"
#include "plugins/supervisor.h"
#include "providers/change_feed.h"
#include "providers/keys.h"
#include "providers/limiter.h"
#include "providers/mailer.h"
#include "providers/storage.h"

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace gatehouse::app {

// The running server: every object built here by constructor, in order, and destroyed in reverse. One control thread.
class Wiring {
 public:
  // Chooses of every chain who does its work, which asks the members that may, and creates the plugin instances; they
  // do no I/O yet. Throws with words for the operator. `watch` is told what runs inside plugins until this is gone, and
  // `failed` is called as PluginSet does. References outlive this.
  Wiring(const Config& config, Log& log, StartWatch& watch, StartFailed failed);
  ~Wiring();  // as stop()
  Wiring(const Wiring&) = delete;
  Wiring& operator=(const Wiring&) = delete;

  // Starts the plugins, opens the stores, binds the listeners. Throws with words for the operator.
  void start();
  // Readiness says no from here on; after drain_delay nothing new is accepted, what is in flight is answered.
  void stop();

  // Who has the work of each chain, for as long as this lives.
  const std::vector<ChainChoice>& choices() const noexcept { return choices_; }

  std::uint16_t port() const noexcept { return front_->port(); }
  std::uint16_t management_port() const noexcept { return management_->port(); }

 private:
  Call start_call() const;
  void tick(const Call& call);
  void reload_keys(const Call& call);
  void record_choices();
  void follow_mails();
  SharedCleanup shared_cleanup();

  const Config& config_;
  Log& log_;
  SystemClock clock_;
  SystemRandom random_;
  MetricRegistry metrics_;
  plugins::Supervisor supervisor_;
  plugins::WatchedCalls watched_calls_;
  const StartWatch::Naming named_calls_;
  const FormerChoices former_choices_;
  const std::vector<ChainChoice> choices_;
  PluginRoles roles_;
  PluginSet plugins_;
  providers::Storage storage_;
  providers::Keys keys_;
  providers::Limiter limiter_;
  std::deque<providers::Mailer> mailers_;  // in the order of mail.deliver_via
  crypto::HashPool hash_pool_;
  Services services_;
  std::optional<providers::ChangeFeed> mail_feed_;  // where the store of mails offers one that is worth it
  MailCheck mail_check_;
  ops::Health health_;
  CleanupTurns cleanup_turns_;
  Maintenance maintenance_;
  std::unique_ptr<http::Server> front_;
  std::unique_ptr<http::Server> management_;
  bool running_ = false;
};

}  // namespace gatehouse::app
