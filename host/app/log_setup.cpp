// SPDX-License-Identifier: Apache-2.0
#include "app/log_setup.h"

#include <string_view>

#include <unistd.h>

namespace gatehouse::app {
namespace {

// getenv may race with whoever changes the environment; nobody does, but then nobody has to know that.
std::string_view variable(std::string_view name) {
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (text.starts_with(name) && text.substr(name.size()).starts_with('=')) return text.substr(name.size() + 1);
  }
  return {};
}

}  // namespace

LogStyle log_style(LogFormat format, const LogPlace& place) noexcept {
  const bool pretty = format == LogFormat::Pretty || (format == LogFormat::Auto && place.terminal);
  if (!pretty) return LogStyle::Json;
  return place.terminal && !place.no_color ? LogStyle::Colour : LogStyle::Pretty;
}

LogOptions log_options(const LogSettings& settings) {
  const LogPlace place{isatty(STDERR_FILENO) == 1, !variable("NO_COLOR").empty() || variable("TERM") == "dumb"};
  LogOptions options;
  options.level = settings.level;
  options.style = log_style(settings.format, place);
  options.fd = STDERR_FILENO;
  return options;
}

}  // namespace gatehouse::app
