// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config_values.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::app {

// Values that count something: whole numbers, and the kinds that are written as text with a unit.

// As the file would have it: 5, "15m", "64MiB".
std::string format_quantity(ValueKind kind, std::int64_t number);
// The number as a value when it is within the rule's bounds and a whole number of its steps.
ValueOrFault in_range(const ValueRule& rule, std::int64_t number);

// The hint for a duration or size that is a bare number.
std::string write_the_unit(ValueKind kind, const std::string& digits);
ValueOrFault read_duration(const ValueRule& rule, std::string_view text);
ValueOrFault read_size(const ValueRule& rule, std::string_view text);
ValueOrFault read_rate(std::string_view text);

}  // namespace gatehouse::app
