// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/abi.h>

#include <cstdint>
#include <string>
#include <string_view>

// Bytes whose order is the order of the contract: Redis keeps index entries sorted as plain bytes.
//   NULL first, then values. Numbers by value, false before true, texts by unsigned bytes, shorter first.
// No encoding is the beginning of another one, so several can stand one after another.
namespace gatehouse::store_redis {

// A text that cannot be NULL, as the parts of a key: its bytes and an end that sorts before every byte.
void append_text(std::string& out, std::string_view text);
// The same without its end: what every text with this prefix begins with.
void append_text_prefix(std::string& out, std::string_view prefix);
// 8 bytes, big endian.
void append_number(std::string& out, std::int64_t number);
// A value that may be NULL.
void append_value(std::string& out, const gh_value& value);

// Stands before every value that is not NULL.
constexpr char not_null = '\x02';

std::string text_code(std::string_view text);
std::string number_code(std::int64_t number);
// The first bytes behind everything that begins with `prefix`; empty: there is nothing behind it.
std::string behind(std::string prefix);

}  // namespace gatehouse::store_redis
