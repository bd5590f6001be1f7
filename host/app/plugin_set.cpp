// SPDX-License-Identifier: Apache-2.0
#include "app/plugin_set.h"

#include "app/services.h"
#include "plugins/interfaces.h"
#include "plugins/plugin_file.h"

#include <gatehouse/kms.h>
#include <gatehouse/mail_transport.h>
#include <gatehouse/plugin.h>
#include <gatehouse/rate_limiter.h>
#include <gatehouse/store.h>
#include <gatehouse/store_watch.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <stdexcept>
#include <utility>

namespace gatehouse::app {
namespace {

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// One whose plugin takes one call at a time would let nobody else in while the feed is waited for.
bool has_feed(const gh_plugin& entry) {
  return entry.max_concurrency != 1 && plugins::find_interface(entry, GH_STORE_WATCH_V1) != nullptr;
}

std::vector<std::string> interfaces_for(const PluginRoles& roles, const std::string& name, const gh_plugin& entry) {
  std::vector<std::string> interfaces;
  if (contains(roles.store_by_kind, name)) interfaces.emplace_back(GH_STORE_V1);
  if (roles.limiter == name) interfaces.emplace_back(GH_RATE_LIMITER_V1);
  if (roles.keys == name) interfaces.emplace_back(GH_KMS_V1);
  if (contains(roles.mail, name)) interfaces.emplace_back(GH_MAIL_TRANSPORT_V1);
  if (roles.mail_feed == name && has_feed(entry)) interfaces.emplace_back(GH_STORE_WATCH_V1);
  return interfaces;
}

// Wiped when create has seen it: the configuration keeps the only copy of a secret.
class WipedSettings {
 public:
  explicit WipedSettings(plugins::InstanceConfig& config) : config_(config) {}
  ~WipedSettings() {
    for (auto& entry : config_.settings) {
      if (auto* text = std::get_if<std::string>(&entry.value)) wipe(text->data(), text->size());
    }
  }
  WipedSettings(const WipedSettings&) = delete;
  WipedSettings& operator=(const WipedSettings&) = delete;

 private:
  plugins::InstanceConfig& config_;
};

}  // namespace

plugins::InstanceConfig instance_config(const Config& config, const PluginBlock& block) {
  plugins::InstanceConfig instance;
  instance.name = block.name;
  instance.state_dir = config.state_dir;
  instance.max_calls = block.max_calls;
  instance.call_timeout = block.call_timeout;
  for (const auto& setting : block.settings) {
    if (setting.is_secret) {
      instance.settings.push_back({setting.key, setting.secret.reveal()});
    } else {
      instance.settings.push_back({setting.key, setting.value});
    }
  }
  return instance;
}

PluginRoles plugin_roles(const Config& config, const std::vector<ChainChoice>& choices) {
  PluginRoles roles;
  for (const auto& choice : choices) {
    if (choice.chain.kinds.empty()) roles.limiter = choice.chosen;
    for (const auto kind : choice.chain.kinds) {
      if (roles.store_by_kind.size() <= kind) roles.store_by_kind.resize(kind + 1);
      roles.store_by_kind[kind] = choice.chosen;
    }
  }
  roles.keys = config.keys.provider;
  roles.mail = config.mail.deliver_via;
  roles.mail_feed = roles.store_by_kind.at(mail_job_kind_id);
  return roles;
}

PluginSet::PluginSet(const Config& config, const PluginRoles& roles, plugins::HostServices host, StartFailed failed)
    : failed_(std::move(failed)), unwinding_(std::uncaught_exceptions()) {
  try {
    create(config, roles, host);
  } catch (const std::exception& failure) {
    if (failed_) failed_(failure.what());
    throw;
  }
}

void PluginSet::create(const Config& config, const PluginRoles& roles, const plugins::HostServices& host) {
  for (const auto& block : config.plugins) {
    auto interfaces = interfaces_for(roles, block.name, block.file->entry());
    if (interfaces.empty()) continue;
    auto instance = instance_config(config, block);
    const WipedSettings wiped(instance);
    instances_.push_back(
        std::make_unique<plugins::Instance>(block.file->entry(), instance, host, std::move(interfaces)));
  }
}

PluginSet::~PluginSet() {
  if (failed_ && std::uncaught_exceptions() > unwinding_) failed_({});
  while (!instances_.empty()) instances_.pop_back();
}

void PluginSet::start() {
  for (const auto& instance : instances_) instance->start();
}

unsigned PluginSet::request_places(const PluginRoles& roles) const {
  auto least = std::numeric_limits<unsigned>::max();
  for (const auto& instance : instances_) {
    const auto& name = instance->name();
    if (!contains(roles.store_by_kind, name) && roles.limiter != name && roles.keys != name) continue;
    least = std::min(least, instance->places());
  }
  return least;
}

plugins::Instance& PluginSet::get(std::string_view name) const {
  for (const auto& instance : instances_) {
    if (instance->name() == name) return *instance;
  }
  throw std::logic_error("no plugin instance is named " + std::string(name));
}

}  // namespace gatehouse::app
