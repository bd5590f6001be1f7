// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugins/settings.h"

#include <cstdint>
#include <string>
#include <vector>

struct gh_plugin;

namespace gatehouse::plugins {

// What a plugin says about itself: for `gatehouse plugins list` and `inspect`, the start-up log and the config checks.
struct Description {
  std::string id;
  std::string version;
  std::string license;
  std::string summary;
  std::uint32_t abi_major = 0;
  std::uint32_t abi_minor = 0;
  std::uint32_t needs_host_minor = 0;
  std::uint32_t max_concurrency = 0;  // 0: no limit of its own
  std::vector<std::string> interfaces;
  std::vector<SettingInfo> settings;
};

// `entry` has passed PluginFile::load (or is a table of a test).
Description describe(const gh_plugin& entry);

}  // namespace gatehouse::plugins
