// SPDX-License-Identifier: Apache-2.0
#include "mail/templates.h"

#include "base/encoding.h"
#include "mail/template_tags.h"

#include <kainjow/mustache.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace gatehouse::mail {
namespace {

namespace fs = std::filesystem;
using kainjow::mustache::data;
using kainjow::mustache::mustache;

constexpr std::size_t largest_file = 256 * 1024;
constexpr std::string_view subject_label = "Subject: ";

enum class Form : std::uint8_t { Text, Html };

[[noreturn]] void refuse(const std::string& path, std::size_t line, const std::string& what) {
  throw std::runtime_error("mail template " + path + ":" + std::to_string(line) + ": " + what);
}

void check(const std::string& path, std::string_view text) {
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos) refuse(path, 1, "it is not UTF-8 text");
  if (text.find('\r') != std::string_view::npos) refuse(path, 1, "lines end with LF alone; remove the CRs");
  if (const auto fault = check_tags(text)) refuse(path, fault->line, fault->what);
  mustache parsed{std::string(text)};
  if (!parsed.is_valid()) refuse(path, 1, parsed.error_message());
}

std::string filled(const std::string& text, const Variables& values, Form form) {
  mustache parsed{text};
  if (form == Form::Text) parsed.set_custom_escape([](const std::string& value) { return value; });
  data all{data::type::object};
  for (const auto& [name, value] : values) {
    if (value.empty()) {
      all.set(name, data{data::type::bool_false});
    } else {
      all.set(name, value);
    }
  }
  return parsed.render(all);
}

bool bends_header(std::string_view value) {
  return std::any_of(value.begin(), value.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || text.str().size() > largest_file) {
    refuse(path.string(), 1, "it cannot be read, or is larger than 256 KiB");
  }
  return text.str();
}

}  // namespace

namespace {

// Puts a file's text where it belongs; false: no mail has a file of that name.
template <class Set>
bool place(Set& set, const std::string& path, std::string_view file_name, std::string_view text) {
  const auto dot = file_name.rfind('.');
  if (dot == std::string_view::npos) return false;
  const auto ending = file_name.substr(dot);
  for (std::size_t i = 0; i < template_count; ++i) {
    if (template_name(static_cast<Template>(i)) != file_name.substr(0, dot)) continue;
    if (ending == ".html") {
      check(path, text);
      set[i].html = text;
      return true;
    }
    if (ending != ".txt") return false;
    check(path, text);
    const auto end = text.find('\n');
    if (!text.starts_with(subject_label) || end == std::string_view::npos || text.substr(end, 2) != "\n\n") {
      refuse(path, 1, "the first line is \"Subject: ...\", and an empty line follows it");
    }
    set[i].subject = text.substr(subject_label.size(), end - subject_label.size());
    set[i].text = text.substr(end + 2);
    return true;
  }
  return false;
}

template <class Set>
void place_all(Set& set, const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory()) continue;
    const auto path = entry.path().string();
    if (!place(set, path, entry.path().filename().string(), read_file(entry.path()))) {
      refuse(path, 1, "no mail has a file of this name; see docs/mail.md for those there are");
    }
  }
}

}  // namespace

Templates::Templates(const std::string& folder) {
  for (const auto& file : builtin_texts()) {
    if (!place(standard_, std::string(file.path), file.path, file.text)) refuse(std::string(file.path), 1, "unknown");
  }
  if (!folder.empty()) read_folder(folder);
}

void Templates::read_folder(const std::string& folder) {
  std::error_code failure;
  if (!fs::is_directory(folder, failure)) {
    throw std::runtime_error("mail.templates: " + folder +
                             " is not a folder that can be read; make it, or remove the "
                             "setting to send the built-in texts");
  }
  place_all(standard_, folder);
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.is_directory()) continue;
    auto own = standard_;
    place_all(own, entry.path());
    by_tenant_.emplace(entry.path().filename().string(), std::move(own));
  }
}

Result<Rendered> Templates::render(std::string_view tenant, Template what, const Variables& values) const {
  const auto own = by_tenant_.find(tenant);
  const auto& text = (own == by_tenant_.end() ? standard_ : own->second)[static_cast<std::size_t>(what)];
  for (const auto& [name, value] : values) {
    if (bends_header(value)) return Error{Code::Internal, "the mail's " + name + " holds a control character"};
  }
  return Rendered{filled(text.subject, values, Form::Text), filled(text.text, values, Form::Text),
                  filled(text.html, values, Form::Html)};
}

}  // namespace gatehouse::mail
