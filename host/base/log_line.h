// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/log.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace gatehouse {

enum class LogStyle : std::uint8_t {
  Json,    // {"time":"2026-11-20T09:30:00.000Z","level":"info","event":"...",<fields>}
  Pretty,  // 09:30:00.000 INFO  event  field=value
  Colour,  // Pretty with ANSI colours
};

// True for names whose values must never be seen: password, token, authorization, cookie, secret and their relatives
// ("refresh_token", "smtp_password"), in any case, with - or _. Ids of tokens (token_id, jti) are not among them.
bool is_sensitive_name(std::string_view name) noexcept;

// Appends one record and its line feed. Whatever the fields hold, it is one line (see json_text.h). A text field longer
// than 4 KiB is cut. The value of a field with a sensitive name is "[redacted]", and so is anything inside another text
// that looks like one of our refresh tokens, a JWS or bearer credentials: the last net, not the first. A field
// named like one of the record's own members gets a trailing underscore.
void append_log_line(std::string& out, LogStyle style, Time now, LogLevel level, std::string_view event,
                     std::initializer_list<LogField> fields);

}  // namespace gatehouse
