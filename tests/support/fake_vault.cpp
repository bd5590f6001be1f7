// SPDX-License-Identifier: Apache-2.0
#include "support/fake_vault.h"

#include "support/fake_transit.h"
#include "support/json.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <stdexcept>

namespace gatehouse::test {
namespace {

using Clock = std::chrono::steady_clock;

struct Token {
  std::int64_t ttl_s;
  bool renewable;
  Clock::time_point ends;
};

struct Role {
  std::string secret_id;
  std::int64_t ttl_s;
  bool renewable;
};

std::string quoted(const std::string& text) { return json_string(text); }

}  // namespace

struct FakeVault::Request {
  std::string method;
  std::string path;                            // without /v1/
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

struct FakeVault::State {
  mutable std::mutex mutex;
  std::condition_variable seen_one;
  std::map<std::string, Token> tokens;
  std::map<std::string, Role> roles;
  FakeTransit transit;
  std::vector<std::string> log;  // "METHOD path"
  std::vector<std::string> complaints;
  struct Planned {
    std::string part;
    Fault fault;
    int times;
  };
  std::vector<Planned> faults;
  std::optional<std::int64_t> renewals_for_s;
  unsigned next_token = 0;

  std::string grant(std::int64_t ttl_s, bool renewable) {
    std::string token = "hvs.token-number-" + std::to_string(++next_token);
    tokens[token] = {ttl_s, renewable, Clock::now() + std::chrono::seconds(ttl_s)};
    return token;
  }
  static VaultReply auth(const std::string& token, std::int64_t ttl_s, bool renewable) {
    return {200, R"({"request_id":"r","data":null,"auth":{"client_token":)" + quoted(token) +
                     R"(,"accessor":"a","policies":["default"],"lease_duration":)" + std::to_string(ttl_s) +
                     R"(,"renewable":)" + (renewable ? "true" : "false") + "}}"};
  }
  VaultReply login(const Json& body) {
    const auto role = roles.find(body["role_id"].text());
    if (role == roles.end() || role->second.secret_id != body["secret_id"].text()) {
      return vault_error(400, "invalid role or secret ID");
    }
    return auth(grant(role->second.ttl_s, role->second.renewable), role->second.ttl_s, role->second.renewable);
  }
  VaultReply token_verb(const std::string& token, const std::string& verb) {
    Token& found = tokens.at(token);
    if (verb == "renew-self") {
      if (!found.renewable) return vault_error(400, "lease is not renewable");
      const std::int64_t ttl_s = renewals_for_s.value_or(found.ttl_s);
      found.ends = Clock::now() + std::chrono::seconds(ttl_s);
      return auth(token, ttl_s, true);
    }
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(found.ends - Clock::now()).count();
    return vault_data(R"("id":)" + quoted(token) + R"(,"ttl":)" + std::to_string(found.ttl_s == 0 ? 0 : left) +
                      R"(,"renewable":)" + (found.renewable ? "true" : "false"));
  }
};

FakeVault::FakeVault(FakeVaultOptions options) : options_(std::move(options)), state_(std::make_unique<State>()) {
  identity_ = std::make_unique<ServerIdentity>(ca_.issue(options_.name, options_.certificate_ends));
  server_ = std::make_unique<StreamServer>([this](Stream& stream) { serve(stream); });
}

FakeVault::~FakeVault() { server_->stop(); }

std::string FakeVault::url() const { return (options_.tls ? "https://" : "http://") + server_->address().text(); }

namespace {

// Takes a whole request off the front of `bytes`: head, size of the body.
std::optional<std::size_t> head_size(const std::string& bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string::npos) return std::nullopt;
  return end + 4;
}

std::map<std::string, std::string> headers_of(const std::string& head) {
  std::map<std::string, std::string> headers;
  std::size_t at = head.find("\r\n") + 2;
  while (at < head.size()) {
    const std::size_t end = head.find("\r\n", at);
    const std::size_t colon = head.find(": ", at);
    if (end == at || colon == std::string::npos || colon > end) break;
    std::string name = head.substr(at, colon - at);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    headers[name] = head.substr(colon + 2, end - colon - 2);
    at = end + 2;
  }
  return headers;
}

}  // namespace

void FakeVault::serve(Stream& stream) {
  if (options_.tls && !stream.secure(*identity_)) return;
  std::string bytes;
  while (true) {
    std::optional<std::size_t> head;
    while (!(head = head_size(bytes))) {
      if (!stream.receive(bytes)) return;
    }
    Request request;
    request.headers = headers_of(bytes.substr(0, *head));
    const std::size_t first = bytes.find(' ');
    request.method = bytes.substr(0, first);
    request.path = bytes.substr(first + 1, bytes.find(' ', first + 1) - first - 1).substr(4);
    const auto length = request.headers.find("content-length");
    const std::size_t size = length == request.headers.end() ? 0 : std::stoul(length->second);
    while (bytes.size() < *head + size) {
      if (!stream.receive(bytes)) return;
    }
    request.body = bytes.substr(*head, size);
    bytes.erase(0, *head + size);

    std::optional<Fault> fault;
    {
      const std::lock_guard lock(state_->mutex);
      const std::string line = request.method + " " + request.path;
      for (auto& planned : state_->faults) {
        if (planned.times == 0 || line.find(planned.part) == std::string::npos) continue;
        if (planned.times > 0) --planned.times;
        fault = planned.fault;
        break;
      }
    }
    VaultReply made;
    if (!fault || fault->done_first) made = reply(request);
    if (fault && fault->kind == Fault::Kind::Answer) made = {fault->status, fault->body};
    {
      const std::lock_guard lock(state_->mutex);
      state_->log.push_back(request.method + " " + request.path);
    }
    state_->seen_one.notify_all();
    if (fault && fault->kind == Fault::Kind::Hang) return stream.hang();
    if (fault && fault->kind == Fault::Kind::Cut) return stream.reset();
    if (fault && fault->kind == Fault::Kind::Raw) {
      stream.send(fault->body);
      return;
    }
    std::string text = "HTTP/1.1 " + std::to_string(made.status) + " said Vault\r\nContent-Type: application/json\r\n";
    if (made.status / 100 == 3) text += "Location: " + made.body + "\r\n";
    if (made.status != 204) text += "Content-Length: " + std::to_string(made.body.size()) + "\r\n";
    text += "\r\n" + made.body;
    if (fault && fault->kind == Fault::Kind::Drip) {
      stream.send(text.substr(0, text.size() / 2));
      return stream.hang();
    }
    if (!stream.send(text)) return;
  }
}

VaultReply FakeVault::reply(const Request& request) {
  State& state = *state_;
  const std::lock_guard lock(state.mutex);
  const auto header = [&](const char* name) {
    const auto found = request.headers.find(name);
    return found == request.headers.end() ? std::string() : found->second;
  };
  const auto no_route = vault_error(404, "no handler for route \"" + request.path + "\". route entry not found.");
  if (header("x-vault-request") != "true") state.complaints.push_back("no X-Vault-Request: " + request.path);
  if (header("x-vault-namespace") != options_.name_space) return no_route;
  Json body;
  try {
    if (!request.body.empty()) body = Json::parse(request.body);
  } catch (const std::exception&) {
    state.complaints.push_back("a body that is no JSON: " + request.path);
    return vault_error(400, "error parsing JSON");
  }
  if (request.path == "auth/approle/login") return state.login(body);

  const auto token = state.tokens.find(header("x-vault-token"));
  const bool good = token != state.tokens.end() && (token->second.ttl_s == 0 || Clock::now() < token->second.ends);
  if (!good) return vault_error(403, "permission denied");
  const auto below = [&](std::string_view prefix) -> std::optional<std::string> {
    if (request.path.rfind(prefix, 0) != 0) return std::nullopt;
    return request.path.substr(prefix.size());
  };
  if (const auto verb = below("auth/token/")) return state.token_verb(token->first, *verb);
  if (const auto rest = below("transit/")) return state.transit.reply(request.method, *rest, body);
  return no_route;
}

void FakeVault::add_token(const std::string& token, std::int64_t ttl_s, bool renewable) {
  const std::lock_guard lock(state_->mutex);
  state_->tokens[token] = {ttl_s, renewable, Clock::now() + std::chrono::seconds(ttl_s)};
}

void FakeVault::add_role(const std::string& role_id, const std::string& secret_id, std::int64_t ttl_s, bool renewable) {
  const std::lock_guard lock(state_->mutex);
  state_->roles[role_id] = {secret_id, ttl_s, renewable};
}

void FakeVault::remove_role(const std::string& role_id) {
  const std::lock_guard lock(state_->mutex);
  state_->roles.erase(role_id);
}

void FakeVault::revoke_tokens() {
  const std::lock_guard lock(state_->mutex);
  state_->tokens.clear();
}

void FakeVault::shorten_renewals(std::int64_t ttl_s) {
  const std::lock_guard lock(state_->mutex);
  state_->renewals_for_s = ttl_s;
}

std::vector<std::string> FakeVault::tokens() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<std::string> names;
  for (const auto& [name, token] : state_->tokens) names.push_back(name);
  return names;
}

