// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Times of the store interface (microseconds since 1970) as PostgreSQL writes and reads a timestamptz in UTC and
// DateStyle ISO. A timestamptz begins on 24 November 4714 BC; the interface's own smallest number stands before all
// times and is '-infinity'.
namespace gatehouse::store_postgres {

constexpr std::int64_t first_time_us = -210'866'803'200'000'000;

// False: between '-infinity' and the first timestamptz.
bool is_timestamp(std::int64_t us) noexcept;
// What is no timestamp is written as '-infinity': right for the ends of ranges, and refused before for values.
void append_time(std::string& out, std::int64_t us);
std::optional<std::int64_t> parse_time(std::string_view text) noexcept;

}  // namespace gatehouse::store_postgres
