// SPDX-License-Identifier: Apache-2.0
#include "app/log_setup.h"

#include <cstdlib>
#include <string_view>

#include <unistd.h>

namespace gatehouse::app {
namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view{} : std::string_view(value);
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
