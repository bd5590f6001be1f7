// SPDX-License-Identifier: Apache-2.0
#include "session.h"

#include <fcntl.h>
#include <unistd.h>
#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/thread.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

namespace gatehouse::kms_vault {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
// A token as young as this that is refused lacks a right; another login would get the same.
constexpr std::int64_t young_ns = 5 * second_ns;
constexpr std::int64_t longest_pause_ns = 30 * second_ns;
// Between logins of which none has helped against a refusal; twice as long each time.
constexpr std::int64_t first_futile_pause_ns = 30 * second_ns;
constexpr std::int64_t longest_futile_pause_ns = 600 * second_ns;
constexpr std::size_t max_token_bytes = 4096;

HttpRequest post(std::string path, std::string_view body) { return {"POST", std::move(path), body, false}; }

}  // namespace

Session::Session(Http& http, Credentials credentials, std::chrono::milliseconds timeout,
                 std::chrono::milliseconds check_interval, std::function<void()> each_check, sdk::Host host)
    : http_(http),
      credentials_(std::move(credentials)),
      timeout_ns_(std::chrono::nanoseconds(timeout).count()),
      check_interval_ns_(std::chrono::nanoseconds(check_interval).count()),
      each_check_(std::move(each_check)),
      host_(host) {}

void Session::open(std::int64_t deadline_ns) {
  Login login = log_in(deadline_ns);
  if (login.ttl_s > 0 && !login.renewable && !credentials_.token.empty()) {
    host_.warn("the token cannot be renewed and ends in " + std::to_string(login.ttl_s) +
               " s; use token_file or AppRole, which are read again");
  }
  take(std::move(login));
}

Session::LoginRef Session::current() const {
  const std::lock_guard lock(mutex_);
  return login_;
}

void Session::take(Login login) {
  const std::lock_guard lock(mutex_);
  login_ = std::make_shared<const Login>(std::move(login));
}

HttpAnswer Session::perform(const HttpRequest& request, std::int64_t deadline_ns) {
  const LoginRef login = current();
  HttpAnswer answer = http_.perform(request, login->token.view(), deadline_ns);
  if (answer.outcome != Outcome::Answered || answer.status != 403) return answer;
  log_in_again(login, deadline_ns);
  const LoginRef newer = current();
  if (newer == login) return answer;
  HttpAnswer second = http_.perform(request, newer->token.view(), deadline_ns);
  if (second.outcome == Outcome::Answered) judge_login(newer, second.status != 403);
  return second;
}

void Session::judge_login(const LoginRef& login, bool helped) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(judged_, login) == login) return;
  futile_logins_ = helped ? 0 : futile_logins_ + 1;
  const std::int64_t pause_ns =
      std::min(first_futile_pause_ns << std::clamp(futile_logins_ - 1, 0, 5), longest_futile_pause_ns);
  log_in_from_ns_ = helped ? 0 : login->at_ns + pause_ns;
}

// A policy that forbids one path refuses the next token as well, and each AppRole login is a lease in Vault. So a token
// that Vault knows is kept for longer and longer; one that was revoked is replaced at once.
bool Session::may_log_in_again(const LoginRef& seen, std::int64_t deadline_ns) {
  const std::int64_t now_ns = host_.monotonic_ns();
  {
    const std::lock_guard lock(mutex_);
    if (now_ns - std::max(seen->at_ns, known_good_ns_) < young_ns) return false;
    if (now_ns >= log_in_from_ns_) return true;
  }
  const HttpAnswer answer =
      http_.perform({"GET", "auth/token/lookup-self", {}, false}, seen->token.view(), deadline_ns);
  if (answer.outcome != Outcome::Answered || answer.status != 200) return true;
  const std::lock_guard lock(mutex_);
  known_good_ns_ = now_ns;
  return false;
}

