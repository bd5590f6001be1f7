// SPDX-License-Identifier: Apache-2.0
#include "app/config_problem.h"

#include "app/config_secrets.h"
#include "base/encoding.h"
#include "base/json_text.h"
#include "base/log_line.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace gatehouse::app {
namespace {

constexpr std::array<const ProblemKind*, 31> kinds = {&problem::syntax,
                                                      &problem::unknown_key,
                                                      &problem::unknown_table,
                                                      &problem::wrong_type,
                                                      &problem::not_allowed,
                                                      &problem::out_of_range,
                                                      &problem::malformed,
                                                      &problem::bad_unit,
                                                      &problem::missing,
                                                      &problem::unreadable,
                                                      &problem::contradiction,
                                                      &problem::plugin_not_loaded,
                                                      &problem::duplicate_plugin,
                                                      &problem::unknown_plugin,
                                                      &problem::wrong_interface,
                                                      &problem::secret_unreadable,
                                                      &problem::not_in_production,
                                                      &problem::exposed,
                                                      &problem::broken_template,
                                                      &problem::literal_secret,
                                                      &problem::unknown_variable,
                                                      &problem::variable_without_effect,
                                                      &problem::unused_plugin,
                                                      &problem::weak_hash,
                                                      &problem::trusts_everybody,
                                                      &problem::open_secret_file,
                                                      &problem::not_pinned,
                                                      &problem::plain_http,
                                                      &problem::no_limits,
                                                      &problem::moved_by_variable,
                                                      &problem::no_sender};

constexpr std::size_t longest_excerpt = 160;

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// The line with one visible character for each of its code points, so that a caret can stand below any of them.
std::string printable(std::string_view line, bool hidden) {
  const auto value = hidden ? line.find('=') : secret_in_line(line);
  const bool secret = hidden || value != std::string_view::npos;
  if (secret) line = line.substr(0, value == std::string_view::npos ? 0 : value);
  std::string out;
  for (std::size_t at = 0; at < line.size();) {
    std::size_t length = 1;
    while (length < 4 && at + length < line.size() && (static_cast<unsigned char>(line[at + length]) & 0xC0) == 0x80)
      ++length;
    const auto character = line.substr(at, length);
    std::string escaped;
    append_escaped(escaped, character);
    const bool plain_ascii = character == "\"" || character == "\\";
    if (plain_ascii || escaped == character) {
      out += character;
    } else {
      out.push_back(character == "\t" ? ' ' : '?');
    }
    at += length;
  }
  if (secret) out += " ...";
  return out;
}

// `column` code points into the line of text, as a byte offset.
std::size_t offset_of(std::string_view text, std::uint32_t column) {
  std::size_t at = 0;
  for (std::uint32_t i = 1; i < column && at < text.size(); ++i) {
    do ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
  }
  return at;
}

std::string safe(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find_first_of("\"\\", at), text.size());
    append_escaped(out, text.substr(at, end - at));
    if (end < text.size()) out.push_back(text[end]);
    at = end + 1;
  }
  return out;
}

void append_excerpt(std::string& out, const Problem& problem) {
  const auto number = std::to_string(problem.place.at.line);
  const std::string margin(number.size() < 5 ? 5 - number.size() : 0, ' ');
  const auto characters = static_cast<std::uint32_t>(count_code_points(problem.excerpt));
  auto column = std::clamp<std::uint32_t>(problem.place.at.column, 1, characters + 1);
  auto length =
      std::clamp<std::uint32_t>(problem.place.at.length, 1, std::max<std::uint32_t>(1, characters + 1 - column));

  // A window into a long line.
  std::string_view line = problem.excerpt;
  if (characters > longest_excerpt) {
    const std::uint32_t first = column > 60 ? column - 60 : 1;
    const auto start = offset_of(line, first);
    line = line.substr(start, offset_of(line, first + longest_excerpt) - start);
    column -= first - 1;
    length = std::min<std::uint32_t>(length, longest_excerpt + 1 - column);
  }
  out.append(margin).append(number).append(" | ").append(line).append("\n");
  out.append(margin.size() + number.size(), ' ').append(" | ").append(column - 1, ' ').append(length, '^');
  if (!problem.hint.empty()) out.append(" ").append(safe(problem.hint));
  out.append("\n");
}

std::string_view word(Severity severity) { return severity == Severity::Error ? "error" : "warning"; }

