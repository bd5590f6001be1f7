// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.h"
#include "base/log_json.h"

namespace gatehouse::app {

// What the place a log goes to is like.
struct LogPlace {
  bool terminal = false;
  bool no_color = false;  // NO_COLOR is set and not empty, or TERM is dumb
};

// auto is pretty on a terminal and JSON elsewhere; colours are for terminals that want them.
LogStyle log_style(LogFormat format, const LogPlace& place) noexcept;

// The log of this process, on the standard error output.
LogOptions log_options(const LogSettings& settings);

}  // namespace gatehouse::app
