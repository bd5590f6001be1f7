// SPDX-License-Identifier: Apache-2.0
#include "unit/mail-outbox/outbox_fixture.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

namespace gatehouse::test {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class MailOutboxMessage : public MailOutbox {
 protected:
  // What Python's mail reader makes of the only file.
  std::string parsed() const {
    const std::string command = "python3 " READ_MAIL " '" + (folder() / files().at(0)).string() + "'";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    std::string text;
    std::array<char, 4096> piece{};
    while (const std::size_t size = std::fread(piece.data(), 1, piece.size(), pipe)) text.append(piece.data(), size);
    EXPECT_EQ(::pclose(pipe), 0);
    return text;
  }
};

TEST_F(MailOutboxMessage, APlainMailReadsAsItWasWritten) {
  ASSERT_EQ(send({}), GH_OK);
  const std::string mail = parsed();
  EXPECT_THAT(mail,
              HasSubstr("header names: [\"Date\", \"From\", \"To\", \"Subject\", \"Message-ID\", "
                        "\"Auto-Submitted\", \"MIME-Version\", \"Content-Type\", \"Content-Transfer-Encoding\"]\n"));
  EXPECT_THAT(mail, HasSubstr("From: [[\"Gatehouse\", \"no-reply@gatehouse.example\"]]\n"));
  EXPECT_THAT(mail, HasSubstr("To: [[\"Ada Lovelace\", \"ada@example.com\"]]\n"));
  EXPECT_THAT(mail, HasSubstr("Subject: \"Verify your address\"\n"));
  EXPECT_THAT(mail, HasSubstr("Message-ID: \"<0198c2f1.1@gatehouse.example>\"\n"));
  EXPECT_THAT(mail, HasSubstr("Date: \"2026-08-02T10:11:12+00:00\"\n"));
  EXPECT_THAT(mail, HasSubstr("type: text/plain\n"));
  EXPECT_THAT(mail, HasSubstr("text/plain: \"Hello Ada,\\nhttps://gatehouse.example/verify?token=abc\\n\"\n"));
  EXPECT_THAT(mail, HasSubstr("defects: []\n"));
  EXPECT_THAT(mail, HasSubstr("bare line ends: 0\n"));
}

// Someone at a terminal greps the link out of the file.
TEST_F(MailOutboxMessage, ALinkInAnAsciiMailIsInTheFileAsItIs) {
  Letter letter;
  letter.text = "https://gatehouse.example/verify?token=" + std::string(120, 'x') + "&a=b\n";
  letter.html = "<a href=\"" + letter.text + "\">";
  send(letter);
  EXPECT_THAT(raw(), HasSubstr("verify?token=" + std::string(120, 'x') + "&a=b"));
}

TEST_F(MailOutboxMessage, HtmlMakesAMultipartWithTheHtmlLast) {
  Letter letter;
  letter.html = "<p>Hello <b>Ada</b></p>\n";
  ASSERT_EQ(send(letter), GH_OK);
  const std::string mail = parsed();
  EXPECT_THAT(mail, HasSubstr("type: multipart/alternative\n"));
  EXPECT_THAT(mail, HasSubstr("defects: []\n"));
  const std::size_t plain = mail.find("text/plain: \"Hello Ada,\\n");
  const std::size_t html = mail.find("text/html: \"<p>Hello <b>Ada</b></p>\\n");
  ASSERT_NE(plain, std::string::npos);
  ASSERT_NE(html, std::string::npos);
  EXPECT_LT(plain, html);
}

TEST_F(MailOutboxMessage, NamesSubjectAndBodiesMayHoldAnyUtf8) {
  Letter letter;
  letter.from_name = "Pförtner";
  letter.to_name = "李小龍 😀";
  letter.subject = "Bitte bestätigen: " + std::string(40, 'x') + "ééééééééééééééééééééééééééééééé 😀 Ende";
  letter.text = "Grüße = 100 % \t\n.\nFrom here\n" + std::string(200, 'a') + "ß" + std::string(200, 'b') + " \n";
  letter.html = "<p>😀</p>";
  ASSERT_EQ(send(letter), GH_OK);
  const std::string mail = parsed();
  EXPECT_THAT(mail, HasSubstr("From: [[\"Pf\\u00f6rtner\", "));
  EXPECT_THAT(mail, HasSubstr("To: [[\"\\u674e\\u5c0f\\u9f8d \\ud83d\\ude00\", "));
  EXPECT_THAT(mail, HasSubstr("Subject: \"Bitte best\\u00e4tigen: " + std::string(40, 'x') + "\\u00e9\\u00e9"));
  EXPECT_THAT(mail, HasSubstr("\\u00e9 \\ud83d\\ude00 Ende\"\n"));
  EXPECT_THAT(mail, HasSubstr("text/plain: \"Gr\\u00fc\\u00dfe = 100 % \\t\\n.\\nFrom here\\n" + std::string(200, 'a') +
                              "\\u00df" + std::string(200, 'b') + " \\n\"\n"));
  EXPECT_THAT(mail, HasSubstr("text/html: \"<p>\\ud83d\\ude00</p>"));
  EXPECT_THAT(mail, HasSubstr("cut characters: 0\n"));
  // Blanks at the end of a line get lost on the way.
  EXPECT_THAT(raw(), Not(ContainsRegex("[ \t]\r\n")));
  EXPECT_THAT(mail, HasSubstr("defects: []\n"));
  EXPECT_TRUE(std::all_of(mail.begin(), mail.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
}

TEST_F(MailOutboxMessage, NoLineIsLongerThanTheStandardAllows) {
  Letter letter;
  letter.text = std::string(5000, 'x');
  letter.subject = std::string(2000, 'y');
  letter.to_name = std::string(2000, 'z');
  ASSERT_EQ(send(letter), GH_OK);
  const std::string mail = parsed();
  EXPECT_THAT(mail, HasSubstr("longest line: 76\n"));
  EXPECT_THAT(mail, HasSubstr("Subject: \"" + letter.subject + "\"\n"));
  EXPECT_THAT(mail, HasSubstr("text/plain: \"" + letter.text + "\\n\"\n"));
}

TEST_F(MailOutboxMessage, InternationalDomainsStayAsTheyAre) {
  Letter letter;
  letter.to_address = "jürgen@bücher.example";
  ASSERT_EQ(send(letter), GH_OK);
  EXPECT_THAT(raw(), HasSubstr("<jürgen@bücher.example>\r\n"));
}

TEST_F(MailOutboxMessage, ANameIsNeverReadAsAnAddressOrAnEncodedWord) {
  for (const std::string name : {"evil@example.org", "a <evil@example.org>", "a\" <evil@example.org>, \"b", "a, b",
                                 "(c)", "\\", "=?UTF-8?B?ZXZpbA==?=", " padded "}) {
    SCOPED_TRACE(name);
    std::filesystem::remove_all(folder());
    begin();
    Letter letter;
    letter.to_name = name;
    letter.subject = name;
    ASSERT_EQ(send(letter), GH_OK);
    std::string json;
    for (const char c : name) json += (c == '"' || c == '\\') ? std::string("\\") + c : std::string(1, c);
    const std::string mail = parsed();
    EXPECT_THAT(mail, HasSubstr("To: [[\"" + json + "\", \"ada@example.com\"]]\n"));
    EXPECT_THAT(mail, HasSubstr("Subject: \"" + json + "\"\n"));
  }
}

TEST_F(MailOutboxMessage, AHeaderIsNeverEndedByWhatAMailHolds) {
  const std::vector<std::string> ends = {"\r\nBcc: evil@example.org",
                                         "\nBcc: evil@example.org",
                                         "\rBcc: e",
                                         std::string("\0Bcc", 4),
                                         "\r\n\r\nbody",
                                         "\n"};
  const std::vector<std::string Letter::*> members = {&Letter::message_id, &Letter::from_address, &Letter::from_name,
                                                      &Letter::to_address, &Letter::to_name,      &Letter::subject};
  for (const std::string& end : ends) {
    for (const auto member : members) {
      Letter letter;
      letter.*member += end;
      EXPECT_EQ(send(letter), GH_INVALID);
      EXPECT_THAT(explanation_, HasSubstr("line break or a NUL"));
      EXPECT_THAT(explanation_, Not(HasSubstr("evil")));
    }
  }
  EXPECT_THAT(files(), SizeIs(0));
}

TEST_F(MailOutboxMessage, OtherThingsThatSomeReadersTakeForALineEndDoNotReachAHeader) {
  for (const std::string end : {"\x0b", "\x0c", "\x1c", "\x1e", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9", "\x7f"}) {
    Letter letter;
    letter.to_address = "ada" + end + "Bcc:x@example.com";
    EXPECT_EQ(send(letter), GH_INVALID);
    letter = {};
    letter.subject = "a" + end + "Bcc: evil@example.org";
    letter.to_name = "a" + end + "Bcc: evil@example.org";
    EXPECT_EQ(send(letter), GH_OK);
    EXPECT_THAT(raw(), Not(HasSubstr("Bcc")));
  }
}

TEST_F(MailOutboxMessage, WhatIsNoSingleAddressIsInvalid) {
  for (const std::string address :
       {"", "ada", "@example.com", "ada@", "a@b@c", "ada@example.com, evil@example.org", "<ada@example.com>",
        "ada @example.com", "ada@example.com;", "\"a b\"@example.com", "ada@example.com(c)", "ada\t@example.com"}) {
    Letter letter;
    letter.to_address = address;
    EXPECT_EQ(send(letter), GH_INVALID) << address;
    letter = {};
    letter.from_address = address;
    EXPECT_EQ(send(letter), GH_INVALID) << address;
  }
}

TEST_F(MailOutboxMessage, WhatIsNotUtf8IsInvalid) {
  const std::vector<std::string> broken = {"\x80", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"};
  for (const auto member : {&Letter::from_name, &Letter::subject, &Letter::text, &Letter::html, &Letter::to_address}) {
    for (const std::string& bytes : broken) {
      Letter letter;
      letter.*member += bytes;
      EXPECT_EQ(send(letter), GH_INVALID);
    }
  }
}

TEST_F(MailOutboxMessage, ABodyThatHoldsTheBoundaryDoesNotEndItsPart) {
  Letter letter;
  letter.text = "--=_gatehouse_0\nContent-Type: text/html\n\nevil\n--=_gatehouse_0--\n--=_gatehouse_1\n";
  letter.html = "<p>good</p>\n";
  ASSERT_EQ(send(letter), GH_OK);
  const std::string mail = parsed();
  EXPECT_THAT(mail, HasSubstr("text/plain: \"--=_gatehouse_0\\nContent-Type"));
  EXPECT_THAT(mail, HasSubstr("text/html: \"<p>good</p>\\n"));
  EXPECT_THAT(mail, Not(HasSubstr("text/html: \"evil")));
}

TEST_F(MailOutboxMessage, EmptyOptionalMembersAreFine) {
  Letter letter;
  letter.from_name.clear();
  letter.to_name.clear();
  letter.subject.clear();
  letter.text.clear();
  ASSERT_EQ(send(letter), GH_OK);
  const std::string mail = parsed();
  EXPECT_THAT(mail, HasSubstr("To: [[\"\", \"ada@example.com\"]]\n"));
  EXPECT_THAT(mail, HasSubstr("defects: []\n"));
}

}  // namespace
}  // namespace gatehouse::test
