// SPDX-License-Identifier: Apache-2.0
#include "app/unlock.h"

#include "accounts/email.h"
#include "app/chain_choice.h"
#include "app/cli.h"
#include "app/log_setup.h"
#include "app/member_trial.h"
#include "app/plugin_set.h"
#include "app/services.h"
#include "app/settings.h"
#include "auth/unlock.h"
#include "base/clock.h"
#include "base/log_json.h"
#include "base/metrics.h"
#include "base/random.h"

#include <ostream>
#include <vector>

namespace gatehouse::app {
namespace {

constexpr std::chrono::seconds patience{30};

// The stores and the keys of a server, and nothing else of it.
class AccountStores {
 public:
  explicit AccountStores(const Config& config)
      : log_({.level = LogLevel::Warn, .style = log_options(config.log).style}, clock_),
        roles_(roles_of(config)),
        plugins_(config, roles_, {clock_, random_, log_, metrics_}),
        storage_(schema(), by_kind()),
        keys_(plugins_.get(roles_.keys)),
        events_({.retention = config.events.retention}, storage_, event_kind_id, clock_, random_, log_, metrics_),
        users_(storage_, user_kind_id),
        lockout_(lockout_policy(config.lockout), storage_, lockout_kind_id, keys_, metrics_),
        unlock_(users_, lockout_, events_) {
    plugins_.start();
    storage_.open(call({}));
  }

  Call call(const std::string& tenant) const {
    return {clock_.steady() + patience, clock_.now(), "command", {}, tenant};
  }
  bool in_this_process_only() const { return !storage_.shared(user_kind_id) && !storage_.durable(user_kind_id); }
  const std::string& store() const { return roles_.store_by_kind[user_kind_id]; }
  const auth::Unlock& unlock() const { return unlock_; }

 private:
  PluginRoles roles_of(const Config& config) {
    const auto kinds = schema();
    std::vector<std::string> names;
    for (const auto& kind : kinds) names.push_back(kind.name);
    auto roles =
        plugin_roles(config, choose(config, chains_of(config, names), MemberTrial(config, kinds, clock_, random_)));
    roles.limiter.clear();
    roles.mail.clear();
    return roles;
  }
  std::vector<plugins::Instance*> by_kind() const {
    std::vector<plugins::Instance*> stores;
    for (const auto& name : roles_.store_by_kind) stores.push_back(&plugins_.get(name));
    return stores;
  }

  SystemClock clock_;
  SystemRandom random_;
  MetricRegistry metrics_;
  JsonLog log_;
  PluginRoles roles_;
  PluginSet plugins_;
  providers::Storage storage_;
  providers::Keys keys_;
  events::EventLog events_;
  accounts::UserStore users_;
  auth::Lockout lockout_;
  auth::Unlock unlock_;
};

}  // namespace

int unlock(const Config& config, const std::string& email, const std::string& tenant, std::ostream& out,
           std::ostream& err) {
  const auto address = accounts::parse_email(email);
  if (!address) {
    err << "gatehouse: that is not an e-mail address\n";
    return exit_usage;
  }
  if (!config.lockout.enabled) {
    err << "gatehouse: lockout.enabled is false in this configuration: nothing is locked\n";
    return exit_failure;
  }
  AccountStores stores(config);
  if (stores.in_this_process_only()) {
    err << "gatehouse: " << stores.store()
        << " keeps its records in the memory of the server that runs with it. This command is another process and "
           "would find it empty; a lock there ends by itself, or by a password reset\n";
    return exit_failure;
  }
  const auto done = stores.unlock().run(address->normalized, stores.call(tenant));
  if (!done) {
    err << "gatehouse: " << done.error().detail << "\n";
    return exit_failure;
  }
  if (*done == auth::Unlocked::Nobody) {
    err << "gatehouse: nobody in tenant " << tenant << " has that address\n";
    return exit_failure;
  }
  out << address->normalized
      << (*done == auth::Unlocked::Lifted ? " is unlocked\n" : " was not locked; its failures are forgotten\n")
      << "Locks of whole client addresses (lockout.max_attempts_per_address) stay and run out by themselves.\n";
  return exit_ok;
}

}  // namespace gatehouse::app
