// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "mail/mail_job.h"

#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::mail {

struct TextFile {
  std::string_view path;
  std::string_view text;
};
// The texts that are in the program: verify_email.txt, verify_email.html, ...
std::span<const TextFile> builtin_texts();

// What a template may name: {{link}}, {{address}}, {{other_address}}, {{ip}}, {{time}}, {{until}}, {{server}}. Nothing
// a user chose is among them, the addresses apart: nobody can send words of their own to somebody else's mailbox.
using Variables = std::map<std::string, std::string, std::less<>>;

struct Rendered {
  std::string subject;
  std::string text;
  std::string html;
};

// What keeps a file, or with line 0 a folder, from being taken.
struct TemplateFault {
  std::string path;
  std::size_t line = 1;
  std::string what;  // and how to mend it
};

// The texts of the mails: Mustache templates, one pair of files a mail. NAME.txt begins with a line "Subject: ..." and
// an empty line; NAME.html is the same for programs that show HTML, where values are escaped. Immutable, any thread.
//
// Of Mustache there are variables, sections, inverted sections and comments. Unescaped variables ({{{x}}}, {{&x}}),
// partials and other delimiters are refused, as are names that no mail has: a template cannot be made to leave the
// place of a value.
class Templates {
 public:
  // `folder`: the operator's own, or empty. A file there takes the place of the built-in one of that name; a file in a
  // folder below it that is named like a tenant, for that tenant alone. Throws std::runtime_error with file, line and
  // fix for the first of faults_in().
  explicit Templates(const std::string& folder = {});

  // Everything that is wrong with an operator's folder, so that it can be mended in one go. Empty: it can be taken.
  static std::vector<TemplateFault> faults_in(const std::string& folder);

  // Error Internal: a value would bend a header.
  Result<Rendered> render(std::string_view tenant, Template what, const Variables& values) const;

 private:
  struct Text {
    std::string subject;
    std::string text;
    std::string html;
  };
  using Set = std::array<Text, template_count>;

  Set standard_;
  std::map<std::string, Set, std::less<>> by_tenant_;
};

}  // namespace gatehouse::mail
