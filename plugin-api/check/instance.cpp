// SPDX-License-Identifier: Apache-2.0
#include "instance.h"

#include "calling.h"
#include "plugins/create_args.h"
#include "plugins/load_error.h"

#include <gatehouse/plugin.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace gatehouse::check {
namespace {

plugins::ConfigEntry as_taken(const std::vector<plugins::SettingInfo>& known, const plugins::ConfigEntry& written) {
  const auto info = std::find_if(known.begin(), known.end(), [&](const auto& i) { return i.key == written.key; });
  // CreateArgs names keys the plugin does not have.
  if (info == known.end()) return written;
  auto checked = plugins::check_setting(*info, written.value);
  if (const auto* wrong = std::get_if<plugins::SettingProblem>(&checked)) {
    throw plugins::LoadError(written.key + ": " + wrong->sentence);
  }
  return {written.key, std::get<plugins::SettingValue>(std::move(checked))};
}

}  // namespace

std::vector<plugins::ConfigEntry> settings_for(const gh_plugin& plugin, const Subject& subject,
                                               const std::vector<plugins::ConfigEntry>& changes) {
  const auto known = plugins::settings_of(plugin);
  std::vector<plugins::ConfigEntry> taken;
  for (const auto& each : subject.settings) {
    const bool changed = std::any_of(changes.begin(), changes.end(), [&](const auto& c) { return c.key == each.key; });
    if (!changed) taken.push_back(as_taken(known, each));
  }
  for (const auto& each : changes) taken.push_back(as_taken(known, each));
  return taken;
}

Instance::Instance(Context& context, InstanceOptions options)
    : context_(context), host_(*new HostProbe(context)), plugin_(context.plugin()) {
  if (options.state_dir.empty()) options.state_dir = context.folder() / "state";
  std::filesystem::create_directories(options.state_dir);
  const auto state_dir = options.state_dir.string();
  try {
    const plugins::CreateArgs args(plugin_, options.name, state_dir,
                                   settings_for(plugin_, context.subject(), options.settings));
    const auto raw = args.raw(host_.table(), 0);
    Calling calling(context, "create");
    const auto status = calling.done(plugin_.create(&raw, calling.call(), &self_));
    if (status != GH_OK) context.fail("create answered " + status_name(status) + ": " + calling.words());
    if (self_ == nullptr) context.fail("create answered GH_OK and made no instance");
  } catch (const plugins::LoadError& error) {
    context.fail(error.what());
  }
  if (!options.start) return;
  Calling calling(context, "start");
  const auto status = calling.done(plugin_.start(self_, calling.call()));
  if (status != GH_OK) context.fail("start answered " + status_name(status) + ": " + calling.words());
  started_ = true;
}

Instance::~Instance() { stop(); }

void Instance::stop() {
  if (self_ == nullptr) return;
  if (std::exchange(started_, false)) {
    Calling calling(context_, "drain");
    const auto status = calling.done(plugin_.drain(self_, calling.call()));
    if (status != GH_OK) context_.fail("drain answered " + status_name(status) + ": " + calling.words());
  }
  context_.entering("destroy");
  plugin_.destroy(std::exchange(self_, nullptr));
  host_.close();
}

}  // namespace gatehouse::check
