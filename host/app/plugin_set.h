// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/chain_choice.h"
#include "app/config.h"
#include "plugins/instance.h"

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace gatehouse::app {

// Which of the configured plugins the server uses, and for what.
struct PluginRoles {
  std::vector<std::string> store_by_kind;  // plugin name by KindId
  std::string limiter;
  std::string keys;
  std::vector<std::string> mail;
  std::string mail_feed = {};  // the store that tells the mail workers of new mails, where it offers a feed
};

// The plugin each chain has chosen, and those the other settings name.
PluginRoles plugin_roles(const Config& config, const std::vector<ChainChoice>& choices);

// What an instance of the block is made with. Its texts may be secrets: whoever takes them wipes them.
plugins::InstanceConfig instance_config(const Config& config, const PluginBlock& block);

// Called when a start fails, before what it has begun ends; with the reason, or empty while that is not known. May be
// null.
using StartFailed = std::function<void(std::string_view reason)>;

// The plugin instances of a configuration, created in its order and destroyed in reverse. One control thread.
class PluginSet {
 public:
  // Creates an instance of every plugin that has a role, and checks every slot of the interfaces its roles need.
  // Throws plugins::LoadError in words. Whether this fails or what is built upon it: `failed` is called before any
  // plugin is made to end, which may hang.
  PluginSet(const Config& config, const PluginRoles& roles, plugins::HostServices host, StartFailed failed = {});
  ~PluginSet();  // drains and destroys in reverse
  PluginSet(const PluginSet&) = delete;
  PluginSet& operator=(const PluginSet&) = delete;

  // In order; throws plugins::LoadError with the plugin's own words.
  void start();
  // So many requests may be inside any plugin that requests call at a time: the least places of those that hold
  // records or keys or limit rates. Mail is for workers, and counts for nothing here.
  unsigned request_places(const PluginRoles& roles) const;
  // The instance of that name; throws std::logic_error when there is none.
  plugins::Instance& get(std::string_view name) const;
  const std::vector<std::unique_ptr<plugins::Instance>>& all() const noexcept { return instances_; }

 private:
  void create(const Config& config, const PluginRoles& roles, const plugins::HostServices& host);

  const StartFailed failed_;
  const int unwinding_;  // exceptions on their way when this was made
  std::vector<std::unique_ptr<plugins::Instance>> instances_;
};

}  // namespace gatehouse::app
