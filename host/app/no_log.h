// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/log.h"

namespace gatehouse::app {

// Of a plugin that is only asked a question, whose answer is what the operator reads.
class NoLog final : public Log {
 public:
  bool enabled(LogLevel) const noexcept override { return false; }
  void write(LogLevel, std::string_view, std::initializer_list<LogField>) noexcept override {}
};

}  // namespace gatehouse::app
