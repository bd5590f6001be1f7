// SPDX-License-Identifier: Apache-2.0
#include "app/config_draft.h"

#include <algorithm>
#include <utility>

namespace gatehouse::app {

bool ConfigDraft::accept(std::string_view path, const ValueOrFault& value, const Provenance& from) {
  set.insert_or_assign(std::string(path), from);
  if (value) return true;
  const auto report = [&](const ValueFault& fault) {
    problems.add(*fault.kind, fault.element ? place_of(path, *fault.element) : from.place,
                 std::string(path) + ": " + fault.message, fault.hint);
  };
  report(value.error());
  for (const auto& fault : value.error().more) report(fault);
  doubt(std::string(path));
  return false;
}

void ConfigDraft::apply(const Setting& setting, ValueOrFault value, Provenance from) {
  if (accept(setting.path, value, from)) setting.set(config, std::move(*value));
}

void ConfigDraft::apply_chain(std::string_view key, std::string_view kind, ValueOrFault value, Provenance from) {
  if (!accept("storage." + std::string(key), value, from)) return;
  config.storage.by_kind.insert_or_assign(std::string(kind), std::get<std::vector<std::string>>(std::move(*value)));
}

bool ConfigDraft::sound(std::initializer_list<std::string_view> paths) const {
  const auto covers = [](std::string_view doubtful, std::string_view path) {
    return path.starts_with(doubtful) && (path.size() == doubtful.size() || path[doubtful.size()] == '.');
  };
  return std::none_of(paths.begin(), paths.end(), [&](std::string_view path) {
    return std::any_of(doubtful_.begin(), doubtful_.end(), [&](const std::string& d) { return covers(d, path); });
  });
}

void ConfigDraft::hide(const Node& node) {
  problems.hide_line(node.key.line);
  problems.hide_line(node.value.line);
  for (const auto& child : node.children) hide(child);
}

Place ConfigDraft::place_of(std::string_view path) const {
  const auto found = set.find(path);
  return found == set.end() ? problems.in_file({}) : found->second.place;
}

Place ConfigDraft::place_of(std::string_view path, std::size_t element) const {
  const auto found = set.find(path);
  if (found == set.end() || element >= found->second.elements.size()) return place_of(path);
  return found->second.elements[element];
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string chain_path(std::string_view kind) { return "storage." + std::string(kind) + "s"; }

}  // namespace gatehouse::app
