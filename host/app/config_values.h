// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.h"
#include "app/config_document.h"
#include "app/config_forms.h"
#include "app/config_problem.h"

#include <gatehouse/sdk/result.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gatehouse::app {

enum class ValueKind : std::uint8_t {
  Text,
  Choice,  // one of a closed set; the value is its number in the set
  Boolean,
  Integer,
  Duration,  // written "15m"; the value is in microseconds
  Size,      // written "64MiB"; the value is in bytes
  Rate,      // written "5/60s"
  TextList,
};

// A value of a setting, of the host or of a plugin. monostate: not set, and no default either.
using SettingValue = std::variant<std::monostate, bool, std::int64_t, std::string, std::vector<std::string>, Rate>;

// What a setting takes.
struct ValueRule {
  ValueKind kind = ValueKind::Text;
  std::int64_t least = 0;  // of Integer, Duration, Size
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  std::int64_t step = 1;          // Duration, Size: a whole number of these
  std::string_view allowed = {};  // Choice: comma-separated
  Form form = nullptr;            // of Text, and of each element of a TextList
  bool one_or_more = false;       // TextList: a text is a list of one
};

// What is wrong with a value; `message` begins with "expected".
struct ValueFault {
  const ProblemKind* kind;
  std::string message;
  std::string hint;
  std::optional<std::size_t> element;  // of a list
  std::vector<ValueFault> more = {};   // of the list's other elements
};

using ValueOrFault = sdk::Expected<SettingValue, ValueFault>;

ValueOrFault accepted(SettingValue value);
ValueFault fault(const ProblemKind& kind, std::string message, std::string hint = {});

// From the file.
ValueOrFault read_value(const ValueRule& rule, const Node& node);
// From the environment or the command line: the same texts without quotes, lists with commas between the elements.
ValueOrFault read_text(const ValueRule& rule, std::string_view text);

// As it would be written in the file; "" for a value that is not set.
std::string format_value(const ValueRule& rule, const SettingValue& value);

// "duration", "true or false", "one of strict, balanced, mobile", with the bounds where there are any.
std::string describe_rule(const ValueRule& rule);

// The choices of a rule, in order.
std::vector<std::string_view> split_choices(std::string_view allowed);

// The candidate that was probably meant, or nothing; and the same as a hint, `did you mean "..."?`.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);

std::string in_quotes(std::string_view text);
// A value in a message: in quotes, without the login of a URL, and not longer than anybody reads.
std::string shown(std::string_view text);

}  // namespace gatehouse::app
