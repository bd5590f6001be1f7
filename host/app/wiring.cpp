// SPDX-License-Identifier: Apache-2.0
#include "app/wiring.h"

#include "app/member_trial.h"
#include "app/plugin_report.h"
#include "app/settings.h"
#include "base/log.h"
#include "ops/management_routes.h"
#include "ops/process_metrics.h"

#include <gatehouse/abi.h>
#include <gatehouse/store_watch.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace gatehouse::app {
namespace {

constexpr std::chrono::seconds start_patience{30};

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const auto& kind : schema()) names.push_back(kind.name);
  return names;
}

std::vector<ChainChoice> chosen(const Config& config, const FormerChoices& former, const Clock& clock, Random& random,
                                Log& log, MetricRegistry& metrics) {
  const auto kinds = schema();
  auto choices = choose(config, chains_of(config, kind_names()), MemberTrial(config, kinds, clock, random));
  report(choices, former, log, metrics);
  return choices;
}

std::vector<plugins::Instance*> stores_by_kind(const PluginSet& plugins, const PluginRoles& roles) {
  std::vector<plugins::Instance*> stores;
  for (const auto& name : roles.store_by_kind) stores.push_back(&plugins.get(name));
  return stores;
}

std::deque<providers::Mailer> mailers(const PluginSet& plugins, const PluginRoles& roles) {
  std::deque<providers::Mailer> all;
  for (const auto& name : roles.mail) all.emplace_back(plugins.get(name));
  return all;
}

std::vector<providers::Mailer*> pointers(std::deque<providers::Mailer>& mailers) {
  std::vector<providers::Mailer*> all;
  for (auto& mailer : mailers) all.push_back(&mailer);
  return all;
}

// Both, so that who has to pick other ports learns of both at once.
void start_listeners(const Config& config, http::Server& management, http::Server& front) {
  std::string failures;
  const auto start = [&](http::Server& server, std::string_view setting, const std::string& address) {
    try {
      server.start();
    } catch (const std::exception& failure) {
      failures.append(failures.empty() ? "" : "; ").append(setting).append(": ").append(failure.what());
      failures += "; set " + std::string(setting) +
                  " to an address of this machine that is free (ss -ltnp shows who has " + address + ")";
    }
  };
  start(management, "server.management", config.server.management);
  start(front, "server.listen", config.server.listen);
  if (!failures.empty()) throw std::runtime_error(failures);
}

std::vector<MailCheck::Transport> named(std::deque<providers::Mailer>& mailers, const std::vector<std::string>& names) {
  std::vector<MailCheck::Transport> all;
  for (std::size_t i = 0; i < mailers.size(); ++i) {
    all.push_back({names[i], [&mailer = mailers[i]](const Call& call) { return mailer.ping(call); }});
  }
  return all;
}

std::vector<ops::PluginState> plugin_states(const PluginSet& plugins, const MailCheck& mail) {
  std::vector<ops::PluginState> states;
  for (const auto& instance : plugins.all()) {
    states.push_back({instance->name(), [plugin = instance.get(), &mail] {
                        return plugin->healthy() && mail.takes_mail(plugin->name());
                      }});
  }
  return states;
}

MaintenanceConfig maintenance_config(const Config& config) {
  MaintenanceConfig maintenance;
  maintenance.purge_every = config.cleanup.every;
  // A turn is taken at a tick: four in a period, so that none is missed.
  maintenance.tick = std::min(maintenance.tick, config.cleanup.every / 4);
  return maintenance;
}

http::Steps with_hash_lane(http::Steps steps, crypto::HashPool& pool) {
  steps.hash_lane = [&pool](http::HashJob job) { return pool.submit(std::move(job)); };
  return steps;
}

}  // namespace

