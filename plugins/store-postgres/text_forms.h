// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// Bytes of the store interface as the text PostgreSQL takes.
namespace gatehouse::store_postgres {

// A part of a key may hold any byte, a column of type text may not. Each byte becomes the code point of its number, and
// 0 and 1 become two each; so what people name things with (ASCII) stays as it is, and the order of bytes is the order
// of COLLATE "C".
void append_key(std::string& out, std::string_view bytes);
// False: no text append_key() makes.
bool parse_key(std::string& out, std::string_view text);

// bytea in its hex form.
void append_bytes(std::string& out, std::string_view bytes);
bool parse_bytes(std::string& out, std::string_view text);

// An array of PostgreSQL in its text form, in place at the end of a string: open, elements, close.
class ArrayText {
 public:
  explicit ArrayText(std::string& out) : out_(out) { out_.push_back('{'); }
  void add_null();
  // `append` puts the element's own text at the end of the string it gets.
  template <class Append>
  void add_with(Append&& append) {
    separate();
    out_.push_back('"');
    const std::size_t begin = out_.size();
    append(out_);
    quote_from(begin);
    out_.push_back('"');
  }
  void close() { out_.push_back('}'); }

 private:
  void separate();
  void quote_from(std::size_t begin);

  std::string& out_;
  bool first_ = true;
};

// What a column of type text can hold: UTF-8 without NUL.
bool is_text(std::string_view text) noexcept;

// The first text, or the first bytes, that sort behind everything that begins with `prefix`; empty: there is none.
std::optional<std::string> after_text_prefix(std::string_view prefix);
std::optional<std::string> after_bytes_prefix(std::string_view prefix);

// An SQL identifier and an SQL text, quoted.
std::string identifier(std::string_view name);
std::string literal(std::string_view text);

}  // namespace gatehouse::store_postgres
