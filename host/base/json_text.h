// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace gatehouse {

// Appends `text`, from whatever source, as one JSON string with its quotes. The result is pure, single-line UTF-8 that
// no reader and no terminal can be steered with: quotes, backslashes, C0 and C1 controls, DEL, U+2028, U+2029,
// bidirectional overrides, zero-width and tag characters are written as \uXXXX; every byte that is not part of
// well-formed UTF-8 becomes U+FFFD.
void append_json_text(std::string& out, std::string_view text);

// Whether `text` is UTF-8 without any of the characters that are written as \uXXXX above: fit to be shown as it is.
bool is_presentable(std::string_view text) noexcept;

// The same bytes without the quotes around them.
void append_escaped(std::string& out, std::string_view text);

}  // namespace gatehouse
