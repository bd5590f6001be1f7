// SPDX-License-Identifier: Apache-2.0
#include "mail/templates.h"

#include "base/encoding.h"
#include "mail/outbox.h"
#include "mail/template_tags.h"

#include <kainjow/mustache.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace gatehouse::mail {
namespace {

namespace fs = std::filesystem;
using kainjow::mustache::data;
using kainjow::mustache::mustache;

constexpr std::size_t largest_file = 256 * 1024;
constexpr std::string_view subject_label = "Subject: ";

enum class Form : std::uint8_t { Text, Html };

struct Refused : std::runtime_error {
  explicit Refused(TemplateFault found) : std::runtime_error(found.path + ": " + found.what), fault(std::move(found)) {}
  TemplateFault fault;
};

[[noreturn]] void refuse(const std::string& path, std::size_t line, const std::string& what) {
  throw Refused({path, line, what});
}

std::size_t line_of(std::string_view text, std::size_t at) {
  return 1 + static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

void check(const std::string& path, std::string_view text) {
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos) refuse(path, 1, "it is not UTF-8 text");
  if (const auto cr = text.find('\r'); cr != std::string_view::npos) {
    refuse(path, line_of(text, cr), "lines end with LF alone; remove the CRs");
  }
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

// What stands for a link's address while texts are tried; no text has it by chance.
constexpr std::string_view probe = "\x01link\x01";

// With a link or without, and with the least that such a mail has or with everything.
Variables trial_values(std::string_view link, bool everything) {
  Variables values{{"link", std::string(link)}, {"address", "a"}, {"time", "t"}, {"until", "u"}, {"server", "s"}};
  if (everything) values.insert({{"ip", "i"}, {"other_address", "o"}});
  return values;
}

void check_body(const std::string& path, std::size_t line, const std::string& body, Template what, Form form) {
  if (!purpose_of(what)) return;
  for (const bool everything : {false, true}) {
    if (filled(body, trial_values(probe, everything), form).find(probe) != std::string::npos) continue;
    refuse(path, line, "this mail is of no use without its link; write {{link}} where it always stands");
  }
}

void check_subject(const std::string& path, const std::string& subject) {
  if (filled(subject, trial_values(probe, true), Form::Text) == filled(subject, trial_values({}, true), Form::Text)) {
    return;
  }
  refuse(path, 1,
         "a subject is written to the logs of mail servers and shown on locked screens; write {{link}} below it");
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
    const auto what = static_cast<Template>(i);
    if (ending == ".html") {
      check(path, text);
      check_body(path, 1, std::string(text), what, Form::Html);
      set[i].html = text;
      return true;
    }
    if (ending != ".txt") return false;
    check(path, text);
    const auto end = text.find('\n');
    if (!text.starts_with(subject_label) || end == std::string_view::npos || text.substr(end, 2) != "\n\n") {
      refuse(path, 1, "the first line is \"Subject: ...\", and an empty line follows it");
    }
    const std::string subject(text.substr(subject_label.size(), end - subject_label.size()));
    const std::string body(text.substr(end + 2));
    check_subject(path, subject);
    check_body(path, 3, body, what, Form::Text);
    set[i].subject = subject;
    set[i].text = body;
    return true;
  }
  return false;
}

enum class Entry : std::uint8_t { File, Folder };

std::vector<fs::path> entries(const fs::path& folder, Entry which) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory() == (which == Entry::Folder)) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// Every file of the folder into the set; what cannot be taken is among the faults.
template <class Set>
void place_all(Set& set, const fs::path& folder, std::vector<TemplateFault>& faults) {
  for (const auto& file : entries(folder, Entry::File)) {
    try {
      if (!place(set, file.string(), file.filename().string(), read_file(file))) {
        refuse(file.string(), 1, "no mail has a file of this name; see docs/mail.md for those there are");
      }
    } catch (const Refused& refused) {
      faults.push_back(refused.fault);
    }
  }
}

// `by_tenant`: where the tenants' own sets go.
template <class Set, class ByTenant>
std::vector<TemplateFault> read_folder(const std::string& folder, Set& standard, ByTenant& by_tenant) {
  std::vector<TemplateFault> faults;
  try {
    place_all(standard, folder, faults);
    for (const auto& tenant : entries(folder, Entry::Folder)) {
      auto own = standard;
      place_all(own, tenant, faults);
      by_tenant.emplace(tenant.filename().string(), std::move(own));
    }
  } catch (const fs::filesystem_error& failure) {
    const auto path = failure.path1().string();
    faults.push_back({path.empty() ? folder : path, 0,
                      "it is not a folder that can be read (" + failure.code().message() +
                          "); make it, or remove the setting to send the built-in texts"});
  }
  return faults;
}

}  // namespace

std::vector<TemplateFault> Templates::faults_in(const std::string& folder) {
  Set standard;
  std::map<std::string, Set, std::less<>> by_tenant;
  return read_folder(folder, standard, by_tenant);
}

Templates::Templates(const std::string& folder) {
  for (const auto& file : builtin_texts()) {
    if (!place(standard_, std::string(file.path), file.path, file.text)) {
      throw std::logic_error("the built-in text " + std::string(file.path) + " belongs to no mail");
    }
  }
  if (folder.empty()) return;
  const auto faults = read_folder(folder, standard_, by_tenant_);
  if (faults.empty()) return;
  const auto& first = faults.front();
  throw std::runtime_error("mail.templates: " + first.path +
                           (first.line == 0 ? std::string() : ":" + std::to_string(first.line)) + ": " + first.what);
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