void FakeVault::add_key(const std::string& name, const std::string& type) {
  const std::lock_guard lock(state_->mutex);
  state_->transit.add(name, type);
}

void FakeVault::rotate(const std::string& name) {
  const std::lock_guard lock(state_->mutex);
  state_->transit.rotate(name);
}

void FakeVault::set_min_decryption_version(const std::string& name, std::uint32_t version) {
  const std::lock_guard lock(state_->mutex);
  state_->transit.key(name).min_decryption = version;
}

void FakeVault::set_min_encryption_version(const std::string& name, std::uint32_t version) {
  const std::lock_guard lock(state_->mutex);
  state_->transit.key(name).min_encryption = version;
}

void FakeVault::delete_key(const std::string& name) {
  const std::lock_guard lock(state_->mutex);
  state_->transit.remove(name);
}

std::uint32_t FakeVault::latest(const std::string& name) const {
  const std::lock_guard lock(state_->mutex);
  return static_cast<std::uint32_t>(state_->transit.key(name).versions.size());
}

std::string FakeVault::type(const std::string& name) const {
  const std::lock_guard lock(state_->mutex);
  return state_->transit.key(name).type;
}

void FakeVault::fail(std::string part, Fault fault, int times) {
  const std::lock_guard lock(state_->mutex);
  state_->faults.push_back({std::move(part), std::move(fault), times});
}

