// SPDX-License-Identifier: Apache-2.0
#include "plugins/entry_check.h"

#include "base/encoding.h"
#include "base/json_text.h"
#include "plugins/load_error.h"
#include "plugins/settings.h"

#include <gatehouse/plugin.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <string_view>

namespace gatehouse::plugins {
namespace {

constexpr std::size_t version_fields = offsetof(gh_plugin, needs_host_minor) + sizeof(gh_plugin::needs_host_minor);
constexpr std::size_t first_release = offsetof(gh_plugin, destroy) + sizeof(gh_plugin::destroy);
constexpr std::size_t setting_first_release = offsetof(gh_setting, flags) + sizeof(gh_setting::flags);
constexpr std::size_t interface_first_release = offsetof(gh_interface, table) + sizeof(gh_interface::table);
constexpr std::size_t longest_text = 500;
constexpr std::uint32_t most_settings = 200;
constexpr std::uint32_t most_interfaces = 50;

std::string version(std::uint32_t major, std::uint32_t minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

void check_versions(const gh_plugin& entry, std::size_t symbol_size, const std::string& file) {
  if (symbol_size < version_fields || entry.magic != GH_MAGIC) {
    throw LoadError(file + ": its symbol " GH_ENTRY_SYMBOL " is not a gh_plugin; it was not built with the plugin API");
  }
  const auto ours = version(GH_ABI_MAJOR, GH_ABI_MINOR);
  const auto theirs = version(entry.abi_major, entry.abi_minor);
  if (entry.abi_major != GH_ABI_MAJOR) {
    const auto* fix = entry.abi_major > GH_ABI_MAJOR ? "update the server, or get the plugin for plugin ABI "
                                                     : "get the plugin for plugin ABI ";
    throw LoadError(file + ": is built for plugin ABI " + theirs + ", this server has " + ours + "; " + fix +
                    std::to_string(GH_ABI_MAJOR));
  }
  if (entry.needs_host_minor > GH_ABI_MINOR) {
    throw LoadError(file + ": needs plugin ABI " + version(entry.abi_major, entry.needs_host_minor) +
                    " or later, this server has " + ours +
                    "; update the server, or get an older version of the plugin");
  }
  if (entry.struct_size < first_release || symbol_size < entry.struct_size) {
    throw LoadError(file + ": its gh_plugin has " +
                    std::to_string(std::min<std::size_t>(entry.struct_size, symbol_size)) + " bytes and plugin ABI " +
                    theirs + " has at least " + std::to_string(first_release) +
                    "; build it again with the plugin API's own headers");
  }
}

// Words that make a message about one member of the entry.
class Complaint {
 public:
  Complaint(const gh_plugin& entry, const std::string& file) : entry_(entry), file_(file) {}
  [[noreturn]] void operator()(const std::string& what) const {
    // What is wrong may be the id itself.
    std::string words = file_ + ": ";
    words += entry_.id == nullptr ? "a plugin" : "plugin ";
    if (entry_.id != nullptr) append_escaped(words, {entry_.id, ::strnlen(entry_.id, 40)});
    throw LoadError(words.append(": ").append(what).append("; this is a defect of the plugin"));
  }
  std::string_view text(const char* value, const char* member) const {
    if (value == nullptr) (*this)(std::string(member) + " is missing");
    const auto size = ::strnlen(value, longest_text + 1);
    if (size == 0 || size > longest_text) (*this)(std::string(member) + " is empty or longer than 500 bytes");
    const std::string_view text(value, size);
    if (!is_utf8(text)) (*this)(std::string(member) + " is not UTF-8");
    // It will be shown on terminals, also of people who only look at the file.
    if (!is_presentable(text)) (*this)(std::string(member) + " holds control characters or invisible ones");
    return text;
  }

 private:
  const gh_plugin& entry_;
  const std::string& file_;
};

bool only(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

void check_identity(const gh_plugin& entry, const Complaint& complain) {
  const auto id = complain.text(entry.id, "its id");
  if (id.size() > 40 || !only(id, "abcdefghijklmnopqrstuvwxyz0123456789-")) complain("its id is not [a-z0-9-]{1,40}");
  complain.text(entry.version, "its version");
  complain.text(entry.license, "its license");
  complain.text(entry.summary, "its summary");
  if (entry.create == nullptr || entry.start == nullptr || entry.drain == nullptr || entry.destroy == nullptr) {
    complain("create, start, drain or destroy is missing");
  }
}

template <class T>
const T& row(const T* first, std::uint32_t at, std::uint32_t stride) {
  return *reinterpret_cast<const T*>(reinterpret_cast<const std::byte*>(first) + std::size_t{at} * stride);
}

void check_table(const void* first, std::uint32_t count, std::uint32_t stride, std::uint32_t most,
                 std::size_t least_stride, const std::string& what, const Complaint& complain) {
  if (count > most) complain("it has " + std::to_string(count) + " " + what + "s");
  if (count == 0) return;
  if (first == nullptr) complain("its table of " + what + "s is missing");
  if (stride < least_stride || stride % alignof(void*) != 0) complain("the stride of its " + what + "s is wrong");
}

void check_setting_row(const gh_setting& setting, std::set<std::string_view>& keys, const Complaint& complain) {
  const auto key = complain.text(setting.key, "the key of a setting");
  const std::string name = "its setting " + std::string(key);
  if (key.size() > 60 || !only(key, "abcdefghijklmnopqrstuvwxyz0123456789_")) complain(name + " is not snake_case");
  if (!keys.insert(key).second) complain(name + " is declared twice");
  complain.text(setting.summary, (name + "'s summary").c_str());
  if (setting.type < GH_SETTING_TEXT || setting.type > GH_SETTING_TEXT_LIST) complain(name + " has an unknown type");
  if (setting.allowed != nullptr) {
    complain.text(setting.allowed, (name + "'s list of allowed values").c_str());
    if (setting.type != GH_SETTING_TEXT) complain(name + " lists allowed values and is not a text");
  }
  if (setting.default_value == nullptr) return;
  if ((setting.flags & (GH_SETTING_REQUIRED | GH_SETTING_SECRET)) != 0) {
    complain(name + " has a default and is required or secret");
  }
  if (*setting.default_value != '\0') complain.text(setting.default_value, (name + "'s default").c_str());
}

void check_settings(const gh_plugin& entry, const Complaint& complain) {
  check_table(entry.settings, entry.setting_count, entry.setting_stride, most_settings, setting_first_release,
              "setting", complain);
  std::set<std::string_view> keys;
  for (std::uint32_t i = 0; i < entry.setting_count; ++i) {
    check_setting_row(row(entry.settings, i, entry.setting_stride), keys, complain);
  }
  for (const auto& setting : settings_of(entry)) {
    const auto defaults = default_of(setting);
    if (const auto* wrong = std::get_if<SettingProblem>(&defaults)) {
      complain("the default of its setting " + setting.key + ": " + wrong->sentence);
    }
  }
}

void check_interfaces(const gh_plugin& entry, const Complaint& complain) {
  check_table(entry.interfaces, entry.interface_count, entry.interface_stride, most_interfaces, interface_first_release,
              "interface", complain);
  if (entry.interface_count == 0) complain("it offers no interface");
  std::set<std::string_view> ids;
  for (std::uint32_t i = 0; i < entry.interface_count; ++i) {
    const auto& each = row(entry.interfaces, i, entry.interface_stride);
    const auto id = complain.text(each.id, "the id of an interface");
    if (!ids.insert(id).second) complain("it offers the interface " + std::string(id) + " twice");
    if (each.table == nullptr) complain("its table for " + std::string(id) + " is missing");
  }
}

}  // namespace

void check_entry(const gh_plugin& entry, std::size_t symbol_size, const std::string& file) {
  check_versions(entry, symbol_size, file);
  const Complaint complain(entry, file);
  check_identity(entry, complain);
  check_settings(entry, complain);
  check_interfaces(entry, complain);
}

}  // namespace gatehouse::plugins
