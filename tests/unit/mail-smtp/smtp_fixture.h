// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/smtp_sink.h"
#include "unit/mail-outbox/letter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

extern "C" const gh_plugin gatehouse_plugin_mail_smtp;

namespace gatehouse::test {

// An instance of mail-smtp with a mail server of the test. The clock is the machine's.
class MailSmtp : public ::testing::Test {
 protected:
  using Step = SmtpSink::Step;
  static constexpr std::int64_t august_2_2026_us = 1'785'665'472'123'456;  // 10:11:12.123456 UTC

  void SetUp() override { host_.real_time = true; }
  void TearDown() override {
    smtp_.reset();
    for (const std::uint32_t level : {GH_LOG_DEBUG, GH_LOG_INFO, GH_LOG_WARN, GH_LOG_ERROR}) {
      for (const std::string& line : host_.lines(level)) {
        EXPECT_THAT(line, ::testing::Not(::testing::HasSubstr("canary")));
      }
    }
  }

  Settings settings(const SmtpSink& sink, const Settings& changed = {}) {
    const std::string ca = (folder_.path() / "ca.pem").string();
    std::ofstream(ca, std::ios::trunc) << sink.ca_pem();
    Settings all = {{"host", std::string("127.0.0.1")},         {"port", std::int64_t{sink.address().port}},
                    {"tls", std::string("starttls")},           {"ca_file", ca},
                    {"username", std::string("gatehouse")},     {"password", std::string("canary-password")},
                    {"helo_name", std::string("auth.example")}, {"connect_timeout", std::int64_t{10'000'000}},
                    {"reply_timeout", std::int64_t{10'000'000}}};
    for (const auto& [key, value] : changed) {
      std::erase_if(all, [&key = key](const auto& old) { return old.first == key; });
      if (value != SettingValue(std::string("(none)"))) all.emplace_back(key, value);
    }
    return all;
  }
  static Settings without_login() { return {{"username", std::string("(none)")}, {"password", std::string("(none)")}}; }

  void start(const SmtpSink& sink, const Settings& changed = {}) {
    smtp_ = std::make_unique<PluginInstance>(gatehouse_plugin_mail_smtp, host_, settings(sink, changed));
    TestCall call;
    EXPECT_EQ(smtp_->start(call), GH_OK) << call.explanation;
  }
  gh_status send(const Letter& letter = {}) {
    TestCall call(august_2_2026_us, deadline());
    const gh_mail mail = mail_of(letter);
    const gh_status status = transport().send(smtp_->self(), call.get(), &mail);
    explanation_ = call.explanation;
    EXPECT_THAT(explanation_, ::testing::Not(::testing::HasSubstr("canary")));
    return status;
  }
  gh_status ping() {
    TestCall call(august_2_2026_us, deadline());
    const gh_status status = transport().ping(smtp_->self(), call.get());
    explanation_ = call.explanation;
    return status;
  }
  const gh_mail_transport_v1& transport() const {
    return *static_cast<const gh_mail_transport_v1*>(smtp_->table(GH_MAIL_TRANSPORT_V1));
  }
  std::int64_t deadline() const {
    const auto end = std::chrono::steady_clock::now() + patience_;
    return std::chrono::nanoseconds(end.time_since_epoch()).count();
  }

  TempFolder folder_;
  FakeHost host_;
  std::unique_ptr<PluginInstance> smtp_;
  std::string explanation_;
  std::chrono::milliseconds patience_{20'000};
};

// The same, started on a sink with STARTTLS and a login.
class MailSmtpStarted : public MailSmtp {
 protected:
  void SetUp() override {
    MailSmtp::SetUp();
    start(sink_);
  }
  SinkMail taken() const {
    const auto mails = sink_.mails();
    return mails.empty() ? SinkMail{} : mails.back();
  }
  SmtpSink sink_;
};

}  // namespace gatehouse::test
