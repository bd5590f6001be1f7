// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gatehouse::test {

// Keeps every record as "<event> <name>=<value> ...". Thread-safe.
class KeepingLog final : public Log {
 public:
  explicit KeepingLog(LogLevel least = LogLevel::Debug) : least_(least) {}

  bool enabled(LogLevel level) const noexcept override { return level >= least_; }

  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) noexcept override {
    if (!enabled(level)) return;
    std::string line(event);
    for (const auto& field : fields) {
      line.append(" ").append(field.name).append("=");
      if (const auto* text = std::get_if<std::string_view>(&field.value)) line += *text;
      if (const auto* number = std::get_if<std::int64_t>(&field.value)) line += std::to_string(*number);
    }
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }

  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

  // How many records begin with `event` and hold `part`.
  std::size_t count(std::string_view event, std::string_view part = {}) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count_if(lines_.begin(), lines_.end(), [&](const std::string& line) {
      return line.starts_with(event) && line.find(part) != std::string::npos;
    }));
  }

 private:
  const LogLevel least_;
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

// Time that stands still: what happens all the same waits for no deadline and no tick.
class StoppedClock final : public Clock {
 public:
  Time now() const override { return Time{std::chrono::hours(24 * 365 * 56)}; }
  Steady steady() const override { return Steady{std::chrono::hours(1)}; }
};

class NoRandom final : public Random {
 public:
  bool fill(std::span<std::uint8_t>) override { return false; }
};

// Counts up, so that ids are known and differ.
class CountingRandom final : public Random {
 public:
  bool fill(std::span<std::uint8_t> out) override {
    const std::lock_guard lock(mutex_);
    for (auto& byte : out) byte = ++next_;
    return true;
  }

 private:
  std::mutex mutex_;
  std::uint8_t next_ = 0;
};

}  // namespace gatehouse::test
