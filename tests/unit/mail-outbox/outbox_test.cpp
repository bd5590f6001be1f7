// SPDX-License-Identifier: Apache-2.0
#include "unit/kms-local/plugin_instance.h"
#include "unit/kms-local/system_faults.h"

#include <fcntl.h>
#include <gatehouse/mail_transport.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <latch>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

extern "C" const gh_plugin gatehouse_plugin_mail_outbox;

namespace gatehouse::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

struct Letter {
  std::string message_id = "0198c2f1.1@gatehouse.example";
  std::string from_address = "no-reply@gatehouse.example";
  std::string from_name = "Gatehouse";
  std::string to_address = "ada@example.com";
  std::string to_name = "Ada Lovelace";
  std::string subject = "Verify your address";
  std::string text = "Hello Ada,\nhttps://gatehouse.example/verify?token=abc\n";
  std::string html;
};

class MailOutbox : public ::testing::Test {
 protected:
  void SetUp() override { begin(); }
  void TearDown() override { system_faults() = {}; }

  // A new instance on the same folder.
  gh_status begin() {
    outbox_ = std::make_unique<PluginInstance>(gatehouse_plugin_mail_outbox, host_,
                                               Settings{{"folder", (temp_.path() / "state" / "outbox").string()}});
    transport_ = static_cast<const gh_mail_transport_v1*>(outbox_->table(GH_MAIL_TRANSPORT_V1));
    TestCall call;
    return outbox_->start(call);
  }
  std::filesystem::path folder() const { return temp_.path() / "state" / "outbox"; }