void Session::log_in_again(const LoginRef& seen, std::int64_t deadline_ns) {
  const std::int64_t patience = std::clamp<std::int64_t>(deadline_ns - host_.monotonic_ns(), 0, timeout_ns_);
  logging_in_.run(std::chrono::nanoseconds(patience), [&] {
    if (!credentials_.app_role() && credentials_.token_file.empty()) return;
    if (current() != seen || !may_log_in_again(seen, deadline_ns)) return;
    Login login = log_in(deadline_ns);
    host_.info("logged in to " + http_.address() + " again: the former token was refused");
    take(std::move(login));
  });
}

Session::Login Session::log_in(std::int64_t deadline_ns) {
  if (credentials_.app_role()) return log_in_app_role(deadline_ns);
  if (!credentials_.token_file.empty()) return look_up(read_token_file(), deadline_ns);
  return look_up(SecretText(credentials_.token.view()), deadline_ns);
}

Session::Login Session::log_in_app_role(std::int64_t deadline_ns) {
  nlohmann::json login = {{"role_id", credentials_.role_id}, {"secret_id", std::string(credentials_.secret_id.view())}};
  const WipedText body(login.dump());
  wipe(login["secret_id"].get_ref<std::string&>());
  const HttpAnswer answer =
      http_.perform(post("auth/" + credentials_.approle_mount + "/login", body.text()), {}, deadline_ns);
  if (answer.outcome != Outcome::Answered || answer.status != 200) {
    const sdk::Status why = refusal(answer, "AppRole login at " + http_.address());
    const gh_status code = why.code() == GH_NOT_FOUND ? GH_UNAVAILABLE : why.code();
    throw sdk::StatusError(code,
                           why.sentence() + (code == GH_DENIED ? "; are role_id and secret_id still valid?" : ""));
  }
  auto grant = read_login(answer.body.text());
  if (!grant)
    throw sdk::StatusError(GH_UNAVAILABLE, "AppRole login at " + http_.address() + ": answered without a token");
  SecretText token = std::move(grant->token);
  return timed(std::move(token), *grant);
}

Session::Login Session::look_up(SecretText token, std::int64_t deadline_ns) {
  const HttpAnswer answer = http_.perform({"GET", "auth/token/lookup-self", {}, false}, token.view(), deadline_ns);
  const std::string what = "looking up the token at " + http_.address();
  if (answer.outcome != Outcome::Answered || answer.status != 200) {
    const sdk::Status why = refusal(answer, what);
    throw sdk::StatusError(why.code() == GH_NOT_FOUND ? GH_UNAVAILABLE : why.code(), why.sentence());
  }
  const auto grant = read_lookup(answer.body.text());
  if (!grant) throw sdk::StatusError(GH_UNAVAILABLE, what + ": the answer is not Vault's");
  return timed(std::move(token), *grant);
}

SecretText Session::read_token_file() const {
  const std::string& path = credentials_.token_file;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (file < 0) throw sdk::StatusError(GH_UNAVAILABLE, "token_file " + path + ": " + std::strerror(errno));
  WipedText text(std::string(max_token_bytes + 1, '\0'));
  const ssize_t size = ::read(file, const_cast<char*>(text.text().data()), max_token_bytes + 1);
  const int error = errno;
  ::close(file);
  if (size < 0) throw sdk::StatusError(GH_UNAVAILABLE, "token_file " + path + ": " + std::strerror(error));
  std::string_view token(text.text().data(), static_cast<std::size_t>(size));
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.remove_suffix(1);
  const auto printable = [](char c) { return c > ' ' && c <= '~'; };
  if (token.empty() || token.size() > max_token_bytes || !std::all_of(token.begin(), token.end(), printable)) {
    throw sdk::StatusError(GH_UNAVAILABLE, "token_file " + path + ": holds no token");
  }
  return SecretText(token);
}

