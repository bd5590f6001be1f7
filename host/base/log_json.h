// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/log_line.h"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>

namespace gatehouse {

struct LogOptions {
  LogLevel level = LogLevel::Info;
  LogStyle style = LogStyle::Json;
  int fd = 2;                                   // not closed by the log
  std::size_t max_pending_bytes = 1024 * 1024;  // lines waiting for the writer
};

// Log lines to a file descriptor. The calling thread builds the line and appends it to a bounded buffer under a short
// lock; one thread writes, in batches of some 10 ms (errors at once), so no caller ever waits for a terminal, a pipe or
// a disk. A line that finds the buffer full is dropped and counted, and the count is logged once there is room. A
// process that is killed loses at most the last batch.
//
// Before start() and after stop() there is no thread: lines are written by the caller, which is what commands and the
// first and last lines of a server want. Every member may be called from any thread, start() and stop() from one.
class JsonLog final : public Log {
 public:
  // The clock outlives the log.
  JsonLog(LogOptions options, const Clock& clock);
  ~JsonLog() override;  // as stop()
  JsonLog(const JsonLog&) = delete;
  JsonLog& operator=(const JsonLog&) = delete;

  bool enabled(LogLevel level) const noexcept override;
  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) noexcept override;

  void start();
  // Writes what is waiting, then joins. A reader that has stopped reading delays this by two seconds at most.
  void stop();
  // Returns when every line pushed before the call was written or given up.
  void flush();

  void set_level(LogLevel level) noexcept;
  std::uint64_t dropped() const noexcept override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse
