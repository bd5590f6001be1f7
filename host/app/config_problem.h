// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::app {

// A range of characters in a file: 1-based, columns and length in code points. Line 0: no place in the file.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t length = 1;
};

// What a problem is about: a place in the file or in one it leads to, a variable of the environment, or a flag of the
// command line.
struct Place {
  std::string source;  // file name as given, "environment GATEHOUSE__MODE", "--listen"
  Position at;
};

enum class Severity : std::uint8_t { Error, Warning };

// A kind of problem with its stable id. docs/configuration.md says what to do about each.
struct ProblemKind {
  std::string_view id;     // "GH1002"
  std::string_view title;  // "unknown key"
  Severity severity;
};

namespace problem {
inline constexpr ProblemKind syntax{"GH1001", "the file is not TOML", Severity::Error};
inline constexpr ProblemKind unknown_key{"GH1002", "unknown key", Severity::Error};
inline constexpr ProblemKind unknown_table{"GH1003", "unknown table", Severity::Error};
inline constexpr ProblemKind wrong_type{"GH1004", "wrong type", Severity::Error};
inline constexpr ProblemKind not_allowed{"GH1005", "not one of the allowed values", Severity::Error};
inline constexpr ProblemKind out_of_range{"GH1006", "out of range", Severity::Error};
inline constexpr ProblemKind malformed{"GH1007", "malformed value", Severity::Error};
inline constexpr ProblemKind bad_unit{"GH1008", "missing or unknown unit", Severity::Error};
inline constexpr ProblemKind missing{"GH1009", "required setting is missing", Severity::Error};
inline constexpr ProblemKind unreadable{"GH1010", "the file cannot be read", Severity::Error};
inline constexpr ProblemKind contradiction{"GH1011", "settings contradict each other", Severity::Error};
inline constexpr ProblemKind plugin_not_loaded{"GH1012", "plugin cannot be loaded", Severity::Error};
inline constexpr ProblemKind duplicate_plugin{"GH1013", "two plugins of one name", Severity::Error};
inline constexpr ProblemKind unknown_plugin{"GH1014", "no plugin of that name", Severity::Error};
inline constexpr ProblemKind wrong_interface{"GH1015", "plugin cannot do that", Severity::Error};
inline constexpr ProblemKind secret_unreadable{"GH1016", "secret cannot be read", Severity::Error};
inline constexpr ProblemKind not_in_production{"GH1017", "refused in production", Severity::Error};
inline constexpr ProblemKind exposed{"GH1018", "others can get at it", Severity::Error};
inline constexpr ProblemKind broken_template{"GH1019", "mail template cannot be used", Severity::Error};
inline constexpr ProblemKind literal_secret{"GH1101", "secret in the file", Severity::Warning};
inline constexpr ProblemKind unknown_variable{"GH1102", "unknown environment variable", Severity::Warning};
inline constexpr ProblemKind variable_without_effect{"GH1103", "environment variable without effect",
                                                     Severity::Warning};
inline constexpr ProblemKind unused_plugin{"GH1104", "plugin is not used", Severity::Warning};
inline constexpr ProblemKind weak_hash{"GH1105", "weak password hash", Severity::Warning};
inline constexpr ProblemKind trusts_everybody{"GH1106", "every peer is trusted", Severity::Warning};
inline constexpr ProblemKind open_secret_file{"GH1107", "others can read a secret", Severity::Warning};
inline constexpr ProblemKind not_pinned{"GH1108", "plugin is not pinned", Severity::Warning};
inline constexpr ProblemKind plain_http{"GH1109", "public URL without TLS", Severity::Warning};
inline constexpr ProblemKind no_limits{"GH1110", "no rate limits", Severity::Warning};
inline constexpr ProblemKind moved_by_variable{"GH1111", "a variable moves records", Severity::Warning};
inline constexpr ProblemKind no_sender{"GH1112", "mails have no sender", Severity::Warning};
}  // namespace problem

// Every kind, in the order of their ids.
std::span<const ProblemKind* const> problem_kinds() noexcept;

struct Problem {
  const ProblemKind* kind;
  Place place;
  std::string message;
  std::string hint;     // did-you-mean, or the line to write; may be empty
  std::string excerpt;  // the line of the file, safe to print; empty without a place in the file
};

// Collects problems, with excerpts from the file's text. Lines that assign to something with a secret's name are cut
// before the value, those with the login of a URL before it, and lines given to hide_line() before any value.
class Problems {
 public:
  Problems(std::string file_name, std::string_view text);

  // A problem at a place in the file; line 0: about the file, or the configuration, as a whole.
  void add(const ProblemKind& kind, Position at, std::string message, std::string hint = {});
  void add(const ProblemKind& kind, Place place, std::string message, std::string hint = {});

  // The line holds a secret: no excerpt shows more than the key.
  void hide_line(std::uint32_t line);

  Place in_file(Position at) const;
  bool has_errors() const noexcept;
  // By place in the configuration's file first, then in the order found.
  std::vector<Problem> take();

 private:
  std::string file_name_;
  std::vector<std::string_view> lines_;
  std::vector<std::uint32_t> hidden_;
  std::vector<Problem> problems_;
};

// As compilers do it:
//   gatehouse.toml:14:1: error GH1002: unknown key "drain_dealy" in [server]
//      14 | drain_dealy = "5s"
//         | ^^^^^^^^^^^ did you mean "drain_delay"?
// and a last line with the counts, when there are any problems.
std::string problems_as_text(std::span<const Problem> problems);
// {"ok":false,"errors":1,"warnings":0,"problems":[{"id","severity","source","line","column","length","message","hint"}]}
std::string problems_as_json(std::span<const Problem> problems);

bool any_errors(std::span<const Problem> problems) noexcept;

}  // namespace gatehouse::app
