// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

// Durations and sizes as operators write them: a whole number and a unit, nothing between, before or after.

// "500us", "150ms", "30s", "15m", "12h", "7d". Empty when it is anything else or too long for 64 bits of microseconds.
std::optional<std::chrono::microseconds> parse_duration(std::string_view text) noexcept;

// "512B", "16KiB", "64MiB", "2GiB", "1TiB". Decimal units are refused: "64MB" leaves open what is meant. Empty when it
// is anything else or more than 2^63-1 bytes.
std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

// The shortest text that parses back to the same value: "15m", "90s", "1500ms". Negative durations do not occur.
std::string format_duration(std::chrono::microseconds duration);
std::string format_size(std::uint64_t bytes);

}  // namespace gatehouse
