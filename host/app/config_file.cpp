// SPDX-License-Identifier: Apache-2.0
#include "app/config_draft.h"

#include <algorithm>
#include <utility>

namespace gatehouse::app {
namespace {

std::string join(std::string_view table, std::string_view key) {
  return table.empty() ? std::string(key) : std::string(table) + "." + std::string(key);
}

bool is_table(std::string_view path) {
  const auto prefix = std::string(path) + ".";
  return std::any_of(settings().begin(), settings().end(),
                     [&](const Setting& s) { return s.path.starts_with(prefix); });
}

// The part of `path` that follows `table` up to the next dot; empty when it is not below that table.
std::string_view key_below(std::string_view path, std::string_view table) {
  if (!table.empty()) {
    if (!path.starts_with(table) || path.size() <= table.size() || path[table.size()] != '.') return {};
    path.remove_prefix(table.size() + 1);
  }
  return path.substr(0, path.find('.'));
}

std::string in_table(std::string_view table) {
  return table.empty() ? " at the top of the file" : " in [" + std::string(table) + "]";
}

class FileReader {
 public:
  FileReader(ConfigDraft& draft, const std::vector<std::string>& kinds) : draft_(draft), kinds_(kinds) {}

  void read_table(const Node& table, const std::string& path) {
    for (const auto& member : table.children) read_member(member, path);
  }

 private:
  Provenance from(const Node& node) const {
    const auto place = draft_.problems.in_file(node.value);
    Provenance from{{Origin::Source::File, place.source, node.value.line}, place, {}};
    if (node.type == Node::Type::Array) {
      for (const auto& element : node.children) from.elements.push_back(draft_.problems.in_file(element.value));
    }
    return from;
  }

  void read_member(const Node& member, const std::string& table) {
    const auto path = join(table, member.name);
    if (const auto* setting = find_setting(path))
      return draft_.apply(*setting, read_value(setting->rule, member), from(member));
    if (table.empty() && member.name == "plugin") return read_plugin_blocks(member);
    if (table == "storage" && read_chain(member)) return;
    if (!is_table(path)) return unknown(member, table);
    if (member.type == Node::Type::Table) return read_table(member, path);
    draft_.problems.add(problem::wrong_type, member.key,
                        "\"" + path + "\" is a table, got " + std::string(type_name(member.type)),
                        "write [" + path + "] and its keys below");
  }

  bool read_chain(const Node& member) {
    for (const auto& kind : kinds_) {
      if (chain_path(kind) != "storage." + member.name) continue;
      draft_.apply_chain(member.name, kind, read_value(storage_chain_rule, member), from(member));
      return true;
    }
    return false;
  }

