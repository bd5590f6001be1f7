// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.h"
#include "app/config_values.h"

#include <span>
#include <string_view>

namespace gatehouse::app {

// A setting, described once: this drives reading the file, the environment and the flags, did-you-mean, show-config and
// the reference file config/gatehouse.toml. The default is what `get` reads from a default-constructed target.
template <class Target>
struct Descriptor {
  std::string_view path;  // "tokens.access_ttl"
  ValueRule rule;
  std::string_view summary;     // one sentence
  std::string_view when_unset;  // for settings without a fixed default: what holds then
  SettingValue (*get)(const Target&);
  void (*set)(Target&, SettingValue&&);  // a value that `rule` has let through
};

using Setting = Descriptor<Config>;
using PluginKey = Descriptor<PluginBlock>;

// In the order of the reference file: top-level keys first, then table by table.
std::span<const Setting> settings() noexcept;
// The keys of a [[plugin]] block except `config`.
std::span<const PluginKey> plugin_keys() noexcept;

const Setting* find_setting(std::string_view path) noexcept;

// storage.<plural of a kind> takes this; the key of kind "session" is "sessions".
extern const ValueRule storage_chain_rule;

}  // namespace gatehouse::app
