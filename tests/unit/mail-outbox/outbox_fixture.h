// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "unit/kms-local/plugin_instance.h"
#include "unit/mail-outbox/letter.h"

#include <gatehouse/mail_transport.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

extern "C" const gh_plugin gatehouse_plugin_mail_outbox;

namespace gatehouse::test {

// An instance of mail-outbox, started, used through its C table.
class MailOutbox : public ::testing::Test {
 protected:
  static constexpr std::int64_t august_2_2026_us = 1'785'665'472'123'456;  // 10:11:12.123456 UTC

  void SetUp() override { EXPECT_EQ(begin(), GH_OK); }

  // A new instance on the same folder.
  gh_status begin() {
    outbox_ =
        std::make_unique<PluginInstance>(gatehouse_plugin_mail_outbox, host_, Settings{{"folder", folder().string()}});
    transport_ = static_cast<const gh_mail_transport_v1*>(outbox_->table(GH_MAIL_TRANSPORT_V1));
    TestCall call;
    return outbox_->start(call);
  }
  std::filesystem::path folder() const { return temp_.path() / "state" / "outbox"; }

  gh_status send(const Letter& letter, std::int64_t now_us = august_2_2026_us) {
    TestCall call(now_us, deadline_ns_);
    const gh_status status = send(letter, call);
    explanation_ = call.explanation;
    return status;
  }
  // The same, from any thread.
  gh_status send(const Letter& letter, TestCall& call) const {
    const gh_mail mail = mail_of(letter);
    return transport_->send(outbox_->self(), call.get(), &mail);
  }
  gh_status ping() const {
    TestCall call;
    return transport_->ping(outbox_->self(), call.get());
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

  TempFolder temp_;
  FakeHost host_;
  std::unique_ptr<PluginInstance> outbox_;
  const gh_mail_transport_v1* transport_ = nullptr;
  std::string explanation_;
  std::int64_t deadline_ns_ = INT64_MAX;
};

}  // namespace gatehouse::test
