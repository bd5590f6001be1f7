// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "context.h"
#include "host_probe.h"
#include "plugins/settings.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

struct gh_instance;

namespace gatehouse::check {

struct InstanceOptions {
  std::string name = "subject";
  // Absolute; made when it is not there. The same one again reopens what an earlier instance kept in it. Relative paths
  // among the settings lie below it.
  std::filesystem::path state_dir{};  // empty: folder()/state of the case
  // Of the check file, without these keys; then these.
  std::vector<plugins::ConfigEntry> settings{};
  bool start = true;
};

// The check file's settings with `changes` in place of the keys they have, as create takes them but for defaults.
// Throws plugins::LoadError in the operator's words.
std::vector<plugins::ConfigEntry> settings_for(const gh_plugin& plugin, const Subject& subject,
                                               const std::vector<plugins::ConfigEntry>& changes);

// An instance of the plugin: created and started, or the case has failed with the plugin's words. Any number may live
// side by side. Everything but self() and table(): one thread.
class Instance {
 public:
  explicit Instance(Context& context, InstanceOptions options = {});
  ~Instance();  // stop()
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  gh_instance* self() const noexcept { return self_; }
  template <class Table>
  const Table& table(std::string_view interface_id) const {
    return context_.table_of<Table>(interface_id);
  }
  // Drains when started, and destroys. Fails the case when drain fails. Further calls do nothing.
  void stop();

 private:
  Context& context_;
  HostProbe& host_;
  const gh_plugin& plugin_;
  gh_instance* self_ = nullptr;
  bool started_ = false;
};

}  // namespace gatehouse::check