  gh_status send(const Letter& letter, std::int64_t now_us = 1'785'665'472'123'456) {
    gh_mail mail{};
    mail.struct_size = sizeof mail;
    mail.message_id = slice(letter.message_id);
    mail.from_address = slice(letter.from_address);
    mail.from_name = slice(letter.from_name);
    mail.to_address = slice(letter.to_address);
    mail.to_name = slice(letter.to_name);
    mail.subject = slice(letter.subject);
    mail.text = slice(letter.text);
    mail.html = slice(letter.html);
    TestCall call(now_us, deadline_ns_);
    const gh_status status = transport_->send(outbox_->self(), call.get(), &mail);
    explanation_ = call.explanation;
    return status;
  }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }
  std::string raw() const {
    std::ifstream in(folder() / files().at(0), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
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

  TempFolder temp_;
  FakeHost host_;
  std::unique_ptr<PluginInstance> outbox_;
  const gh_mail_transport_v1* transport_ = nullptr;
  std::string explanation_;
  std::int64_t deadline_ns_ = INT64_MAX;
};

TEST_F(MailOutbox, AMailIsAFileNamedByTimeAndId) {
  ASSERT_EQ(send({}), GH_OK);
  EXPECT_THAT(files(), ElementsAre("20260802T101112.123456Z-0198c2f1.1@gatehouse.example.eml"));
}

TEST_F(MailOutbox, FolderAndFilesAreForTheirOwnerOnly) {
  const mode_t former = ::umask(0);
  std::filesystem::remove_all(folder());
  begin();
  send({});
  ::umask(former);
  struct stat status {};
  ASSERT_EQ(::stat(folder().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
  ASSERT_EQ(::stat((folder() / files().at(0)).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(MailOutbox, TheSameIdOverwritesItsFileAlsoLaterAndAfterARestart) {
  Letter letter;
  send(letter);
  begin();
  letter.text = "again\n";
  ASSERT_EQ(send(letter, 1'785'665'999'000'000), GH_OK);
  EXPECT_THAT(files(), ElementsAre("20260802T101112.123456Z-0198c2f1.1@gatehouse.example.eml"));
  EXPECT_THAT(raw(), HasSubstr("again"));
}

TEST_F(MailOutbox, DifferentIdsHaveDifferentFilesAndNoneLeavesTheFolder) {
  const std::vector<std::string> ids = {"a",  "A",    "a/b",         "a_b",         "a%2Fb",     "../../up", "..", ".",
                                        "~x", "$(x)", "a@b.example", "b@b.example", "-rf@b.org", "Z-a",      "%"};
  for (const std::string& id : ids) {
    Letter letter;
    letter.message_id = id;
    EXPECT_EQ(send(letter), id == "$(x)" ? GH_INVALID : GH_OK) << id;
  }
  EXPECT_THAT(files(), SizeIs(ids.size() - 1));
  for (const std::string& name : files()) EXPECT_TRUE(name.starts_with("20260802T101112.123456Z-")) << name;
}

TEST_F(MailOutbox, AnIdThatNoFileNameCanHoldIsInvalid) {
  Letter letter;
  letter.message_id = std::string(201, 'a');
  EXPECT_EQ(send(letter), GH_INVALID);
  letter.message_id = std::string(120, '/');
  EXPECT_EQ(send(letter), GH_INVALID);
  EXPECT_THAT(files(), SizeIs(0));
}

TEST_F(MailOutbox, APlainMailReadsAsItWasWritten) {
  ASSERT_EQ(send({}), GH_OK);
  const std::string mail = parsed();
  EXPECT_THAT(mail, HasSubstr("header names: [\"Date\", \"From\", \"To\", \"Subject\", \"Message-ID\", "
                              "\"MIME-Version\", \"Content-Type\", \"Content-Transfer-Encoding\"]\n"));
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
TEST_F(MailOutbox, ALinkInAnAsciiMailIsInTheFileAsItIs) {
  Letter letter;
  letter.text = "https://gatehouse.example/verify?token=" + std::string(120, 'x') + "&a=b\n";
  letter.html = "<a href=\"" + letter.text + "\">";
  send(letter);
  EXPECT_THAT(raw(), HasSubstr("verify?token=" + std::string(120, 'x') + "&a=b"));
}

TEST_F(MailOutbox, HtmlMakesAMultipartWithTheHtmlLast) {
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

TEST_F(MailOutbox, NamesSubjectAndBodiesMayHoldAnyUtf8) {
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
  EXPECT_THAT(mail, HasSubstr("defects: []\n"));
  EXPECT_TRUE(std::all_of(mail.begin(), mail.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
}

TEST_F(MailOutbox, NoLineIsLongerThanTheStandardAllows) {
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

TEST_F(MailOutbox, InternationalDomainsStayAsTheyAre) {
  Letter letter;
  letter.to_address = "jürgen@bücher.example";
  ASSERT_EQ(send(letter), GH_OK);
  EXPECT_THAT(raw(), HasSubstr("<jürgen@bücher.example>\r\n"));
}

TEST_F(MailOutbox, ANameIsNeverReadAsAnAddressOrAnEncodedWord) {
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

TEST_F(MailOutbox, AHeaderIsNeverEndedByWhatAMailHolds) {
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

TEST_F(MailOutbox, OtherThingsThatSomeReadersTakeForALineEndDoNotReachAHeader) {
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

TEST_F(MailOutbox, WhatIsNoSingleAddressIsInvalid) {
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

TEST_F(MailOutbox, WhatIsNotUtf8IsInvalid) {
  const std::vector<std::string> broken = {"\x80", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"};
  for (const auto member : {&Letter::from_name, &Letter::subject, &Letter::text, &Letter::html, &Letter::to_address}) {
    for (const std::string& bytes : broken) {
      Letter letter;
      letter.*member += bytes;
      EXPECT_EQ(send(letter), GH_INVALID);
    }
  }
}

TEST_F(MailOutbox, ABodyThatHoldsTheBoundaryDoesNotEndItsPart) {
  Letter letter;
  letter.text = "--=_gatehouse_0\nContent-Type: text/html\n\nevil\n--=_gatehouse_0--\n--=_gatehouse_1\n";
  letter.html = "<p>good</p>\n";
  ASSERT_EQ(send(letter), GH_OK);
  const std::string mail = parsed();
  EXPECT_THAT(mail, HasSubstr("text/plain: \"--=_gatehouse_0\\nContent-Type"));
  EXPECT_THAT(mail, HasSubstr("text/html: \"<p>good</p>\\n"));
  EXPECT_THAT(mail, Not(HasSubstr("text/html: \"evil")));
}

TEST_F(MailOutbox, EmptyOptionalMembersAreFine) {
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

TEST_F(MailOutbox, AFullDiskIsUnavailableAndTheFormerFileIsWhole) {
  send({});
  const std::string before = raw();
  system_faults().write_error = ENOSPC;
  EXPECT_EQ(send({}), GH_UNAVAILABLE);
  EXPECT_THAT(explanation_, HasSubstr("No space left on device"));
  EXPECT_EQ(raw(), before);
  EXPECT_THAT(files(), SizeIs(1));
}

TEST_F(MailOutbox, AFailedRenameLeavesNothingBehind) {
  system_faults().rename_error = EIO;
  EXPECT_EQ(send({}), GH_UNAVAILABLE);
  EXPECT_THAT(files(), SizeIs(0));
}

TEST_F(MailOutbox, AFolderThatWentAwayIsUnavailable) {
  std::filesystem::remove_all(folder());
  EXPECT_EQ(send({}), GH_UNAVAILABLE);
  TestCall call;
  EXPECT_EQ(transport_->ping(outbox_->self(), call.get()), GH_UNAVAILABLE);
}

TEST_F(MailOutbox, AFileInTheFoldersPlaceStopsTheStart) {
  std::filesystem::remove_all(folder());
  std::ofstream(folder()) << "x";
  EXPECT_EQ(begin(), GH_UNAVAILABLE);
}

TEST_F(MailOutbox, PingIsFine) {
  TestCall call;
  EXPECT_EQ(transport_->ping(outbox_->self(), call.get()), GH_OK);
}

TEST_F(MailOutbox, WaitingForOthersEndsAtTheDeadline) {
  const int other = ::open(folder().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  host_.tick_ns = 1'000'000;
  deadline_ns_ = host_.monotonic_ns + 3'000'000;
  EXPECT_EQ(send({}), GH_TIMEOUT);
  ::close(other);
}

TEST_F(MailOutbox, ThreadsSendingDifferentMailsLoseNone) {
  constexpr int threads = 4;
  constexpr int each = 25;
  std::latch begin_together(threads);
  std::vector<std::jthread> running;
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&, t] {
      begin_together.arrive_and_wait();
      for (int i = 0; i < each; ++i) {
        gh_mail mail{};
        const Letter letter;
        const std::string id = std::to_string(t) + "." + std::to_string(i) + "@gatehouse.example";
        mail.struct_size = sizeof mail;
        mail.message_id = slice(id);
        mail.from_address = slice(letter.from_address);
        mail.to_address = slice(letter.to_address);
        mail.text = slice(letter.text);
        TestCall call;
        EXPECT_EQ(transport_->send(outbox_->self(), call.get(), &mail), GH_OK);
      }
    });
  }
  running.clear();
  EXPECT_THAT(files(), SizeIs(threads * each));
}

TEST_F(MailOutbox, ThreadsSendingTheSameMailMakeOneFile) {
  constexpr int threads = 4;
  std::latch begin_together(threads);
  std::vector<std::jthread> running;
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&, t] {
      begin_together.arrive_and_wait();
      for (int i = 0; i < 20; ++i) {
        gh_mail mail{};
        const Letter letter;
        mail.struct_size = sizeof mail;
        mail.message_id = slice(letter.message_id);
        mail.from_address = slice(letter.from_address);
        mail.to_address = slice(letter.to_address);
        mail.text = slice(letter.text);
        TestCall call(1'785'665'472'000'000 + t * 1000 + i);
        EXPECT_EQ(transport_->send(outbox_->self(), call.get(), &mail), GH_OK);
      }
    });
  }
  running.clear();
  EXPECT_THAT(files(), SizeIs(1));
}

}  // namespace
}  // namespace gatehouse::test
