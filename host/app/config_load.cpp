// SPDX-License-Identifier: Apache-2.0
#include "app/config_load.h"

#include "app/config_draft.h"

#include <algorithm>
#include <utility>

namespace gatehouse::app {
namespace {

std::map<std::string, Origin, std::less<>> origins_of(const ConfigDraft& draft) {
  std::map<std::string, Origin, std::less<>> origins;
  for (const auto& [path, from] : draft.set) origins.emplace(path, from.origin);
  for (const auto& setting : settings()) {
    const auto depends = draft.defaults.find(setting.path);
    origins.try_emplace(std::string(setting.path),
                        Origin{Origin::Source::Default, depends == draft.defaults.end() ? "" : depends->second, 0});
  }
  return origins;
}

void check_state_folder(ConfigDraft& draft, const ConfigInputs& inputs) {
  if (!inputs.state_folder || !draft.sound({"mode", "state_dir"}) || draft.config.state_dir.empty()) return;
  auto wrong = inputs.state_folder(draft.config.state_dir);
  if (!wrong.empty()) draft.problems.add(problem::exposed, draft.place_of("state_dir"), std::move(wrong));
}

void check_mail_templates(ConfigDraft& draft, const ConfigInputs& inputs) {
  const auto& folder = draft.config.mail.templates;
  if (!inputs.mail_templates || folder.empty() || !draft.sound({"mail.templates"})) return;
  for (auto& fault : inputs.mail_templates(folder)) {
    const Position at{static_cast<std::uint32_t>(fault.line), 1, 1};
    if (fault.line == 0) {
      draft.problems.add(problem::broken_template, draft.place_of("mail.templates"),
                         "mail.templates: " + fault.file + ": " + fault.what);
    } else {
      draft.problems.add(problem::broken_template, Place{std::move(fault.file), at}, std::move(fault.what));
    }
  }
}

}  // namespace

std::string Origin::text() const {
  switch (source) {
    case Source::Default: return name.empty() ? "default" : "default (" + name + ")";
    case Source::File: return line == 0 ? name : name + ":" + std::to_string(line);
    case Source::Environment: return "environment " + name;
    case Source::Flag: return "flag " + name;
  }
  return {};
}

const PluginBlock* Config::plugin(std::string_view name) const noexcept {
  const auto found =
      std::find_if(plugins.begin(), plugins.end(), [&](const PluginBlock& block) { return block.name == name; });
  return found == plugins.end() ? nullptr : &*found;
}

const std::vector<std::string>& Config::store_chain(std::string_view kind) const {
  const auto found = storage.by_kind.find(std::string(kind));
  return found == storage.by_kind.end() ? storage.chain : found->second;
}

ConfigOutcome load_config(const ConfigInputs& inputs) {
  ConfigDraft draft(inputs.file_name, inputs.file_text);
  const auto document = parse_document(inputs.file_text);
  if (!document) {
    const auto& error = document.error();
    if (error.hidden) draft.problems.hide_line(error.at.line);
    draft.problems.add(problem::syntax, error.at, error.message, error.hint);
    return {{}, draft.problems.take()};
  }
  read_document(draft, *document, inputs.kinds);
  read_environment(draft, inputs);
  read_flags(draft, inputs);
  read_legacy_environment(draft, inputs);
  fill_defaults(draft, inputs);
  read_plugins(draft, inputs);
  check_whole(draft);
  check_state_folder(draft, inputs);
  check_mail_templates(draft, inputs);
  auto problems = draft.problems.take();
  auto origins = origins_of(draft);
  return {{std::move(draft.config), std::move(origins)}, std::move(problems)};
}

}  // namespace gatehouse::app
