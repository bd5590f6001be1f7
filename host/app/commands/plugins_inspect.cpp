// SPDX-License-Identifier: Apache-2.0
#include "app/commands/commands.h"
#include "app/commands/plugin_subject.h"
#include "app/commands/plugin_words.h"
#include "app/commands/text_table.h"
#include "app/config_values.h"
#include "base/json_text.h"
#include "plugins/load_error.h"

#include <gatehouse/kms.h>
#include <gatehouse/mail_transport.h>
#include <gatehouse/plugin.h>
#include <gatehouse/rate_limiter.h>
#include <gatehouse/store.h>

#include <algorithm>
#include <ostream>
#include <utility>

namespace gatehouse::app {
namespace {

using plugins::Description;
using plugins::SettingInfo;
using Facts = plugins::PluginFile::Facts;

constexpr std::size_t most_exports_shown = 5;

std::string abi_words(const Description& about) {
  const auto major = std::to_string(about.abi_major) + ".";
  std::string words = "built for " + major + std::to_string(about.abi_minor);
  if (about.needs_host_minor > 0) words += ", needs " + major + std::to_string(about.needs_host_minor) + " or later";
  return words;
}

std::string export_words(const std::vector<std::string>& others) {
  if (others.empty()) return " and nothing else";
  const auto shown = std::min(others.size(), most_exports_shown);
  std::string words = ", and " + std::to_string(others.size()) + " that should be hidden: ";
  append_escaped(words, join({others.begin(), others.begin() + static_cast<long>(shown)}));
  return words + (shown < others.size() ? ", ..." : "") + "; build it with gatehouse_add_plugin()";
}

std::string claims_of(std::uint32_t flags) {
  std::vector<std::string> claims;
  if ((flags & GH_STORE_CROSS_PARTITION) != 0) claims.emplace_back("commits across partitions");
  if ((flags & GH_STORE_DURABLE) != 0) claims.emplace_back("commits survive kill -9");
  if ((flags & GH_STORE_SHARED) != 0) claims.emplace_back("several hosts may share the backend");
  return claims.empty() ? "nothing beyond the contract" : join(claims);
}

std::string value_of(const SettingInfo& info) {
  using plugins::SettingType;
  if (info.secret) return "{ env = \"...\" }";
  if (!info.default_value) return info.type == SettingType::TextList ? "[\"...\"]" : "\"...\"";
  const bool bare = info.type == SettingType::Int || info.type == SettingType::Bool;
  return bare ? *info.default_value : in_quotes(*info.default_value);
}

// The key that gives a plugin with this interface its work, and its table.
struct Assignment {
  std::string_view interface;
  std::string_view table;
  std::string_view key;
  bool list;
};
constexpr Assignment assignments[] = {
    {GH_STORE_V1, "storage", "default", true},
    {GH_RATE_LIMITER_V1, "rate_limit", "limiter", false},
    {GH_KMS_V1, "keys", "provider", false},
    {GH_MAIL_TRANSPORT_V1, "mail", "deliver_via", true},
};

std::string assignments_to_paste(const Description& about) {
  std::string out;
  for (const auto& each : assignments) {
    if (std::find(about.interfaces.begin(), about.interfaces.end(), each.interface) == about.interfaces.end()) continue;
    const auto name = in_quotes(about.id);
    out.append("\n[").append(each.table).append("]\n").append(each.key).append(" = ");
    out.append(each.list ? "[" + name + "]" : name).append("\n");
  }
  if (out.empty()) return out;
  return "\n# and its work; where a table is there already, add only the key" + out;
}

std::string block_to_paste(const PluginSubject& subject) {
  const auto& facts = subject.facts;
  const auto& about = facts.about;
  const auto library = subject.in_plugin_path ? about.id : facts.path.string();
  std::string out = "[[plugin]]\nname = " + in_quotes(about.id) + "\nlibrary = " + in_quotes(library) +
                    "\nsha256 = " + in_quotes(facts.sha256) + "\n";
  if (!about.settings.empty()) out += "[plugin.config]\n";
  for (const auto& info : about.settings) {
    // What must be written stands without a comment sign.
    out += (info.required ? "" : "# ") + info.key + " = " + value_of(info) + "\n";
  }
  return out + assignments_to_paste(about);
}

std::string inspect_text(const PluginSubject& subject) {
  const auto& facts = subject.facts;
  const auto& about = facts.about;
  std::string out = about.id + " " + about.version + ": " + about.summary + "\n";
  if (!is_semantic_version(about.version)) {
    out +=
        "version:  " + in_quotes(about.version) + " does not say what an update may change; write MAJOR.MINOR.PATCH\n";
  }
  out += "file:     " + facts.path.string() + "\nsha256:   " + facts.sha256 + "\nlicence:  " + about.license + "\n";
  out += "ABI:      " + abi_words(about) + "\n";
  out += "offers:   " + join(about.interfaces) + "\n";
  if (facts.store_flags) out += "declares: " + claims_of(*facts.store_flags) + "\n";
  const auto calls = about.max_concurrency == 0 ? "any number" : std::to_string(about.max_concurrency);
  out.append("calls:    ").append(calls).append(" at a time\n");
  out.append("exports:  " GH_ENTRY_SYMBOL).append(export_words(facts.other_exports)).append("\n");
  out += "needs:    ";
  append_escaped(out, facts.needed.empty() ? "no library" : join(facts.needed));
  out += "\n";
  if (!about.settings.empty()) {
    std::vector<std::vector<std::string>> rows = {{"SETTING", "TYPE", "DEFAULT", "NOTE", "ABOUT"}};
    for (const auto& info : about.settings) {
      const std::string flags = info.required ? "required" : info.secret ? "secret" : "";
      const auto type =
          info.allowed.empty() ? std::string(setting_type_name(info.type)) : "one of " + join(info.allowed);
      rows.push_back({info.key, type, info.default_value.value_or(""), flags, info.summary});
    }
    out.append("\n").append(text_table(rows));
  }
  return out + "\nTo switch it on:\n\n" + block_to_paste(subject);
}

std::string inspect_json(const Facts& facts) {
  const auto& about = facts.about;
  std::string out = "{";
  append_member(out, "id", about.id);
  for (const auto& [name, value] : {std::pair<std::string_view, std::string>{"version", about.version},
                                    {"summary", about.summary},
                                    {"license", about.license},
                                    {"path", facts.path.string()},
                                    {"sha256", facts.sha256},
                                    {"abi", std::to_string(about.abi_major) + "." + std::to_string(about.abi_minor)}}) {
    out.push_back(',');
    append_member(out, name, value);
  }
  out.push_back(',');
  append_list(out, "interfaces", about.interfaces);
  out.push_back(',');
  append_list(out, "otherExports", facts.other_exports);
  out.push_back(',');
  append_list(out, "needs", facts.needed);
  out += R"(,"storeFlags":)" + (facts.store_flags ? std::to_string(*facts.store_flags) : std::string("null"));
  out += R"(,"maxConcurrency":)" + std::to_string(about.max_concurrency) + R"(,"settings":[)";
  for (const auto& info : about.settings) {
    out += &info == about.settings.data() ? "{" : ",{";
    append_member(out, "key", info.key);
    out.push_back(',');
    append_member(out, "type", setting_type_name(info.type));
    out += std::string(R"(,"required":)") + (info.required ? "true" : "false") + R"(,"secret":)" +
           (info.secret ? "true" : "false") + R"(,"default":)";
    if (info.default_value) {
      append_json_text(out, *info.default_value);
    } else {
      out += "null";
    }
    out.push_back(',');
    append_list(out, "allowed", info.allowed);
    out.push_back(',');
    append_member(out, "summary", info.summary);
    out.push_back('}');
  }
  return out + "]}\n";
}

}  // namespace

int plugins_inspect_command(const CommandLine& line, const Product& product, const Streams& streams) {
  const auto loaded = load_without_plugins(line, product, streams);
  if (loaded.has_errors) return exit_usage;
  try {
    const auto subject = find_subject(line, loaded.config);
    streams.out << (line.format == OutputFormat::Json ? inspect_json(subject.facts) : inspect_text(subject));
    return exit_ok;
  } catch (const plugins::LoadError& error) {
    streams.err << "gatehouse: " << error.what() << "\n";
    return exit_failure;
  }
}

}  // namespace gatehouse::app
