// SPDX-License-Identifier: Apache-2.0
#include "app/config_secrets.h"

#include "app/config_settings.h"
#include "base/log_line.h"

#include <algorithm>

namespace gatehouse::app {
namespace {

constexpr std::string_view blank = " \t\r";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_key_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

std::string_view trimmed(std::string_view text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(blank), text.size()));
  return text.substr(0, text.find_last_not_of(blank) + 1);
}

// The name before an equals sign: `x` of `x =`, of `a.x =` and of `{ "x" =`.
std::string_view name_before(std::string_view text) noexcept {
  constexpr std::string_view around = " \t\"'";
  text = text.substr(0, text.find_last_not_of(around) + 1);
  return text.substr(text.find_last_of(" \t\"'.,{[?&;") + 1);
}

// `rest` follows "://". A password may hold anything, so an @ counts wherever it is; without one, what follows a colon
// and is no port.
bool has_login(std::string_view rest) noexcept {
  if (rest.find('@') != std::string_view::npos) return true;
  const auto authority = rest.substr(0, rest.find_first_of("/?#\"' \t,;]}"));
  const auto colon = authority.find(':');
  if (colon == std::string_view::npos) return false;
  const auto port = authority.substr(colon + 1);
  return !std::all_of(port.begin(), port.end(), is_digit);
}

std::size_t named_secret(std::string_view line) noexcept {
  for (auto equals = line.find('='); equals != std::string_view::npos; equals = line.find('=', equals + 1)) {
    const auto name = name_before(line.substr(0, equals));
    // The host's own table of that name holds no secret.
    if (is_sensitive_name(name) && name != "tokens") return equals + 1;
  }
  return std::string_view::npos;
}

enum class Below : std::uint8_t { Other, Plugin, PluginConfig };

// The table that a header begins; `before` for a line that is none. One that cannot be told apart from an element of a
// list changes nothing.
Below table_of(std::string_view line, Below before) noexcept {
  constexpr std::string_view plugin = "plugin";
  if (!line.starts_with('[')) return before;
  line.remove_prefix(std::min(line.find_first_not_of("[ \t\"'"), line.size()));
  const auto end = std::find_if_not(line.begin(), line.end(), is_key_character);
  const auto name = line.substr(0, static_cast<std::size_t>(end - line.begin()));
  if (name == plugin) {
    const auto rest = line.substr(name.size());
    return rest.substr(0, rest.find(']')).find('.') == std::string_view::npos ? Below::Plugin : Below::PluginConfig;
  }
  const auto rest = line.substr(name.size());
  const bool header = !name.empty() && (rest.starts_with(']') || rest.starts_with('.'));
  return header ? Below::Other : before;
}

bool is_own_key_of_host(std::string_view line) noexcept {
  const auto name = name_before(line.substr(0, line.find('=')));
  return line.find('=') != std::string_view::npos &&
         std::any_of(plugin_keys().begin(), plugin_keys().end(), [&](const auto& key) { return key.path == name; });
}

}  // namespace

std::size_t login_in_url(std::string_view text) noexcept {
  constexpr std::string_view mark = "://";
  for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at + 1)) {
    if (has_login(text.substr(at + mark.size()))) return at + mark.size();
  }
  return std::string_view::npos;
}

std::size_t secret_in_line(std::string_view line) noexcept { return std::min(named_secret(line), login_in_url(line)); }

bool is_plugins_own_line(std::string_view file, std::uint32_t line) noexcept {
  auto table = Below::Other;
  for (std::uint32_t number = 1; !file.empty(); ++number) {
    const auto end = std::min(file.find('\n'), file.size());
    const auto text = trimmed(file.substr(0, end));
    if (number == line) {
      if (text.starts_with('[') || table == Below::Other) return false;
      return table == Below::PluginConfig || !is_own_key_of_host(text);
    }
    table = table_of(text, table);
    file.remove_prefix(std::min(end + 1, file.size()));
  }
  return false;
}

std::string_view line_of(std::string_view file, std::uint32_t line) noexcept {
  for (std::uint32_t i = 1; i < line; ++i) {
    const auto end = file.find('\n');
    if (end == std::string_view::npos) return {};
    file.remove_prefix(end + 1);
  }
  return file.substr(0, file.find('\n'));
}

}  // namespace gatehouse::app
