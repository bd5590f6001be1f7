// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse::app {

// What of a configuration must not be repeated to whoever reads its mistakes, as far as the text alone tells: what the
// plugins say of their settings is known later, and never where the file is not TOML. Pure functions.

// Where the login of a URL begins, "user:password@": behind the first "://" that seems to have one; npos: there is
// none.
std::size_t login_in_url(std::string_view text) noexcept;

// Where a value begins in a line of a configuration file that has a secret's name, or the login of a URL, whichever
// comes first; npos: there is none.
std::size_t secret_in_line(std::string_view line) noexcept;

// The line (from 1) stands below [plugin.config] or [[plugin]] and is none of the host's own keys there: its value may
// be a secret whatever it is called.
bool is_plugins_own_line(std::string_view file, std::uint32_t line) noexcept;

// The line of that number, from 1, without its end; empty behind the last one.
std::string_view line_of(std::string_view file, std::uint32_t line) noexcept;

}  // namespace gatehouse::app