std::pair<std::size_t, std::size_t> count(std::span<const Problem> problems) {
  const auto errors = static_cast<std::size_t>(std::count_if(
      problems.begin(), problems.end(), [](const Problem& p) { return p.kind->severity == Severity::Error; }));
  return {errors, problems.size() - errors};
}

std::string plural(std::size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace

std::span<const ProblemKind* const> problem_kinds() noexcept { return kinds; }

Problems::Problems(std::string file_name, std::string_view text)
    : file_name_(std::move(file_name)), lines_(split_lines(text)) {}

void Problems::add(const ProblemKind& kind, Position at, std::string message, std::string hint) {
  add(kind, in_file(at), std::move(message), std::move(hint));
}

void Problems::add(const ProblemKind& kind, Place place, std::string message, std::string hint) {
  problems_.push_back({&kind, std::move(place), std::move(message), std::move(hint), {}});
}

void Problems::hide_line(std::uint32_t line) { hidden_.push_back(line); }

Place Problems::in_file(Position at) const { return {file_name_.empty() ? "configuration" : file_name_, at}; }

bool Problems::has_errors() const noexcept { return any_errors(problems_); }

std::vector<Problem> Problems::take() {
  // What has no line comes last: it is about the whole, or another file.
  const auto has_line = [&](const Problem& p) { return p.place.at.line != 0 && p.place.source == file_name_; };
  const auto key = [&](const Problem& p) {
    return has_line(p) ? std::tuple(false, p.place.at.line, p.place.at.column) : std::tuple(true, 0U, 0U);
  };
  std::stable_sort(problems_.begin(), problems_.end(),
                   [&](const Problem& a, const Problem& b) { return key(a) < key(b); });
  for (auto& problem : problems_) {
    const auto line = problem.place.at.line;
    if (!has_line(problem) || line > lines_.size()) continue;
    const bool hidden = std::find(hidden_.begin(), hidden_.end(), line) != hidden_.end();
    problem.excerpt = printable(lines_[line - 1], hidden);
  }
  return std::exchange(problems_, {});
}

std::string problems_as_text(std::span<const Problem> problems) {
  if (problems.empty()) return {};
  std::string out;
  for (const auto& problem : problems) {
    const auto& at = problem.place.at;
    out += safe(problem.place.source);
    if (at.line != 0) out.append(":").append(std::to_string(at.line)).append(":").append(std::to_string(at.column));
    out.append(": ").append(word(problem.kind->severity)).append(" ").append(problem.kind->id).append(": ");
    out.append(safe(problem.message)).append("\n");
    if (problem.place.at.line != 0 && !problem.excerpt.empty()) {
      append_excerpt(out, problem);
    } else if (!problem.hint.empty()) {
      out += "      = " + safe(problem.hint) + "\n";
    }
  }
  const auto [errors, warnings] = count(problems);
  if (errors > 0) out += plural(errors, "error");
  if (errors > 0 && warnings > 0) out += ", ";
  if (warnings > 0) out += plural(warnings, "warning");
  return out + "\n";
}

std::string problems_as_json(std::span<const Problem> problems) {
  const auto [errors, warnings] = count(problems);
  std::string out = std::string(R"({"ok":)") + (errors == 0 ? "true" : "false") + R"(,"errors":)" +
                    std::to_string(errors) + R"(,"warnings":)" + std::to_string(warnings) + R"(,"problems":[)";
  bool first = true;
  for (const auto& problem : problems) {
    if (!std::exchange(first, false)) out.push_back(',');
    out += R"({"id":)";
    append_json_text(out, problem.kind->id);
    out += R"(,"severity":)";
    append_json_text(out, word(problem.kind->severity));
    out += R"(,"source":)";
    append_json_text(out, problem.place.source);
    const auto& at = problem.place.at;
    if (at.line != 0) {
      out += R"(,"line":)" + std::to_string(at.line) + R"(,"column":)" + std::to_string(at.column) + R"(,"length":)" +
             std::to_string(at.length);
    }
    out += R"(,"message":)";
    append_json_text(out, problem.message);
    if (!problem.hint.empty()) {
      out += R"(,"hint":)";
      append_json_text(out, problem.hint);
    }
    out.push_back('}');
  }
  return out + "]}\n";
}

bool any_errors(std::span<const Problem> problems) noexcept { return count(problems).first > 0; }

}  // namespace gatehouse::app
