// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/services.h"
#include "base/log.h"
#include "base/metrics.h"
#include "crypto/hash_pool.h"
#include "plugins/instance.h"
#include "plugins/plugin_file.h"
#include "plugins/supervisor.h"
#include "providers/mailer.h"
#include "support/fake_clock.h"
#include "support/plugin_faults.h"
#include "support/temp_folder.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::test {

class SilentLog final : public Log {
 public:
  bool enabled(LogLevel) const noexcept override { return false; }
  void write(LogLevel, std::string_view, std::initializer_list<LogField>) noexcept override {}
};

// Which store holds what: one all of it, or a second one tickets and mails, or sessions, as where these live in a
// faster store.
enum class Stores : std::uint8_t { One, MailApart, SessionsApart };

// One answer of a handler, as the pipeline would see it.
struct Answer {
  int status = 0;            // 0: an error, see code
  std::optional<Code> code;  // empty: none, so that no error is taken for one that was expected
  nlohmann::json body;
  http::Response response;

  std::string text(const char* member) const { return body.at(member).get<std::string>(); }
  std::string_view refusal() const { return code ? code_name(*code) : "no error"; }
};

// A mail as a transport got it.
struct Mail {
  std::string to;
  std::string subject;
  std::string message_id;
  std::string body;   // the file, headers and all parts
  std::string link;   // of the text part, or empty
  std::string token;  // behind the link's '#', or empty
};

// The features over the real plugins store-memory, kms-local and mail-outbox, whose every call a test can make fail;
// requests go through the real route table, without sockets.
class AuthFixture : public ::testing::Test {
 protected:
  AuthFixture() : AuthFixture(fast({})) {}
  explicit AuthFixture(app::ServiceSettings settings, Stores stores = Stores::One);
  ~AuthFixture() override;

  struct Sent {
    http::Method method = http::Method::Post;
    std::string path;
    std::string body = {};
    std::string bearer = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::vector<std::pair<std::string, std::string>> query = {};
  };
  // Finds the route, authenticates where it says so, and runs its handler.
  Answer send(const Sent& sent);

  Answer post(const std::string& path, const nlohmann::json& body, const std::string& bearer = {}) {
    return send({.path = path, .body = body.dump(), .bearer = bearer});
  }
  Answer get(const std::string& path, const std::string& bearer) {
    return send({.method = http::Method::Get, .path = path, .bearer = bearer});
  }
  // Payloads of the events of a type, oldest first.
  std::vector<std::string> events(const std::string& type);
  Answer signup(const std::string& email = "ada@example.org");
  Answer login(const std::string& email = "ada@example.org", const std::string& password = good_password);
  Answer refresh(const std::string& token, const std::string& retry_key = {}, const std::string& client_id = {});
  // Sends what is due and gives what has arrived since the last call, in the order of sending.
  std::vector<Mail> mails();
  // The one mail there is; fails the test when there are more or none.
  Mail only_mail();
  Call call() const { return {clock.steady() + std::chrono::seconds(5), clock.now(), "test", {}, "default"}; }

  static constexpr const char* good_password = "Correct-Horse-77-Battery";
  static constexpr const char* next_password = "Staple-Battery-91-Horse";
  static app::ServiceSettings fast(app::ServiceSettings settings);
  // The server ends, and one with these settings starts on the same stores.
  void restart(app::ServiceSettings settings);

  std::string client_address = "192.0.2.7";  // of the client that sends
  FakeClock clock;
  FailableRandom random;
  SilentLog log;
  MetricRegistry metrics;
  plugins::Supervisor supervisor{clock};
  TempFolder state_dir;
  std::shared_ptr<const plugins::PluginFile> store_file;
  std::shared_ptr<const plugins::PluginFile> kms_file;
  std::shared_ptr<const plugins::PluginFile> mail_file;
  StoreFaults store_faults;
  StoreFaults second_store_faults;
  KmsFaults kms_faults;
  LimiterFaults limiter_faults;
  MailFaults mail_faults;
  std::unique_ptr<plugins::Instance> store_plugin;
  std::unique_ptr<plugins::Instance> second_store_plugin;  // where there are two
  std::unique_ptr<plugins::Instance> kms_plugin;
  std::unique_ptr<plugins::Instance> limiter_plugin;
  std::unique_ptr<plugins::Instance> mail_plugin;
  std::unique_ptr<providers::Storage> storage;
  std::unique_ptr<providers::Keys> keys;
  std::unique_ptr<providers::Limiter> limiter;
  std::unique_ptr<providers::Mailer> mailer;
  std::unique_ptr<app::Services> services;
  std::vector<http::Route> routes;
  http::Steps steps;
};

}  // namespace gatehouse::test
