// SPDX-License-Identifier: Apache-2.0
#include "support/naughty.h"

#include "support/json.h"
#include "support/naughty_tables.h"

#include <string_view>

namespace gatehouse::test {
namespace {

using Strings = std::vector<NaughtyString>;

void add(Strings& all, std::string_view kind, std::string bytes) {
  auto literal = json_string(bytes);
  all.push_back({std::string(kind), std::move(bytes), std::move(literal)});
}

// Alone, inside a word, and in front of one.
void add_code_points(Strings& all, std::string_view kind, std::vector<char32_t> points) {
  for (const char32_t point : points) {
    const auto one = utf8(point);
    add(all, kind, "ab" + one + "cd");
    add(all, kind, one);
  }
}

std::vector<char32_t> range(char32_t first, char32_t last) {
  std::vector<char32_t> points;
  for (char32_t point = first; point <= last; ++point) points.push_back(point);
  return points;
}

void add_controls(Strings& all) {
  for (const char32_t point : range(0x01, 0x1f)) add(all, "control", "ab" + utf8(point) + "cd");
  add(all, "control", "\x7f");
  add(all, "nul", std::string("ab\0cd", 5));
  add(all, "nul", std::string(1, '\0'));
  for (const char32_t point : range(0x80, 0x9f)) add(all, "c1 control", "ab" + utf8(point) + "cd");
}

void add_invisible(Strings& all) {
  add_code_points(all, "direction",
                  {0x061c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069});
  add_code_points(all, "zero width",
                  {0x00ad, 0x034f, 0x180e, 0x200b, 0x200c, 0x200d, 0x2060, 0x2061, 0x2064, 0xfe0f, 0xfeff, 0xe0001,
                   0xe0041, 0xe0100});
  add_code_points(all, "space",
                  {0x0085, 0x00a0, 0x1680, 0x2000, 0x2007, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000});
  add_code_points(all, "noncharacter", {0xfdd0, 0xfffe, 0xffff, 0x1fffe, 0x10ffff});
  add_code_points(all, "private or unassigned", {0xe000, 0xf8ff, 0x0378, 0x2fe0, 0xfffd, 0x100000});
}

void add_lengths(Strings& all) {
  for (const std::size_t size :
       {0U, 1U, 2U, 63U, 64U, 65U, 127U, 128U, 129U, 254U, 255U, 256U, 257U, 320U, 1024U, 8192U, 50000U}) {
    add(all, "length", std::string(size, 'a'));
  }
  std::string wide;
  std::string marks = "e";
  std::string family;
  for (int i = 0; i < 300; ++i) {
    wide += utf8(0x1f600);
    marks += utf8(0x0301);
    family += utf8(0x1f468) + utf8(0x200d);
  }
  add(all, "length", wide);
  add(all, "stacked marks", marks);
  add(all, "joined emoji", family);
  add(all, "length", std::string(400, '9'));
  add(all, "length", '1' + std::string(400, '0'));
  add(all, "length", std::string(3000, '%'));
  add(all, "length", std::string(3000, '('));
}

// What JSON can spell and UTF-8 cannot.
void add_escapes(Strings& all) {
  for (const std::string_view literal : escaped_literals) all.push_back({"escape", "", std::string(literal)});
}

}  // namespace

std::string utf8(char32_t code_point) {
  const auto byte = [](char32_t bits) { return static_cast<char>(static_cast<unsigned char>(bits)); };
  if (code_point < 0x80) return {byte(code_point)};
  if (code_point < 0x800) return {byte(0xc0 | (code_point >> 6)), byte(0x80 | (code_point & 0x3f))};
  if (code_point < 0x10000) {
    return {byte(0xe0 | (code_point >> 12)), byte(0x80 | ((code_point >> 6) & 0x3f)), byte(0x80 | (code_point & 0x3f))};
  }
  return {byte(0xf0 | (code_point >> 18)), byte(0x80 | ((code_point >> 12) & 0x3f)),
          byte(0x80 | ((code_point >> 6) & 0x3f)), byte(0x80 | (code_point & 0x3f))};
}

std::vector<NaughtyString> naughty_strings() {
  Strings all;
  add_controls(all);
  add_invisible(all);
  add_lengths(all);
  add_escapes(all);
  for (const std::string_view text : ill_formed_utf8) add(all, "ill-formed UTF-8", std::string(text));
  for (const std::string_view text : twins) add(all, "twin", std::string(text));
  for (const std::string_view text : injections) add(all, "injection", std::string(text));
  for (const std::string_view text : numbers) add(all, "number", std::string(text));
  for (const std::string_view text : words) add(all, "word", std::string(text));
  for (const std::string_view text : addresses) add(all, "address", std::string(text));
  return all;
}

}  // namespace gatehouse::test
