// SPDX-License-Identifier: Apache-2.0
#include "app/banner.h"

#include <algorithm>
#include <cstdio>
#include <variant>

namespace gatehouse::app {
namespace {

// Another account than the README's, whose story works in any order with this one.
constexpr auto first_signup = R"({"email":"grace@example.com","password":"Copper-Lantern-58","name":"Grace Hopper"})";

// The value of a plugin's setting, where there is one and it is a text.
std::string setting_of(const PluginBlock& block, std::string_view key) {
  const auto found = std::find_if(block.settings.begin(), block.settings.end(),
                                  [&](const PluginSetting& s) { return s.key == key && !s.is_secret; });
  if (found == block.settings.end()) return {};
  const auto* text = std::get_if<std::string>(&found->value);
  return text == nullptr ? std::string() : *text;
}

// What is not as somebody may think who only looked at the configuration.
std::string about_chains(const std::vector<ChainChoice>& choices) {
  std::string out;
  for (const auto& choice : choices) {
    for (const auto& skipped : choice.skipped) {
      out += "  " + choice.chain.setting + ": " + skipped.plugin + " is skipped (" +
             std::string(name_of(skipped.trial.result)) + "), " + choice.chosen + " is used until the next start\n";
    }
    if (!choice.memory_only) continue;
    const bool all = choice.chain.setting == "storage.default";
    out += (all ? "  " : "  " + choice.chain.setting + ": ") +
           "memory only: data is gone at exit; what is in the state folder stays\n";
  }
  return out;
}

void append_line(std::string& out, std::string_view label, const std::string& value) {
  out.append("  ").append(label).append(12 - std::min<std::size_t>(11, label.size()), ' ').append(value).append("\n");
}

}  // namespace

std::string banner(const ResolvedConfig& resolved, const std::vector<ChainChoice>& choices, std::string_view listen,
                   std::string_view management) {
  const auto& config = resolved.config;
  const auto url = "http://" + std::string(listen);
  const auto inner = "http://" + std::string(management);
  const auto base = config.server.base_paths.empty() ? std::string() : config.server.base_paths.front();
  std::string out = "\nGatehouse for development\n\n";
  append_line(out, "API", url + base);
  append_line(out, "keys", url + "/.well-known/jwks.json");
  append_line(out, "ready", inner + "/readyz");
  append_line(out, "metrics", inner + "/metrics");
  append_line(out, "state", config.state_dir);
  if (const auto* outbox = config.mail.deliver_via.empty() ? nullptr : config.plugin(config.mail.deliver_via.front())) {
    if (const auto folder = setting_of(*outbox, "folder"); !folder.empty()) append_line(out, "mail", folder);
  }
  out += "\n  curl " + url + base + "/signup -H 'content-type: application/json' \\\n    -d '" + first_signup + "'\n\n";
  return out + about_chains(choices) + "  Stop it with Ctrl-C.\n\n";
}

void print_banner(const ResolvedConfig& resolved, const std::vector<ChainChoice>& choices, std::string_view listen,
                  std::string_view management) {
  const auto text = banner(resolved, choices, listen, management);
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

}  // namespace gatehouse::app
