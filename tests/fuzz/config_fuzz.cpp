// SPDX-License-Identifier: Apache-2.0
// Any bytes as a configuration file: no crash, and what is said about them is one printable line after the other.
#include "app/config_load.h"
#include "app/config_show.h"
#include "base/encoding.h"

#include <gatehouse/kms.h>
#include <gatehouse/mail_transport.h>
#include <gatehouse/rate_limiter.h>
#include <gatehouse/store.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace gatehouse;
using namespace gatehouse::app;

// One plugin that can do everything and has a setting of every type, whatever the block calls it.
PluginDescription anything() {
  using plugins::SettingInfo;
  using plugins::SettingType;
  PluginDescription description;
  description.id = "anything";
  description.interfaces = {GH_STORE_V1, GH_KMS_V1, GH_RATE_LIMITER_V1, GH_MAIL_TRANSPORT_V1};
  const std::vector<std::pair<std::string, SettingType>> settings = {
      {"text", SettingType::Text},     {"int", SettingType::Int},    {"bool", SettingType::Bool},
      {"time", SettingType::Duration}, {"size", SettingType::Size},  {"path", SettingType::Path},
      {"list", SettingType::TextList}, {"hidden", SettingType::Text}};
  for (const auto& [key, type] : settings) {
    SettingInfo info;
    info.key = key;
    info.type = type;
    info.secret = key == "hidden";
    description.settings.push_back(std::move(info));
  }
  return description;
}

void require(bool holds) {
  if (!holds) std::abort();
}

void require_printable(std::string_view text) {
  require(is_utf8(text));
  for (const char c : text) require(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ConfigInputs inputs;
  inputs.file_name = "f.toml";
  inputs.file_text.assign(reinterpret_cast<const char*>(data), size);
  inputs.environment = {{"HOME", "/home/f"}, {"SECRET", "s"}};
  inputs.kinds = {"user", "session", "event"};
  inputs.default_plugin_path = "/lib/gatehouse";
  inputs.describe = [](const PluginBlock&, const std::vector<std::string>&) { return anything(); };
  inputs.read_secret = [](const std::string&) { return SecretText{Secret<std::string>("s"), false}; };

  const auto outcome = load_config(inputs);
  require_printable(problems_as_text(outcome.problems));
  require_printable(problems_as_json(outcome.problems));
  if (outcome.ok()) {
    require_printable(show_config(outcome.resolved));
    require_printable(show_config_json(outcome.resolved));
  }
  return 0;
}
