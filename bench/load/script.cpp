// SPDX-License-Identifier: Apache-2.0
#include "load/script.h"

#include "support/api_client.h"

#include <stdexcept>
#include <vector>

namespace gatehouse::load {
namespace {

using test::HttpRequest;

std::string bytes_of(const HttpRequest& request, const Options& options) {
  return test::serialise(request, options.target.text());
}

// The same request over and over.
class Repeat final : public Script {
 public:
  Repeat(std::string request, int expected) : request_(std::move(request)), expected_(expected) {}
  std::string_view next() override { return request_; }
  bool answered(int status, std::string_view) override { return status == expected_; }

 private:
  std::string request_;
  int expected_;
};

// A session that lives from refresh to refresh.
class Chain final : public Script {
 public:
  Chain(std::string token, const Options& options) : token_(std::move(token)), options_(options) {}

  std::string_view next() override {
    auto body = test::json_object({{"refreshToken", test::json_string(token_)}});
    request_ = bytes_of({"POST", "/auth/refresh", {{"Content-Type", "application/json"}}, std::move(body)}, options_);
    return request_;
  }
  bool answered(int status, std::string_view body) override {
    constexpr std::string_view member = "\"refreshToken\":\"";
    const auto begin = body.find(member);
    if (status != 200 || begin == std::string_view::npos) return false;
    const auto end = body.find('"', begin + member.size());
    token_.assign(body.substr(begin + member.size(), end - begin - member.size()));
    return true;
  }

 private:
  std::string token_;
  std::string request_;
  const Options& options_;
};

test::Account account_of(const Group& group) { return test::account("load-" + group.name); }

// The account exists afterwards, whether or not it did before.
void ensure_account(test::Api& api, const test::Account& who) {
  const auto response = api.signup(who);
  if (response.status != 201 && response.status != 409) {
    throw std::runtime_error("signup answered " + std::to_string(response.status) + ' ' + response.body);
  }
}

std::unique_ptr<Script> make_script(const Group& group, const Options& options, test::Api& api) {
  const auto who = account_of(group);
  switch (group.work) {
    case Work::User: {
      const auto tokens = api.logged_in(who);
      return std::make_unique<Repeat>(bytes_of({"GET", "/auth/user", test::bearer(tokens.access), {}}, options), 200);
    }
    case Work::Refresh: return std::make_unique<Chain>(api.logged_in(who).refresh, options);
    case Work::Login: {
      const auto body =
          test::json_object({{"email", test::json_string(who.email)}, {"password", test::json_string(who.password)}});
      return std::make_unique<Repeat>(
          bytes_of({"POST", "/auth/login", {{"Content-Type", "application/json"}}, body}, options), 200);
    }
    case Work::SlowHead: return std::make_unique<Repeat>("GET " + options.path + " HTTP/1.1\r\nHost: x\r\nX-Slow: ", 0);
    case Work::SlowBody:
      return std::make_unique<Repeat>(
          "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n{", 0);
    case Work::Get:
    case Work::Idle: break;
  }
  return std::make_unique<Repeat>(bytes_of({"GET", options.path, {}, {}}, options), 200);
}

}  // namespace

std::vector<std::unique_ptr<Script>> make_scripts(const Group& group, const Options& options) {
  test::Api api(options.target);
  const bool needs_account = group.work == Work::User || group.work == Work::Refresh || group.work == Work::Login;
  if (needs_account) ensure_account(api, account_of(group));
  std::vector<std::unique_ptr<Script>> scripts;
  for (unsigned i = 0; i < group.connections; ++i) scripts.push_back(make_script(group, options, api));
  return scripts;
}

}  // namespace gatehouse::load
