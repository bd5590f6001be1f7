// SPDX-License-Identifier: Apache-2.0
#include "app/commands/plugin_words.h"

#include "base/json_text.h"

#include <algorithm>
#include <filesystem>

namespace gatehouse::app {

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  append_json_text(out, name);
  out.push_back(':');
  append_json_text(out, value);
}

void append_list(std::string& out, std::string_view name, const std::vector<std::string>& values) {
  append_json_text(out, name);
  out += ":[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) out.push_back(',');
    append_json_text(out, values[i]);
  }
  out.push_back(']');
}

bool is_semantic_version(std::string_view version) {
  for (int part = 0; part < 3; ++part) {
    const auto digits = std::min(version.find_first_not_of("0123456789"), version.size());
    if (digits == 0 || (digits > 1 && version.front() == '0')) return false;
    version.remove_prefix(digits);
    if (part == 2) break;
    if (!version.starts_with('.')) return false;
    version.remove_prefix(1);
  }
  return version.empty() || (version.size() > 1 && (version.front() == '-' || version.front() == '+'));
}

std::string library_of(const std::string& subject) {
  return subject.find('/') == std::string::npos ? subject
                                                : std::filesystem::absolute(subject).lexically_normal().string();
}

}  // namespace gatehouse::app
