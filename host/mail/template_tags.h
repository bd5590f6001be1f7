// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::mail {

struct TagFault {
  std::size_t line = 1;
  std::string what;
};

// What keeps `text` from being one of our templates; empty: nothing. Every tag is a variable, a section's begin or end,
// or a comment, and names what mails have.
std::optional<TagFault> check_tags(std::string_view text);

}  // namespace gatehouse::mail
