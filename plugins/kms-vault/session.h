// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "answers.h"
#include "http.h"
#include "secret_text.h"
#include "single_flight.h"

#include <gatehouse/sdk/host.hpp>
#include <gatehouse/sdk/status.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace gatehouse::kms_vault {

// Where the token comes from; exactly one of the three.
struct Credentials {
  SecretText token;
  std::string token_file;  // read again whenever a new token is needed
  std::string role_id;     // AppRole
  SecretText secret_id;
  std::string approle_mount = "approle";

  bool app_role() const noexcept { return !role_id.empty(); }
};

// A login that is kept alive: renewed at two thirds of its time, replaced where it cannot be renewed or was refused.
// Any thread, but open, start_keeping and stop_keeping.
class Session {
 public:
  // `each_check` runs on the keeping thread every `check_interval`; it does not throw.
  Session(Http& http, Credentials credentials, std::chrono::milliseconds timeout,
          std::chrono::milliseconds check_interval, std::function<void()> each_check, sdk::Host host);
  ~Session() { stop_keeping(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void open(std::int64_t deadline_ns);  // the first login; throws sdk::StatusError
  void start_keeping();
  void stop_keeping() noexcept;

  // The request with the token. Where that is refused, one login and one more try. Throws sdk::StatusError when the
  // login fails.
  HttpAnswer perform(const HttpRequest& request, std::int64_t deadline_ns);

  // The text without the secrets of the session: what another side wrote is not trusted to leave them out.
  std::string without_secrets(std::string text) const;
  sdk::Status refusal(const HttpAnswer& answer, std::string_view what, bool changes = false) const;

 private:
  struct Login {
    SecretText token;
    std::int64_t at_ns = 0;
    std::int64_t renew_ns = 0;  // when to do something about it; INT64_MAX: never
    std::int64_t ttl_s = 0;     // as granted at first
    bool renewable = false;
  };
  using LoginRef = std::shared_ptr<const Login>;

  LoginRef current() const;
  void take(Login login);
  // A new login in the place of `seen`, unless there is one already.
  void log_in_again(const LoginRef& seen, std::int64_t deadline_ns);
  // Whether the login in the place of a refused one was of use; where it was not, the next one waits.
  void judge_login(const LoginRef& login, bool helped);
  bool may_log_in_again(const LoginRef& seen, std::int64_t deadline_ns);
  Login log_in(std::int64_t deadline_ns);
  Login log_in_app_role(std::int64_t deadline_ns);
  Login look_up(SecretText token, std::int64_t deadline_ns);
  SecretText read_token_file() const;
  Login timed(SecretText token, const Grant& grant) const;

  void keep();
  void renew();
  bool renewed(const LoginRef& login, std::int64_t deadline_ns);

  Http& http_;
  const Credentials credentials_;
  const std::int64_t timeout_ns_;
  const std::int64_t check_interval_ns_;
  const std::function<void()> each_check_;
  const sdk::Host host_;
  SingleFlight logging_in_;

  mutable std::mutex mutex_;
  LoginRef login_;  // guarded by mutex_, as the rest
  LoginRef judged_;
  int futile_logins_ = 0;
  std::int64_t log_in_from_ns_ = 0;
  std::int64_t known_good_ns_ = 0;  // Vault has said so
  bool stopping_ = false;
  std::condition_variable wake_;
  std::int64_t retry_ns_ = 0;  // of the keeping thread alone, as the next
  int failures_ = 0;
  std::thread keeper_;
};

}  // namespace gatehouse::kms_vault