Wiring::Wiring(const Config& config, Log& log, StartWatch& watch, StartFailed failed)
    : config_(config),
      log_(log),
      supervisor_(clock_),
      watched_calls_(supervisor_),
      named_calls_(watch, [this] { return supervisor_.running(); }),
      former_choices_(read_former_choices(config.state_dir)),
      choices_(chosen(config, former_choices_, clock_, random_, log, metrics_)),
      roles_(plugin_roles(config, choices_)),
      plugins_(config, roles_, plugins::HostServices{clock_, random_, log, metrics_, &supervisor_}, std::move(failed)),
      storage_(schema(), stores_by_kind(plugins_, roles_)),
      keys_(plugins_.get(roles_.keys)),
      limiter_(plugins_.get(roles_.limiter)),
      mailers_(mailers(plugins_, roles_)),
      hash_pool_(hash_pool_config(config), clock_, metrics_),
      services_(service_settings(config), storage_, keys_, limiter_, pointers(mailers_), clock_, random_, log,
                metrics_),
      mail_check_(named(mailers_, roles_.mail), clock_, log, metrics_),
      health_({{"storage", [this](const Call& call) { return storage_.ping(call); }},
               {"keys", [this](const Call& call) { return keys_.ping(call); }},
               {"rate_limiter", [this](const Call& call) { return limiter_.ping(call); }}},
              log, plugin_states(plugins_, mail_check_), chain_states(choices_)),
      cleanup_turns_(services_.events(), random_),
      maintenance_(
          maintenance_config(config), storage_, shared_cleanup(), [this](const Call& call) { tick(call); }, clock_,
          random_, log, metrics_),
      front_(std::make_unique<http::Server>(front_config(config, plugins_.request_places(roles_)), services_.routes(),
                                            with_hash_lane(services_.steps(), hash_pool_), clock_, random_, log,
                                            metrics_)),
      management_(std::make_unique<http::Server>(management_config(config, plugins_.request_places(roles_)),
                                                 ops::management_routes(health_, metrics_), http::Steps{}, clock_,
                                                 random_, log, metrics_)) {
  ops::register_process_metrics(metrics_);
  ops::register_log_metrics(metrics_, log);
  ops::register_build_info(metrics_, GATEHOUSE_VERSION,
                           std::to_string(GH_ABI_MAJOR) + "." + std::to_string(GH_ABI_MINOR));
  report_builds(builds_of(config, plugins_), log, metrics_);
}

Wiring::~Wiring() { stop(); }

Call Wiring::start_call() const { return {clock_.steady() + start_patience, clock_.now(), "start", {}, {}}; }

void Wiring::tick(const Call& call) {
  reload_keys(call);
  services_.mail_backlog().look(call);
}

void Wiring::reload_keys(const Call& call) {
  const auto loaded = services_.access_tokens().reload_keys(call);
  if (!loaded) log_.warn("the signing keys could not be read again", {{"reason", loaded.error().detail}});
}

// Turns are told apart in the stream of events: where others do not see it, each server cleans up for itself.
SharedCleanup Wiring::shared_cleanup() {
  return {[this](providers::KindId kind) { return storage_.shared(event_kind_id) && storage_.shared(kind); },
          [this](std::chrono::milliseconds period, const Call& call) { return cleanup_turns_.take(period, call); }};
}

// Mails that other servers have committed are sent by whoever is idle, at once. Its own the server knows of.
void Wiring::follow_mails() {
  auto& store = plugins_.get(roles_.mail_feed);
  const bool sends = !roles_.mail.empty() && storage_.shared(mail_job_kind_id);
  if (!sends || !store.assigned(GH_STORE_WATCH_V1)) return;
  const auto tell = [this](const providers::Change& change) {
    const bool is_new = change.what == providers::Change::What::Put && change.version == 1;
    if (is_new || change.what == providers::Change::What::Missed) services_.delivery().wake();
  };
  mail_feed_.emplace(store, std::vector<providers::KindId>{mail_job_kind_id}, tell, clock_, log_);
  mail_feed_->start();
}

// When the server does answer: a start that fails has switched nothing.
void Wiring::record_choices() {
  for (const auto& change : switches_of(choices_, former_choices_)) {
    const auto written = services_.events().write(event_of(change), start_call());
    if (!written) log_.warn("a switch of stores is not among the events", {{"reason", written.error().detail}});
  }
  const auto failure = write_choices(config_.state_dir, choices_);
  if (!failure.empty()) {
    log_.warn("the next start cannot tell whether a chain chooses another plugin",
              {{"reason", std::string_view(failure)}});
  }
}

void Wiring::start() {
  running_ = true;
  supervisor_.start();
  plugins_.start();
  storage_.open(start_call());
  hash_pool_.start();
  services_.start(start_call());
  follow_mails();
  maintenance_.start();
  mail_check_.start();
  start_listeners(config_, *management_, *front_);
  record_choices();
  health_.started();
}

void Wiring::stop() {
  if (!std::exchange(running_, false)) return;
  health_.draining();
  front_->stop();
  // After the front: whatever it still had queued for hashing has been answered.
  hash_pool_.stop();
  mail_check_.stop();
  maintenance_.stop();
  mail_feed_.reset();
  services_.stop();
  management_->stop();
}

}  // namespace gatehouse::app