void FakeVault::answer(std::string part, int status, std::string body, int times) {
  fail(std::move(part), {Fault::Kind::Answer, status, std::move(body), false}, times);
}

void FakeVault::heal() {
  const std::lock_guard lock(state_->mutex);
  state_->faults.clear();
}

unsigned FakeVault::requests(std::string_view part) const {
  const std::lock_guard lock(state_->mutex);
  const auto count = std::count_if(state_->log.begin(), state_->log.end(),
                                   [&](const std::string& line) { return line.find(part) != std::string::npos; });
  return static_cast<unsigned>(count);
}

bool FakeVault::wait_for(std::string_view part, unsigned count, std::chrono::milliseconds patience) {
  std::unique_lock lock(state_->mutex);
  return state_->seen_one.wait_for(lock, patience, [&] {
    const auto seen = std::count_if(state_->log.begin(), state_->log.end(),
                                    [&](const std::string& line) { return line.find(part) != std::string::npos; });
    return static_cast<unsigned>(seen) >= count;
  });
}

std::vector<std::string> FakeVault::complaints() const {
  const std::lock_guard lock(state_->mutex);
  auto all = state_->complaints;
  all.insert(all.end(), state_->transit.complaints.begin(), state_->transit.complaints.end());
  return all;
}

}  // namespace gatehouse::test
