// SPDX-License-Identifier: Apache-2.0
#include "tokens/claims.h"

#include <algorithm>

#include "base/json_text.h"
#include "tokens/json_object.h"

#include <cstdint>
#include <utility>

namespace gatehouse::tokens {
namespace {

constexpr std::int64_t last_second = 253'402'300'799;  // 9999-12-31T23:59:59Z; far from overflow in microseconds

std::int64_t seconds_of(Time time) noexcept {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// Appends members to an object, ready for one payload after the other.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) { out_.push_back('{'); }

  void text(std::string_view name, std::string_view value) {
    begin(name);
    append_json_text(out_, value);
  }
  void number(std::string_view name, std::int64_t value) {
    begin(name);
    out_ += std::to_string(value);
  }
  void texts(std::string_view name, const std::vector<std::string>& values) {
    begin(name);
    out_.push_back('[');
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i != 0) out_.push_back(',');
      append_json_text(out_, values[i]);
    }
    out_.push_back(']');
  }
  void end() { out_.push_back('}'); }

 private:
  // `name` is one of ours: it needs no escaping.
  void begin(std::string_view name) {
    if (out_.back() != '{') out_.push_back(',');
    out_.append("\"").append(name).append("\":");
  }

  std::string& out_;
};

// Members of the payload by type. Whatever is missing or of another type makes `complete` false for good.
class Claims {
 public:
  explicit Claims(const JsonObject& object) : object_(object) {}

  std::string text(std::string_view name) { return taken<std::string>(name); }
  std::string id(std::string_view name) {
    auto value = text(name);
    complete_ = complete_ && !value.empty();
    return value;
  }
  TextList texts(std::string_view name) { return taken<TextList>(name); }
  Time time(std::string_view name) {
    const auto seconds = taken<std::int64_t>(name);
    const bool sane = seconds >= 0 && seconds <= last_second;
    complete_ = complete_ && sane;
    return Time(std::chrono::seconds(sane ? seconds : 0));
  }
  void expect(std::string_view name, std::string_view value) {
    const auto* const found = member<std::string>(object_, name);
    complete_ = complete_ && found != nullptr && *found == value;
  }
  bool complete() const noexcept { return complete_; }

 private:
  template <class T>
  T taken(std::string_view name) {
    const auto* const value = member<T>(object_, name);
    if (value != nullptr) return *value;
    complete_ = false;
    return T{};
  }

  const JsonObject& object_;
  bool complete_ = true;
};

}  // namespace

std::string write_claims(const AccessClaims& claims, const Parties& parties) {
  std::string payload;
  payload.reserve(768);
  Writer writer(payload);
  writer.text("iss", parties.issuer);
  writer.text("aud", parties.audience);
  writer.text("sub", claims.subject);
  writer.number("exp", seconds_of(claims.expires_at));
  writer.number("iat", seconds_of(claims.issued_at));
  writer.number("nbf", seconds_of(claims.issued_at));
  writer.text("jti", claims.token_id);
  writer.text("sid", claims.session);
  writer.text("tenant_id", claims.tenant);
  writer.text("type", "access");
  writer.text("email", claims.email);
  writer.text("role", claims.role);
  writer.texts("permissions", claims.permissions);
  writer.number("auth_time", seconds_of(claims.auth_time));
  writer.end();
  return payload;
}

std::optional<VerifiedClaims> read_claims(std::string_view payload, const Parties& parties) {
  const auto object = read_json_object(payload);
  if (!object) return std::nullopt;
  Claims claims(*object);
  claims.expect("iss", parties.issuer);
  claims.expect("aud", parties.audience);
  claims.expect("type", "access");
  VerifiedClaims verified;
  verified.claims.subject = claims.id("sub");
  verified.claims.tenant = claims.id("tenant_id");
  verified.claims.session = claims.id("sid");
  verified.claims.token_id = claims.id("jti");
  verified.claims.email = claims.text("email");
  verified.claims.role = claims.text("role");
  verified.claims.permissions = claims.texts("permissions");
  verified.claims.auth_time = claims.time("auth_time");
  verified.claims.issued_at = claims.time("iat");
  verified.claims.expires_at = claims.time("exp");
  verified.not_before = claims.time("nbf");
  if (!claims.complete()) return std::nullopt;
  return verified;
}

Timing judge(const VerifiedClaims& verified, Time now, std::chrono::seconds leeway) noexcept {
  const auto early = std::max(leeway, clocks_apart);
  if (now < verified.not_before - early || now < verified.claims.issued_at - early) return Timing::NotYet;
  if (now >= verified.claims.expires_at + leeway) return Timing::Expired;
  return Timing::Valid;
}

}  // namespace gatehouse::tokens
