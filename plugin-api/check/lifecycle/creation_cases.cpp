// SPDX-License-Identifier: Apache-2.0
#include "calling.h"
#include "host_probe.h"
#include "instance.h"
#include "lifecycle/cases.h"
#include "lifecycle/io_guard.h"
#include "lifecycle/use.h"
#include "plugins/create_args.h"
#include "plugins/load_error.h"
#include "process_state.h"

#include <gatehouse/plugin.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <malloc.h>

namespace gatehouse::check::lifecycle {
namespace {

using Entries = std::vector<plugins::ConfigEntry>;

// create() by hand, for what Instance would not do.
class Creation {
 public:
  Creation(Context& context, HostProbe& host, const Entries& changes = {})
      : context_(context),
        host_(host),
        plugin_(context.plugin()),
        state_dir_((context.folder() / "state").string()),
        args_(plugin_, name_, state_dir_, settings_for(plugin_, context.subject(), changes)) {
    std::filesystem::create_directories(state_dir_);
  }
  ~Creation() { destroy(); }
  Creation(const Creation&) = delete;
  Creation& operator=(const Creation&) = delete;

  gh_status create(std::uint32_t flags = 0) {
    const auto raw = args_.raw(host_.table(), flags);
    Calling calling(context_, (flags & GH_CREATE_VALIDATE_ONLY) != 0 ? "create to validate only" : "create");
    const auto status = calling.done(plugin_.create(&raw, calling.call(), &self_));
    words_ = calling.words();
    return status;
  }
  void destroy() {
    if (self_ == nullptr) return;
    context_.entering("destroy");
    plugin_.destroy(self_);
    self_ = nullptr;
  }
  gh_instance* self() const { return self_; }
  const std::string& words() const { return words_; }

