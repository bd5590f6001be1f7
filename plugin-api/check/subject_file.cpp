// SPDX-License-Identifier: Apache-2.0
#include "subject.h"

#include <gatehouse/kms.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include <toml++/toml.h>

namespace gatehouse::check {
namespace {

std::optional<std::string> from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t at = 0; at < hex.size(); at += 2) {
    unsigned value = 0;
    const auto pair = hex.substr(at, 2);
    const auto parsed = std::from_chars(pair.data(), pair.data() + pair.size(), value, 16);
    if (pair.size() != 2 || parsed.ec != std::errc{} || parsed.ptr != pair.data() + 2) return std::nullopt;
    bytes.push_back(static_cast<char>(value));
  }
  return bytes;
}

// A table that only a server's configuration has; null where there is none.
const toml::node* of_a_server(const toml::table& root) {
  for (const auto* key :
       {"mode", "state_dir", "plugin_path", "plugin", "server", "storage", "keys", "mail", "rate_limit"}) {
    if (const auto* node = root.get(key)) return node;
  }
  return nullptr;
}

// ES256 is not among them: its signatures of one message differ.
std::uint32_t algorithm_of(std::string_view name) {
  if (name == "HMAC-SHA256") return GH_ALG_HMAC_SHA256;
  if (name == "EdDSA") return GH_ALG_EDDSA;
  return name == "RS256" ? GH_ALG_RS256 : 0;
}

class Reader {
 public:
  Reader(std::string file, Subject& subject) : file_(std::move(file)), subject_(subject) {}

  void read(const toml::table& root) {
    if (const auto* node = of_a_server(root)) {
      refuse(*node, "this is a server's configuration; use gatehouse plugins verify NAME --config " + file_ +
                        ", with the plugin's name in it, or give a check file (docs/plugin-check.md)");
    }
    for (const auto& [key, node] : root) {
      if (key == "config" && node.is_table()) {
        for (const auto& [name, value] : *node.as_table()) setting(std::string(name.str()), value);
      } else if (key == "check" && node.is_table()) {
        for (const auto& [name, value] : *node.as_table()) measure(name.str(), value);
      } else if (key == "quirk" && node.is_array_of_tables()) {
        for (const auto& each : *node.as_array()) quirk(*each.as_table());
      } else if (key == "vector" && node.is_array_of_tables()) {
        for (const auto& each : *node.as_array()) vector(*each.as_table());
      } else {
        refuse(node, std::string(key.str()) + ": only [config], [check], [[quirk]] and [[vector]] stand here");
      }
    }
  }

 private:
  [[noreturn]] void refuse(const toml::node& node, const std::string& sentence) const {
    throw SubjectError(file_ + ":" + std::to_string(node.source().begin.line) + ": " + sentence);
  }

  void setting(const std::string& key, const toml::node& node) {
    if (const auto* list = node.as_array()) {
      for (const auto& element : *list) setting(key, element);
    } else if (const auto* text = node.as_string()) {
      subject_.settings.push_back({key, text->get()});
    } else if (const auto* number = node.as_integer()) {
      subject_.settings.push_back({key, number->get()});
    } else if (const auto* flag = node.as_boolean()) {
      subject_.settings.push_back({key, flag->get()});
    } else if (const auto* table = node.as_table()) {
      subject_.settings.push_back({key, reference(key, *table)});
    } else {
      refuse(node,
             key + ": is a text, an integer, true or false, a list of texts, { env = \"..\" } or { file = \"..\" }");
    }
  }

  std::string reference(const std::string& key, const toml::table& table) const {
    const auto* env = table.size() == 1 ? table["env"].as_string() : nullptr;
    const auto* path = table.size() == 1 ? table["file"].as_string() : nullptr;
    if (env != nullptr) {
      const char* value = std::getenv(env->get().c_str());
      if (value == nullptr) refuse(table, key + ": the environment variable " + env->get() + " is not set");
      return value;
    }
    if (path == nullptr) refuse(table, key + ": a reference has one key, env or file, with a text");
    std::ifstream in(path->get(), std::ios::binary);
    if (!in) refuse(table, key + ": cannot read " + path->get());
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }

  void measure(std::string_view key, const toml::node& node) {
    const auto number = node.value<double>();
    if (key == "seed" && node.is_integer() && *number >= 0) {
      subject_.seed = static_cast<std::uint64_t>(node.as_integer()->get());
    } else if (key == "history" && node.is_integer() && *number >= 0 && *number <= 1'000'000) {
      subject_.history = static_cast<int>(*number);
    } else if (key == "effort" && number && *number > 0 && *number <= 100) {
      subject_.effort = *number;
    } else if (key == "time_factor" && number && *number >= 0.01 && *number <= 1000) {
      subject_.time_factor = *number;
    } else {
      refuse(
          node,
          "[check] takes effort (above 0, up to 100), time_factor (0.01 to 1000), seed (an integer from 0) and history "
          "(an integer from 0)");
    }
  }

  void quirk(const toml::table& table) {
    const auto name = table["case"].value<std::string>();
    const auto reason = table["reason"].value<std::string>();
    if (table.size() != 2 || !name || !reason || reason->empty()) {
      refuse(table, "a [[quirk]] has case and reason, and nothing else");
    }
    subject_.quirks.push_back({*name, *reason});
  }

  void vector(const toml::table& table) {
    const auto purpose = table["purpose"].value<std::string>();
    const auto message = from_hex(table["message"].value_or(std::string("-")));
    const auto result = from_hex(table["result"].value_or(std::string("-")));
    const auto algorithm = algorithm_of(table["algorithm"].value_or(std::string()));
    if (!purpose || !message || !result || algorithm == 0) {
      refuse(table,
             "a [[vector]] has purpose, algorithm (HMAC-SHA256, EdDSA or RS256), version, and message and result "
             "in hex");
    }
    subject_.vectors.push_back({*purpose, algorithm, table["version"].value_or(0u), *message, *result});
  }

  const std::string file_;
  Subject& subject_;
};

}  // namespace

void read_subject(const std::filesystem::path& file, Subject& subject) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw SubjectError(file.string() + ": cannot be read");
  try {
    const auto root = toml::parse(in, file.string());
    Reader(file.string(), subject).read(root);
  } catch (const toml::parse_error& error) {
    throw SubjectError(file.string() + ":" + std::to_string(error.source().begin.line) + ": " +
                       std::string(error.description()));
  }
}

void add_server_settings(const std::filesystem::path& file, Subject& subject) {
  Subject served;
  read_subject(file, served);
  subject.from_server = true;
  const auto own = subject.settings;
  for (auto& setting : served.settings) {
    const bool replaced =
        std::any_of(own.begin(), own.end(), [&](const auto& each) { return each.key == setting.key; });
    if (!replaced) subject.settings.push_back(std::move(setting));
  }
}

}  // namespace gatehouse::check