Session::Login Session::timed(SecretText token, const Grant& grant) const {
  Login login;
  login.token = std::move(token);
  login.at_ns = host_.monotonic_ns();
  login.ttl_s = std::min<std::int64_t>(grant.ttl_s, std::int64_t{10} * 365 * 86'400);
  login.renewable = grant.renewable;
  login.renew_ns = login.ttl_s == 0 ? never : login.at_ns + login.ttl_s * second_ns / 3 * 2;
  return login;
}

void Session::start_keeping() {
  keeper_ = sdk::start_thread([this] { keep(); });
}

void Session::stop_keeping() noexcept {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (keeper_.joinable()) keeper_.join();
}

void Session::keep() {
  std::int64_t check_ns = host_.monotonic_ns() + check_interval_ns_;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const std::int64_t now_ns = host_.monotonic_ns();
    const std::int64_t renew_ns = std::max(login_->renew_ns, retry_ns_);
    const std::int64_t next_ns = std::min(renew_ns, check_ns);
    if (now_ns < next_ns) {
      wake_.wait_for(lock, std::chrono::nanoseconds(std::min(next_ns - now_ns, longest_pause_ns)));
      continue;
    }
    lock.unlock();
    if (now_ns >= renew_ns) renew();
    if (now_ns >= check_ns) {
      each_check_();
      check_ns = host_.monotonic_ns() + check_interval_ns_;
    }
    lock.lock();
  }
}

// What goes wrong here is tried again; the requests meanwhile find out for themselves.
void Session::renew() {
  const std::int64_t deadline_ns = host_.monotonic_ns() + timeout_ns_;
  const LoginRef login = current();
  try {
    if (!renewed(login, deadline_ns)) take(log_in(deadline_ns));
    failures_ = 0;
    retry_ns_ = 0;
  } catch (const std::exception& error) {
    host_.count("token_renewal_failed");
    host_.warn("the token could not be renewed: " + std::string(error.what()));
    const std::int64_t pause_ns = std::min(second_ns << std::min(failures_, 5), longest_pause_ns);
    ++failures_;
    retry_ns_ = host_.monotonic_ns() + pause_ns;
  }
}

bool Session::renewed(const LoginRef& login, std::int64_t deadline_ns) {
  const bool can_log_in = credentials_.app_role() || !credentials_.token_file.empty();
  if (!login->renewable) return false;
  const HttpAnswer answer = http_.perform(post("auth/token/renew-self", "{}"), login->token.view(), deadline_ns);
  if (answer.outcome != Outcome::Answered || answer.status != 200) {
    const sdk::Status why = refusal(answer, "renewing the token at " + http_.address());
    if (why.code() == GH_DENIED && can_log_in) return false;
    throw sdk::StatusError(why.code(), why.sentence());
  }
  const auto grant = read_login(answer.body.text());
  if (!grant) throw sdk::StatusError(GH_UNAVAILABLE, "renewing the token: the answer is not Vault's");
  // Near its maximum a token is renewed for less and less.
  if (grant->ttl_s * 2 <= login->ttl_s && can_log_in) return false;
  Login next = timed(SecretText(login->token.view()), *grant);
  next.ttl_s = std::max(login->ttl_s, next.ttl_s);
  const std::lock_guard lock(mutex_);
  // A request may have logged in meanwhile.
  if (login_ == login) login_ = std::make_shared<const Login>(std::move(next));
  return true;
}

std::string Session::without_secrets(std::string text) const {
  const LoginRef login = current();
  for (const std::string_view secret :
       {login ? login->token.view() : std::string_view(), credentials_.token.view(), credentials_.secret_id.view()}) {
    if (!secret.empty() && text.find(secret) != std::string::npos) return "(left out: it repeats a secret)";
  }
  return text;
}

sdk::Status Session::refusal(const HttpAnswer& answer, std::string_view what, bool changes) const {
  const sdk::Status status = kms_vault::refusal(answer, what, changes);
  return {status.code(), without_secrets(status.sentence())};
}

}  // namespace gatehouse::kms_vault
