// SPDX-License-Identifier: Apache-2.0
#include "base/log_line.h"

#include "base/json_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>

namespace gatehouse {
namespace {

constexpr std::string_view redacted = "[redacted]";
constexpr std::size_t longest_value = 4096;

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool ends_with_folded(std::string_view name, std::string_view word) noexcept {
  if (name.size() < word.size()) return false;
  const auto tail = name.substr(name.size() - word.size());
  return std::equal(tail.begin(), tail.end(), word.begin(),
                    [](char a, char b) { return (a == '-' ? '_' : lower(a)) == b; });
}

bool is_credential_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == '~' || c == '+' || c == '/' || c == '=';
}

// Where the next thing that looks like a credential begins, and how many bytes of it to keep ("Bearer ").
struct Found {
  std::size_t at = std::string_view::npos;
  std::size_t keep = 0;
};

Found find_credential(std::string_view text) noexcept {
  Found first{text.find("ghr_"), 0};
  // Every JWS header begins with {" and so with eyJ.
  if (const auto jws = text.find("eyJ"); jws < first.at) first = {jws, 0};
  for (const std::string_view word : {"earer ", "EARER "}) {
    if (const auto bearer = text.find(word); bearer < first.at) first = {bearer, word.size()};
  }
  return first;
}

void append_text(std::string& out, std::string_view text) {
  const bool cut = text.size() > longest_value;
  if (cut) {
    text = text.substr(0, longest_value);
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.remove_suffix(1);
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0) text.remove_suffix(1);
  }
  out.push_back('"');
  for (auto found = find_credential(text); found.at != std::string_view::npos; found = find_credential(text)) {
    append_escaped(out, text.substr(0, found.at + found.keep));
    out += redacted;
    auto end = found.at + found.keep;
    while (end < text.size() && is_credential_character(text[end])) ++end;
    text.remove_prefix(end);
  }
  append_escaped(out, text);
  if (cut) out += "...";
  out.push_back('"');
}

template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, 40> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_padded(std::string& out, unsigned value, unsigned width) {
  std::array<char, 10> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  const auto length = static_cast<unsigned>(end - digits.data());
  if (length < width) out.append(width - length, '0');
  out.append(digits.data(), end);
}

void append_time_of_day(std::string& out, std::chrono::microseconds since_midnight) {
  const std::chrono::hh_mm_ss parts{std::chrono::duration_cast<std::chrono::milliseconds>(since_midnight)};
  append_padded(out, static_cast<unsigned>(parts.hours().count()), 2);
  out.push_back(':');
  append_padded(out, static_cast<unsigned>(parts.minutes().count()), 2);
  out.push_back(':');
  append_padded(out, static_cast<unsigned>(parts.seconds().count()), 2);
  out.push_back('.');
  append_padded(out, static_cast<unsigned>(parts.subseconds().count()), 3);
}

void append_date(std::string& out, std::chrono::sys_days day) {
  const std::chrono::year_month_day date{day};
  append_padded(out, static_cast<unsigned>(std::max(0, static_cast<int>(date.year()))), 4);
  out.push_back('-');
  append_padded(out, static_cast<unsigned>(date.month()), 2);
  out.push_back('-');
  append_padded(out, static_cast<unsigned>(date.day()), 2);
}

std::string_view level_name(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::Debug: return "debug";
    case LogLevel::Info: return "info";
    case LogLevel::Warn: return "warn";
    case LogLevel::Error: return "error";
  }
  return "error";
}

void append_value(std::string& out, const LogField& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    return append_text(out, is_sensitive_name(field.name) ? redacted : *text);
  }
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) return append_number(out, *number);
  if (const auto* real = std::get_if<double>(&field.value)) {
    if (!std::isfinite(*real)) {
      out += "null";
      return;
    }
    return append_number(out, *real);
  }
  out += std::get<bool>(field.value) ? "true" : "false";
}

void append_json(std::string& out, Time now, LogLevel level, std::string_view event,
                 std::initializer_list<LogField> fields) {
  const auto day = std::chrono::floor<std::chrono::days>(now);
  out += "{\"time\":\"";
  append_date(out, day);
  out.push_back('T');
  append_time_of_day(out, now - day);
  out += "Z\",\"level\":\"";
  out += level_name(level);
  out += "\",\"event\":";
  append_text(out, event);
  for (const auto& field : fields) {
    out += ",\"";
    append_escaped(out, field.name);
    if (field.name == "time" || field.name == "level" || field.name == "event") out.push_back('_');
    out += "\":";
    append_value(out, field);
  }
  out += "}\n";
}

struct Paint {
  std::string_view label;
  std::string_view colour;
};

Paint paint(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::Debug: return {"DEBUG", "\x1b[2m"};
    case LogLevel::Info: return {"INFO ", "\x1b[32m"};
    case LogLevel::Warn: return {"WARN ", "\x1b[33m"};
    case LogLevel::Error: return {"ERROR", "\x1b[31m"};
  }
  return {"ERROR", "\x1b[31m"};
}

bool needs_quotes(std::string_view quoted) noexcept {
  const auto inner = quoted.substr(1, quoted.size() - 2);
  return inner.empty() || inner.find_first_of(" =\\") != std::string_view::npos;
}

void append_pretty(std::string& out, bool colour, Time now, LogLevel level, std::string_view event,
                   std::initializer_list<LogField> fields) {
  const auto [label, start] = paint(level);
  append_time_of_day(out, now - std::chrono::floor<std::chrono::days>(now));
  out.push_back(' ');
  if (colour) out += start;
  out += label;
  if (colour) out += "\x1b[0m";
  out.push_back(' ');
  std::string sentence;
  append_text(sentence, event);
  out.append(sentence, 1, sentence.size() - 2);
  for (const auto& field : fields) {
    out.push_back(' ');
    if (colour) out += "\x1b[2m";
    append_escaped(out, field.name);
    out.push_back('=');
    if (colour) out += "\x1b[0m";
    std::string value;
    append_value(value, field);
    if (value.front() == '"' && !needs_quotes(value)) value = value.substr(1, value.size() - 2);
    out += value;
  }
  out.push_back('\n');
}

}  // namespace

bool is_sensitive_name(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 17> words = {
      "password", "passwords",   "passwd",        "passphrase", "token",      "tokens",
      "secret",   "secrets",     "authorization", "cookie",     "cookies",    "api_key",
      "apikey",   "private_key", "credential",    "pepper",     "credentials"};
  return std::any_of(words.begin(), words.end(), [&](auto word) { return ends_with_folded(name, word); });
}

void append_log_line(std::string& out, LogStyle style, Time now, LogLevel level, std::string_view event,
                     std::initializer_list<LogField> fields) {
  if (style == LogStyle::Json) return append_json(out, now, level, event, fields);
  append_pretty(out, style == LogStyle::Colour, now, level, event, fields);
}

}  // namespace gatehouse
