// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace gatehouse {

enum class LogLevel : std::uint8_t { Debug, Info, Warn, Error };

struct LogField {
  std::string_view name;  // snake_case
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

// Where log lines go. `event` is a short constant sentence; everything that varies is a field, so that no input can
// shape a line. Secrets do not get here: there is no overload for Secret<T>. Every member may be called from any
// thread and never throws; a sink that cannot keep up drops lines and counts them.
class Log {
 public:
  virtual ~Log() = default;
  virtual bool enabled(LogLevel level) const noexcept = 0;
  virtual void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) noexcept = 0;
  // Lines lost since the start, for the metric.
  virtual std::uint64_t dropped() const noexcept { return 0; }

  void debug(std::string_view event, std::initializer_list<LogField> fields = {}) noexcept {
    if (enabled(LogLevel::Debug)) write(LogLevel::Debug, event, fields);
  }
  void info(std::string_view event, std::initializer_list<LogField> fields = {}) noexcept {
    if (enabled(LogLevel::Info)) write(LogLevel::Info, event, fields);
  }
  void warn(std::string_view event, std::initializer_list<LogField> fields = {}) noexcept {
    write(LogLevel::Warn, event, fields);
  }
  void error(std::string_view event, std::initializer_list<LogField> fields = {}) noexcept {
    write(LogLevel::Error, event, fields);
  }
};

}  // namespace gatehouse