  std::vector<std::string_view> known_keys(std::string_view table) const {
    std::vector<std::string_view> keys;
    for (const auto& setting : settings()) {
      const auto key = key_below(setting.path, table);
      if (!key.empty() && std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
    if (table.empty()) keys.push_back("plugin");
    return keys;
  }

  void unknown(const Node& member, std::string_view table) {
    auto keys = known_keys(table);
    std::vector<std::string> chains;
    if (table == "storage") {
      for (const auto& kind : kinds_) chains.push_back(kind + "s");
      keys.insert(keys.end(), chains.begin(), chains.end());
    }
    const auto meant = nearest(member.name, keys);
    if (!meant.empty()) draft_.doubt(join(table, meant));
    if (join(table, meant) == "plugin") draft_.broken_blocks = true;
    auto hint = meant.empty() ? elsewhere(member.name) : did_you_mean(member.name, {meant});
    // No key of the host holds a secret; what resembles none may be a plugin's.
    if (hint.empty()) draft_.hide(member);
    const bool is_header = member.type == Node::Type::Table;
    draft_.problems.add(
        is_header ? problem::unknown_table : problem::unknown_key, member.key,
        std::string(is_header ? "unknown table " : "unknown key ") + in_quotes(member.name) + in_table(table),
        std::move(hint));
  }

  // A key that is right, but in another table.
  static std::string elsewhere(std::string_view key) {
    for (const auto& setting : settings()) {
      const auto dot = setting.path.rfind('.');
      if (dot == std::string_view::npos || setting.path.substr(dot + 1) != key) continue;
      return "it belongs in [" + std::string(setting.path.substr(0, dot)) + "]";
    }
    const auto top = find_setting(key);
    return top == nullptr ? std::string() : "it belongs at the top of the file, before the first [table]";
  }

  void read_plugin_blocks(const Node& member) {
    const bool blocks =
        member.type == Node::Type::Array && std::all_of(member.children.begin(), member.children.end(),
                                                        [](const Node& n) { return n.type == Node::Type::Table; });
    if (!blocks) {
      return draft_.problems.add(problem::wrong_type, member.key,
                                 "\"plugin\" is a list of tables, got " + std::string(type_name(member.type)),
                                 "write [[plugin]], with two brackets, before each plugin");
    }
    for (const auto& block : member.children) read_plugin_block(block);
  }

  void read_plugin_block(const Node& node) {
    PluginBlock block;
    BlockSource source{.place = draft_.problems.in_file(node.value)};
    block.origin = {Origin::Source::File, source.place.source, node.value.line};
    for (const auto& member : node.children) read_plugin_key(member, block, source);
    if (block.name.empty()) {
      draft_.broken_blocks = true;
      if (!contains(source.doubtful, "name")) {
        draft_.problems.add(problem::missing, source.place, "plugin without a name",
                            "write name = \"...\" below [[plugin]]");
      }
      return;
    }
    if (duplicate(block, source)) return;
    if (block.library.empty()) block.library = block.name;
    draft_.config.plugins.push_back(std::move(block));
    draft_.blocks.push_back(std::move(source));
  }

  void read_plugin_key(const Node& member, PluginBlock& block, BlockSource& source) {
    source.keys.emplace(member.name, draft_.problems.in_file(member.value));
    if (member.name == "config") return read_plugin_config(member, source);
    for (const auto& key : plugin_keys()) {
      if (key.path != member.name) continue;
      auto value = read_value(key.rule, member);
      if (value) return key.set(block, std::move(*value));
      source.doubtful.push_back(member.name);
      return draft_.problems.add(*value.error().kind, member.value,
                                 "plugin: " + member.name + ": " + value.error().message, value.error().hint);
    }
    draft_.hide(member);
    std::vector<std::string_view> names = {"config"};
    for (const auto& key : plugin_keys()) names.push_back(key.path);
    source.doubtful.emplace_back(nearest(member.name, names));
    auto hint = did_you_mean(member.name, names);
    if (hint.empty()) hint = "a setting of the plugin itself belongs in [plugin.config]";
    draft_.problems.add(problem::unknown_key, member.key, "unknown key " + in_quotes(member.name) + " in [[plugin]]",
                        std::move(hint));
  }

  void read_plugin_config(const Node& member, BlockSource& source) {
    if (member.type == Node::Type::Table) {
      source.config = &member;
      return;
    }
    draft_.hide(member);
    draft_.problems.add(problem::wrong_type, member.key,
                        "\"config\" is a table, got " + std::string(type_name(member.type)),
                        "write [plugin.config] and its keys below");
  }

  bool duplicate(const PluginBlock& block, const BlockSource& source) {
    const auto* first = draft_.config.plugin(block.name);
    if (first == nullptr) return false;
    const auto name = source.keys.find("name");
    draft_.problems.add(problem::duplicate_plugin, name == source.keys.end() ? source.place : name->second,
                        "a second plugin named " + in_quotes(block.name) + "; the first is at line " +
                            std::to_string(first->origin.line),
                        "give it another name; one library may serve several");
    return true;
  }

  ConfigDraft& draft_;
  const std::vector<std::string>& kinds_;
};

}  // namespace

void read_document(ConfigDraft& draft, const Node& root, const std::vector<std::string>& kinds) {
  FileReader(draft, kinds).read_table(root, {});
}

}  // namespace gatehouse::app