 private:
  Context& context_;
  HostProbe& host_;
  const gh_plugin& plugin_;
  const std::string name_ = "subject";
  const std::string state_dir_;
  const plugins::CreateArgs args_;
  gh_instance* self_ = nullptr;
  std::string words_;
};

HostProbe& new_host(Context& context) { return *new HostProbe(context); }

void expect_quiet(Context& context, const std::set<std::string>& threads, const std::set<std::string>& files,
                  const char* what) {
  const auto more = threads_since(threads);
  context.expect(more.empty(), std::string(what) + " started a thread; threads begin in start");
  const auto open = files_since(files);
  context.expect(open.empty(), std::string(what) + " opened " + some_of(open) + "; files are opened in start");
}

void without_io(Context& context, std::uint32_t flags, const char* what) {
  Creation creation(context, new_host(context));
  const auto threads = threads_now();
  const auto files = files_now();
  // What looks into /proc cannot run behind the guard: there the guard itself sees everything.
  const bool guarded = guard_io(context, what);
  const auto status = creation.create(flags);
  context.expect(status == GH_OK, std::string(what) + " answered " + status_name(status) + ": " + creation.words());
  const bool made = creation.self() != nullptr;
  context.expect(made == (flags == 0), made ? "it made an instance where it was only to check the settings"
                                            : "create answered GH_OK and made no instance");
  creation.destroy();
  if (guarded) return;
  context.detail("this kernel allows no filter of system calls: only what stays open was looked at");
  expect_quiet(context, threads, files, what);
}

// Values that the host lets through and that are seldom right.
std::vector<plugins::SettingValue> absurd_values(const plugins::SettingInfo& setting) {
  if (!setting.allowed.empty()) return {};
  switch (setting.type) {
    case plugins::SettingType::Int: return {INT64_MIN, std::int64_t{-1}, std::int64_t{0}, INT64_MAX};
    case plugins::SettingType::Duration: return {"0us", "9000000000000000000us"};
    case plugins::SettingType::Size: return {"0B", "9223372036854775807B"};
    case plugins::SettingType::Bool: return {true, false};
    case plugins::SettingType::Path: return {"no/../such/\x01 folder", std::string(5000, 'x')};
    default: return {"", " ", "\n", "%s%n", "://", std::string(5000, 'x')};
  }
}

void try_setting(Context& context, HostProbe& host, const plugins::SettingInfo& setting,
                 const plugins::SettingValue& value) {
  std::optional<Creation> creation;
  try {
    creation.emplace(context, host, Entries{{setting.key, value}});
  } catch (const plugins::LoadError&) {
    return;  // The host refuses it before the plugin sees it.
  }
  const auto status = creation->create();
  if (status == GH_OK) {
    context.expect(creation->self() != nullptr, "create answered GH_OK and made no instance");
    return;
  }
  const auto about = "create refused a value of " + setting.key + " with " + status_name(status);
  context.expect(status == GH_INVALID, about + "; what a setting cannot be is GH_INVALID: " + creation->words());
  context.expect(creation->self() == nullptr, about + " and made an instance all the same");
  context.expect(!creation->words().empty(), about + " and did not explain why");
  if (creation->words().find(setting.key) == std::string::npos) {
    context.warn(about + " and did not name the setting: " + creation->words());
  }
}

// Puts a file that makes no sense to anybody where each setting that is a path points, as far as that is below the
// state folder. False: there is none.
bool damage(Context& context, const std::filesystem::path& state_dir) {
  const auto known = plugins::settings_of(context.plugin());
  bool any = false;
  for (const auto& each :
       plugins::complete_settings(known, settings_for(context.plugin(), context.subject(), {}), state_dir)) {
    const bool is_path = std::any_of(known.begin(), known.end(), [&](const auto& setting) {
      return setting.key == each.key && setting.type == plugins::SettingType::Path;
    });
    if (!is_path || !std::get<std::string>(each.value).starts_with(state_dir.string())) continue;
    const std::filesystem::path path = std::get<std::string>(each.value);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << "nothing a plugin has written\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    any = true;
  }
  return any;
}

}  // namespace

void validate_does_no_io(Context& context) {
  without_io(context, GH_CREATE_VALIDATE_ONLY, "create with GH_CREATE_VALIDATE_ONLY");
}

void create_does_no_io(Context& context) { without_io(context, 0, "create"); }

void refuses_settings_in_words(Context& context) {
  const auto settings = plugins::settings_of(context.plugin());
  if (settings.empty()) context.skip("it has no settings");
  auto& host = new_host(context);
  for (const auto& setting : settings) {
    for (const auto& value : absurd_values(setting)) try_setting(context, host, setting, value);
  }
}

void survives_a_failed_start(Context& context) {
  auto& host = new_host(context);
  const auto& plugin = context.plugin();
  const std::string name = "subject";
  const auto state_dir = context.folder() / "damaged";
  std::filesystem::create_directory(state_dir);
  if (!damage(context, state_dir))
    context.skip("no setting of it is a path below the state folder that could be damaged");
  const auto state = state_dir.string();
  const plugins::CreateArgs args(plugin, name, state, settings_for(plugin, context.subject(), {}));
  const auto raw = args.raw(host.table(), 0);
  gh_instance* self = nullptr;
  {
    Calling calling(context, "create");
    const auto status = calling.done(plugin.create(&raw, calling.call(), &self));
    if (status != GH_OK) context.fail("create answered " + status_name(status) + ": " + calling.words());
  }
  Calling calling(context, "start");
  const auto status = calling.done(plugin.start(self, calling.call()));
  context.expect(status == GH_OK || !calling.words().empty(),
                 "start answered " + status_name(status) + " and did not explain why");
  if (status == GH_OK) {
    Calling draining(context, "drain");
    draining.done(plugin.drain(self, draining.call()));
  }
  context.entering("destroy after start");
  plugin.destroy(self);
  Instance another(context);
  use_a_little(context, another.self());
  another.stop();
  if (status == GH_OK) context.skip("its start takes whatever it finds in its files, so it could not be made to fail");
}

void leaks_nothing(Context& context) {
  constexpr int cycles = 200;
  auto& host = new_host(context);
  const auto cycle = [&] {
    Creation creation(context, host);
    const auto status = creation.create();
    context.expect(status == GH_OK, "create answered " + status_name(status) + ": " + creation.words());
  };
  for (int i = 0; i < cycles / 10; ++i) cycle();
  const auto before = ::mallinfo2().uordblks + ::mallinfo2().hblkhd;
  if (before == 0) context.skip("the allocator of this process counts nothing, as a sanitizer's");
  for (int i = 0; i < cycles; ++i) cycle();
  const auto after = ::mallinfo2().uordblks + ::mallinfo2().hblkhd;
  const auto lost = after > before ? (after - before) / cycles : 0;
  context.detail(std::to_string(lost) + " bytes an instance");
  context.expect(lost < 16,
                 "each instance that is created and destroyed leaves " + std::to_string(lost) + " bytes behind");
}

}  // namespace gatehouse::check::lifecycle
