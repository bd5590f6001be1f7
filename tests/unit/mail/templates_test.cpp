// SPDX-License-Identifier: Apache-2.0
#include "mail/templates.h"

#include "support/temp_folder.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace gatehouse::mail {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Variables values{{"link", "https://auth.example.org/auth/verify-email#ghm_AAAA"},
                       {"address", "ada@example.org"},
                       {"other_address", "lovelace@example.org"},
                       {"ip", "192.0.2.7"},
                       {"time", "2026-11-20 09:30 UTC"},
                       {"until", "2026-11-21 09:30 UTC"},
                       {"server", "auth.example.org"}};

class TemplateFolder : public ::testing::Test {
 protected:
  Templates load() const { return Templates(folder_.path().string()); }
  // What keeps the folder from being taken; empty: nothing.
  std::string refusal() const {
    try {
      load();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return {};
  }
  test::TempFolder folder_;
};

TEST(BuiltInTexts, SayEachMailInBothFormsWithoutAGap) {
  const Templates templates;
  for (std::size_t i = 0; i < template_count; ++i) {
    const auto what = static_cast<Template>(i);
    SCOPED_TRACE(template_name(what));
    const auto mail = templates.render("default", what, values);
    ASSERT_TRUE(mail);
    EXPECT_FALSE(mail->subject.empty());
    for (const auto* form : {&mail->text, &mail->html}) {
      EXPECT_THAT(*form, HasSubstr("ada@example.org"));
      EXPECT_THAT(*form, HasSubstr("auth.example.org"));
      EXPECT_THAT(*form, Not(HasSubstr("{{")));
    }
  }
}

TEST(BuiltInTexts, EscapeValuesInHtmlAndLeaveThemAsTheyAreInText) {
  const Templates templates;
  auto hostile = values;
  hostile["other_address"] = R"(<b>"x"&y@example.org)";
  const auto mail = templates.render("default", Template::AddressChanged, hostile);
  ASSERT_TRUE(mail);
  EXPECT_THAT(mail->html, Not(HasSubstr("<b>")));
  EXPECT_THAT(mail->html, HasSubstr("&lt;b&gt;&quot;x&quot;&amp;y@example.org"));
  EXPECT_THAT(mail->text, HasSubstr(R"(<b>"x"&y@example.org)"));
}

TEST(BuiltInTexts, AValueIsNeverATemplate) {
  const Templates templates;
  auto hostile = values;
  hostile["other_address"] = "{{link}}{{#link}}{{{ip}}}@example.org";
  const auto mail = templates.render("default", Template::AddressChanged, hostile);
  ASSERT_TRUE(mail);
  EXPECT_THAT(mail->text, HasSubstr("{{link}}{{#link}}{{{ip}}}@example.org"));
}

TEST(BuiltInTexts, AValueThatBendsAHeaderIsRefused) {
  const Templates templates;
  const std::vector<std::string> ends{"\r\nBcc: all@example.org", "\n", "\r", std::string(1, '\0'), "\x7F", "\x1B[2J"};
  for (const auto& end : ends) {
    auto hostile = values;
    hostile["address"] = "ada@example.org" + end;
    EXPECT_FALSE(templates.render("default", Template::VerifyEmail, hostile));
  }
}

TEST_F(TemplateFolder, AnOwnTextTakesThePlaceOfTheBuiltInOne) {
  folder_.write("verify_email.txt", "Subject: Welcome, {{address}}\n\nGo to {{link}}{{^ip}}!{{/ip}}\n");
  const auto templates = load();
  const auto mail = templates.render("default", Template::VerifyEmail, values);
  ASSERT_TRUE(mail);
  EXPECT_EQ(mail->subject, "Welcome, ada@example.org");
  EXPECT_EQ(mail->text, "Go to https://auth.example.org/auth/verify-email#ghm_AAAA\n");
  EXPECT_THAT(mail->html, HasSubstr("Confirm your address"));
  EXPECT_EQ(templates.render("default", Template::ResetPassword, values)->subject, "Choose a new password");
}

TEST_F(TemplateFolder, ATenantsTextIsForThatTenantAlone) {
  folder_.write("verify_email.txt", "Subject: Ours\n\n{{link}}\n");
  std::filesystem::create_directory(folder_.path() / "acme");
  folder_.write("acme/verify_email.txt", "Subject: Acme\n\n{{link}}\n");
  const auto templates = load();
  EXPECT_EQ(templates.render("acme", Template::VerifyEmail, values)->subject, "Acme");
  EXPECT_EQ(templates.render("default", Template::VerifyEmail, values)->subject, "Ours");
  EXPECT_EQ(templates.render("acme", Template::ResetPassword, values)->subject, "Choose a new password");
}

TEST_F(TemplateFolder, WhatIsNotOneOfOurTemplatesIsRefusedWithFileAndLine) {
  const std::pair<const char*, const char*> table[] = {
      {"Subject: x\n\n{{{link}}}\n", "verify_email.txt:3: unescaped values"},
      {"Subject: x\n\n\n{{&link}}\n", "verify_email.txt:4: unescaped values"},
      {"Subject: x\n\n{{ & link }}\n", "verify_email.txt:3: unescaped values"},
      {"Subject: x\n\n{{>footer}}\n", "verify_email.txt:3: other files"},
      {"Subject: x\n\n{{=<% %>=}}\n", "verify_email.txt:3: the delimiters"},
      {"Subject: x\n\n{{pasword}}\n", "no mail has {{pasword}}"},
      {"Subject: x\n\n{{link}\n", "a tag has no end"},
      {"Subject: x\n\n{{#link}}\n", "verify_email.txt:3: this section has no end; write {{/link}}"},
      {"Subject: x\n\n{{#ip}}\n{{/link}}\n", "verify_email.txt:4: {{/link}} ends no section"},
      {"Hello\n\n{{link}}\n", "the first line is"},
      {"Subject: x\n{{link}}\n", "the first line is"},
      {"Subject: x\r\n\r\n{{link}}\r\n", "LF alone"},
      {"Subject: \xFF\n\n", "not UTF-8"}};
  for (const auto& [text, expected] : table) {
    folder_.write("verify_email.txt", text);
    EXPECT_THAT(refusal(), HasSubstr(expected)) << text;
  }
}

TEST_F(TemplateFolder, AMailThatIsAllAboutItsLinkHasItInBothForms) {
  for (const std::string name : {"verify_email", "reset_password", "confirm_address", "choose_password"}) {
    SCOPED_TRACE(name);
    folder_.write(name + ".html", "<p>Hello {{address}}</p>\n");
    EXPECT_THAT(refusal(), HasSubstr(name + ".html:1: this mail is of no use without its link; write {{link}}"));
    folder_.write(name + ".html", "<a href=\"{{link}}\">here</a>\n");
    EXPECT_EQ(refusal(), "");
    for (const std::string none : {"Hello.", "{{! {{link}} }}", "{{#link}}Hello.{{/link}}",
                                   "{{^link}}{{link}}{{/link}}", "{{#other_address}}{{link}}{{/other_address}}"}) {
      folder_.write(name + ".txt", "Subject: x\n\n" + none + "\n");
      EXPECT_THAT(refusal(), HasSubstr(name + ".txt:3: this mail is of no use without its link")) << none;
    }
    folder_.write(name + ".txt", "Subject: x\n\n{{#link}}Go to {{ link }}.{{/link}}\n");
    EXPECT_EQ(refusal(), "");
  }
}

TEST_F(TemplateFolder, ALinkIsNoPartOfASubjectWhichEveryMailServerWritesToItsLog) {
  for (const std::string tag : {"{{link}}", "{{ link }}", "{{#link}}x{{/link}}", "{{^link}}x{{/link}}"}) {
    folder_.write("reset_password.txt", "Subject: New password " + tag + "\n\n{{link}}\n");
    EXPECT_THAT(refusal(), HasSubstr("reset_password.txt:1: a subject is written to the logs of mail servers")) << tag;
  }
}

TEST_F(TemplateFolder, ANoticeNeedsNoLink) {
  folder_.write("password_changed.txt", "Subject: x\n\nHello.\n");
  folder_.write("password_changed.html", "<p>Hello.</p>\n");
  EXPECT_EQ(refusal(), "");
}

TEST_F(TemplateFolder, AFileOfNoMailIsRefusedSoThatAMistypedNameIsSeen) {
  folder_.write("verify-email.txt", "Subject: x\n\n{{link}}\n");
  EXPECT_THAT(refusal(), HasSubstr("no mail has a file of this name"));
}

TEST(TemplateFolders, ThatAreNotThereAreRefusedWithTheSettingsName) {
  try {
    Templates("/nowhere/mails");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("mail.templates: /nowhere/mails"));
  }
}

}  // namespace
}  // namespace gatehouse::mail
