// SPDX-License-Identifier: Apache-2.0
#include "unit/auth/auth_fixture.h"

#include "crypto/hash_pool.h"

#include <gatehouse/kms.h>
#include <gatehouse/mail_transport.h>
#include <gatehouse/rate_limiter.h>
#include <gatehouse/store.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

namespace gatehouse::test {
namespace {

plugins::InstanceConfig instance(const std::string& name, const std::string& state_dir) {
  plugins::InstanceConfig config;
  config.name = name;
  config.state_dir = state_dir;
  // A test's failures must not trip the breaker and so hide the next one.
  config.breaker_failures = 1'000'000;
  return config;
}

std::shared_ptr<const plugins::PluginFile> load(const char* name) {
  return plugins::PluginFile::load(name, {GATEHOUSE_PLUGIN_DIR}, "");
}

// The route for a request below /auth; fills in its parameters.
const http::Route* match(const std::vector<http::Route>& routes, http::Request& request, const std::string& path) {
  for (const auto& route : routes) {
    if (route.method != request.method) continue;
    if (route.path == path) return &route;
    const auto brace = route.path.find('{');
    if (brace == std::string::npos || path.compare(0, brace, route.path, 0, brace) != 0) continue;
    const auto rest = path.substr(brace);
    if (rest.empty() || rest.find('/') != std::string::npos) continue;
    request.parameters.emplace_back(route.path.substr(brace + 1, route.path.size() - brace - 2), rest);
    return &route;
  }
  return nullptr;
}

std::string after(const std::string& text, const std::string& label, const char* end) {
  const auto at = text.find(label);
  if (at == std::string::npos) return {};
  const auto begin = at + label.size();
  return text.substr(begin, text.find_first_of(end, begin) - begin);
}

Mail read_mail(const std::string& text) {
  Mail mail;
  mail.to = after(text, "\nTo: <", ">");
  mail.subject = after(text, "\nSubject: ", "\r\n");
  mail.message_id = after(text, "\nMessage-ID: <", ">");
  mail.body = text;
  const auto path = after(text, "https://auth.example.org/auth/", " \r\n\"<");
  if (path.find('#') == std::string::npos) return mail;
  mail.link = "https://auth.example.org/auth/" + path;
  mail.token = path.substr(path.find('#') + 1);
  return mail;
}

}  // namespace

app::ServiceSettings AuthFixture::fast(app::ServiceSettings settings) {
  settings.public_url = "https://auth.example.org";
  settings.hash = {.memory_kib = 64, .passes = 1, .lanes = 1};
  settings.limits.enabled = false;
  settings.lockout.enabled = false;
  settings.handlers.login_min_response = std::chrono::milliseconds(0);
  settings.handlers.login_max_jitter = std::chrono::milliseconds(0);
  settings.delivery.public_url = settings.public_url;
  settings.delivery.from_address = "no-reply@example.org";
  // Tests deliver when they want to see mails.
  settings.delivery.workers = 0;
  return settings;
}

AuthFixture::AuthFixture(app::ServiceSettings settings, Stores stores)
    : store_file(load("store-memory")), kms_file(load("kms-local")), mail_file(load("mail-outbox")) {
  const plugins::HostServices host{clock, random, log, metrics, &supervisor};
  auto store_config = instance("store", state_dir.path().string());
  const auto& store_entry = store_faults.in_front_of(store_file->entry(), store_config);
  store_plugin =
      std::make_unique<plugins::Instance>(store_entry, store_config, host, std::vector<std::string>{GH_STORE_V1});
  auto limiter_config = instance("limiter", state_dir.path().string());
  const auto& limiter_entry = limiter_faults.in_front_of(store_file->entry(), limiter_config);
  limiter_plugin = std::make_unique<plugins::Instance>(limiter_entry, limiter_config, host,
                                                       std::vector<std::string>{GH_RATE_LIMITER_V1});
  auto kms_config = instance("kms", state_dir.path().string());
  const auto& kms_entry = kms_faults.in_front_of(kms_file->entry(), kms_config);
  kms_plugin = std::make_unique<plugins::Instance>(kms_entry, kms_config, host, std::vector<std::string>{GH_KMS_V1});
  auto mail_config = instance("mail", state_dir.path().string());
  mail_config.settings.push_back({"folder", (state_dir.path() / "outbox").string()});
  const auto& mail_entry = mail_faults.in_front_of(mail_file->entry(), mail_config);
  mail_plugin = std::make_unique<plugins::Instance>(mail_entry, mail_config, host,
                                                    std::vector<std::string>{GH_MAIL_TRANSPORT_V1});
  store_plugin->start();
  mail_plugin->start();
  limiter_plugin->start();
  kms_plugin->start();

  const auto kinds = app::schema();
  std::vector<plugins::Instance*> by_kind(kinds.size(), store_plugin.get());
  if (stores != Stores::One) {
    auto second_config = instance("second", state_dir.path().string());
    const auto& second_entry = second_store_faults.in_front_of(store_file->entry(), second_config);
    second_store_plugin =
        std::make_unique<plugins::Instance>(second_entry, second_config, host, std::vector<std::string>{GH_STORE_V1});
    second_store_plugin->start();
    if (stores == Stores::SessionsApart) by_kind[app::session_kind_id] = second_store_plugin.get();
    if (stores == Stores::MailApart) {
      by_kind[app::ticket_kind_id] = by_kind[app::mail_job_kind_id] = second_store_plugin.get();
    }
  }
  storage = std::make_unique<providers::Storage>(kinds, std::move(by_kind));
  storage->open(call());
  keys = std::make_unique<providers::Keys>(*kms_plugin);
  limiter = std::make_unique<providers::Limiter>(*limiter_plugin);
  mailer = std::make_unique<providers::Mailer>(*mail_plugin);
  restart(std::move(settings));
}

void AuthFixture::restart(app::ServiceSettings settings) {
  if (services) services->stop();
  services =
      std::make_unique<app::Services>(std::move(settings), *storage, *keys, *limiter,
                                      std::vector<providers::Mailer*>{mailer.get()}, clock, random, log, metrics);
  services->start(call());
  routes = services->routes();
  steps = services->steps();
}

AuthFixture::~AuthFixture() {
  store_faults.clear();
  second_store_faults.clear();
  kms_faults.clear();
  limiter_faults.clear();
  mail_faults.clear();
  services->stop();
}

Answer AuthFixture::send(const Sent& sent) {
  crypto::HashArena arena(1024 * 1024);
  http::Request request;
  request.method = sent.method;
  request.path = "/auth" + sent.path;
  request.base_path = "/auth";
  request.body = sent.body;
  request.headers = sent.headers;
  request.query = sent.query;
  if (!sent.body.empty()) {
    request.headers.emplace_back("content-type", "application/json");
    request.headers.emplace_back("content-length", std::to_string(sent.body.size()));
  }
  request.client_address = client_address;
  request.request_id = "0af7651916cd43dd8448eb211c80319c";
  request.now = clock.now();
  request.received = clock.steady();
  request.deadline = clock.steady() + std::chrono::seconds(20);
  request.hash_arena = &arena;

  const auto* route = match(routes, request, sent.path);
  if (route == nullptr) throw std::logic_error("no route for " + sent.path);
  Answer answer;
  auto refused = steps.admit(request, route->rate);
  if (!refused && route->access != http::Access::Anyone) {
    refused = steps.authenticate(request, sent.bearer, route->access == http::Access::ExpiredUser);
  }
  answer.response = refused ? http::Response::failure(std::move(*refused)) : route->handler(request);
  if (answer.response.error) {
    answer.code = answer.response.error->code;
    return answer;
  }
  answer.status = answer.response.status;
  const bool is_json = answer.response.content_type.ends_with("json");
  if (is_json && !answer.response.body.empty()) answer.body = nlohmann::json::parse(answer.response.body);
  return answer;
}

std::vector<Mail> AuthFixture::mails() {
  services->delivery().deliver_due();
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(state_dir.path() / "outbox")) {
    if (entry.path().extension() == ".eml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Mail> all;
  for (const auto& file : files) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    all.push_back(read_mail(text.str()));
    std::filesystem::remove(file);
  }
  return all;
}

Mail AuthFixture::only_mail() {
  auto all = mails();
  EXPECT_EQ(all.size(), 1U);
  return all.empty() ? Mail{} : std::move(all.front());
}

std::vector<std::string> AuthFixture::events(const std::string& type) {
  std::vector<std::string> payloads;
  providers::Query query;
  query.kind = app::event_kind_id;
  query.index = 1;  // by_type
  query.tenant = "default";
  query.equals = {providers::Value::text(type)};
  constexpr std::uint32_t payload = 11;
  const auto page = storage->find(
      query, call(), [&](providers::RecordReader& record) { payloads.emplace_back(record.text(payload)); });
  EXPECT_TRUE(page);
  return payloads;
}

Answer AuthFixture::signup(const std::string& email) {
  return post("/signup",
              {{"email", email}, {"password", good_password}, {"firstName", "Ada"}, {"lastName", "Lovelace"}});
}

Answer AuthFixture::login(const std::string& email, const std::string& password) {
  return post("/login", {{"email", email}, {"password", password}});
}

Answer AuthFixture::refresh(const std::string& token, const std::string& retry_key, const std::string& client_id) {
  Sent sent{.path = "/refresh", .body = nlohmann::json{{"refreshToken", token}}.dump()};
  if (!retry_key.empty()) sent.headers.emplace_back("idempotency-key", retry_key);
  if (!client_id.empty()) sent.headers.emplace_back("x-client-id", client_id);
  return send(sent);
}

}  // namespace gatehouse::test
