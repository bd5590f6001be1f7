// SPDX-License-Identifier: Apache-2.0
#include "answers.h"

#include <gatehouse/kms.h>
#include <sodium.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <limits>

namespace gatehouse::kms_vault {
namespace {

using Json = nlohmann::json;

constexpr std::size_t mac_bytes = 32;
constexpr std::size_t max_words = 300;
// SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 4), which Vault gives as its 32 bytes alone.
constexpr std::string_view ed25519_prefix = {"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12};

Json parse(const std::string& body) { return Json::parse(body, nullptr, false); }

const Json* member(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

const std::string* text(const Json& object, const char* name) {
  const Json* found = member(object, name);
  return found == nullptr ? nullptr : found->get_ptr<const std::string*>();
}

std::optional<std::int64_t> number(const Json& object, const char* name) {
  const Json* found = member(object, name);
  if (found == nullptr || !found->is_number_integer()) return std::nullopt;
  if (found->is_number_unsigned() &&
      found->get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return std::nullopt;
  }
  return found->get<std::int64_t>();
}

bool flag(const Json& object, const char* name) {
  const Json* found = member(object, name);
  return found != nullptr && found->is_boolean() && found->get<bool>();
}

std::optional<std::uint32_t> version_in(std::string_view digits) {
  std::uint32_t version = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  if (error != std::errc{} || end != digits.data() + digits.size() || version == 0) return std::nullopt;
  return version;
}

std::optional<std::string> decode(std::string_view text, int variant) {
  std::string bytes(text.size(), '\0');
  std::size_t size = 0;
  const bool whole = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                                       text.size(), "\r\n", &size, nullptr, variant) == 0;
  if (!whole) return std::nullopt;
  bytes.resize(size);
  return bytes;
}

// "vault:v3:" and base64.
std::optional<Versioned> prefixed(const std::string& body, const char* name, int variant) {
  const Json answer = parse(body);
  const Json* data = member(answer, "data");
  const std::string* found = data == nullptr ? nullptr : text(*data, name);
  if (found == nullptr) return std::nullopt;
  std::string_view rest = *found;
  static constexpr std::string_view prefix = "vault:v";
  if (rest.substr(0, prefix.size()) != prefix) return std::nullopt;
  rest.remove_prefix(prefix.size());
  const std::size_t colon = rest.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto version = version_in(rest.substr(0, colon));
  auto bytes = decode(rest.substr(colon + 1), variant);
  if (!version || !bytes) return std::nullopt;
  return Versioned{*version, std::move(*bytes)};
}

std::uint32_t algorithm_of(std::string_view type) {
  if (type == "ecdsa-p256") return GH_ALG_ES256;
  if (type == "ed25519") return GH_ALG_EDDSA;
  if (type == "rsa-3072" || type == "rsa-4096") return GH_ALG_RS256;
  for (const std::string_view symmetric : {"aes256-gcm96", "aes128-gcm96", "chacha20-poly1305", "hmac"}) {
    if (type == symmetric) return GH_ALG_HMAC_SHA256;
  }
  return 0;
}

std::optional<std::string> spki(const std::string& written, std::uint32_t algorithm) {
  if (algorithm == GH_ALG_EDDSA) {
    const auto raw = decode(written, sodium_base64_VARIANT_ORIGINAL);
    if (!raw || raw->size() != 32) return std::nullopt;
    return std::string(ed25519_prefix) + *raw;
  }
  static constexpr std::string_view begin = "-----BEGIN PUBLIC KEY-----";
  static constexpr std::string_view end = "-----END PUBLIC KEY-----";
  const std::size_t from = written.find(begin);
  const std::size_t to = written.find(end);
  if (from != 0 || to == std::string::npos) return std::nullopt;
  return decode(std::string_view(written).substr(begin.size(), to - begin.size()), sodium_base64_VARIANT_ORIGINAL);
}

// "2026-08-02T10:11:12.123456789Z" or with an offset; only for people to see, so 0 where it is written otherwise.
std::int64_t time_us(std::string_view text) {
  const auto digits = [&](std::size_t at, std::size_t count) -> std::int64_t {
    std::int64_t value = -1;
    if (at + count > text.size()) return -1;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + count, value);
    return error == std::errc{} && end == text.data() + at + count ? value : -1;
  };
  const std::int64_t year = digits(0, 4), month = digits(5, 2), day = digits(8, 2);
  const std::int64_t hour = digits(11, 2), minute = digits(14, 2), second = digits(17, 2);
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || minute < 0 || second < 0) return 0;
  const std::chrono::sys_days date{std::chrono::year(static_cast<int>(year)) /
                                   std::chrono::month(static_cast<unsigned>(month)) /
                                   std::chrono::day(static_cast<unsigned>(day))};
  const auto time = date + std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
  return std::chrono::microseconds(time.time_since_epoch()).count();
}

bool read_version(const Json& value, std::uint32_t algorithm, TransitVersion& version) {
  if (algorithm == GH_ALG_HMAC_SHA256 || algorithm == 0) {
    // Seconds; what lies beyond the year 9999 is left out, as a time written otherwise is.
    constexpr std::int64_t latest_s = 253'402'300'799;
    const std::int64_t created_s = value.is_number_integer() ? value.get<std::int64_t>() : 0;
    if (created_s > 0 && created_s <= latest_s) version.created_us = created_s * 1'000'000;
    return true;
  }
  const std::string* written = text(value, "public_key");
  auto der = written == nullptr ? std::nullopt : spki(*written, algorithm);
  if (!der) return false;
  version.public_key = std::move(*der);
  if (const std::string* created = text(value, "creation_time")) version.created_us = time_us(*created);
  return true;
}

std::string with_words(std::string_view what, std::string why, const HttpAnswer& answer) {
  const std::string errors = read_errors(answer.body.text());
  return std::string(what) + ": " + why + (errors.empty() ? "" : " (" + errors + ")");
}

}  // namespace

std::optional<Grant> read_login(const std::string& body) {
  Json answer = parse(body);
  if (!answer.is_object() || !answer.contains("auth")) return std::nullopt;
  Json& auth = answer["auth"];
  const auto ttl = number(auth, "lease_duration");
  const std::string* token = text(auth, "client_token");
  if (!ttl || *ttl < 0 || token == nullptr || token->empty()) return std::nullopt;
  // A header line is made of it.
  const auto printable = [](char c) { return c > ' ' && c <= '~'; };
  const bool sound = std::all_of(token->begin(), token->end(), printable);
  Grant grant{SecretText(*token), *ttl, flag(auth, "renewable")};
  wipe(auth["client_token"].get_ref<std::string&>());
  if (!sound) return std::nullopt;
  return grant;
}

std::optional<Grant> read_lookup(const std::string& body) {
  const Json answer = parse(body);
  const Json* data = member(answer, "data");
  const auto ttl = data == nullptr ? std::nullopt : number(*data, "ttl");
  if (!ttl || *ttl < 0) return std::nullopt;
  return Grant{{}, *ttl, flag(*data, "renewable")};
}

std::optional<TransitKey> read_key(const std::string& body) {
  const Json answer = parse(body);
  const Json* data = member(answer, "data");
  if (data == nullptr) return std::nullopt;
  const std::string* type = text(*data, "type");
  const auto latest = number(*data, "latest_version");
  const auto oldest = number(*data, "min_decryption_version");
  const Json* versions = member(*data, "keys");
  if (type == nullptr || !latest || *latest < 1 || *latest > std::numeric_limits<std::uint32_t>::max() || !oldest ||
      versions == nullptr || !versions->is_object()) {
    return std::nullopt;
  }
  TransitKey key;
  key.type = type->substr(0, 40);
  key.algorithm = algorithm_of(*type);
  key.latest = static_cast<std::uint32_t>(*latest);
  for (const auto& [name, value] : versions->items()) {
    const auto version = version_in(name);
    TransitVersion read;
    if (!version || *version > key.latest || !read_version(value, key.algorithm, read)) return std::nullopt;
    if (*version >= *oldest) key.versions.emplace(*version, std::move(read));
  }
  if (key.versions.count(key.latest) == 0) return std::nullopt;
  return key;
}

std::optional<Versioned> read_hmac(const std::string& body) {
  auto mac = prefixed(body, "hmac", sodium_base64_VARIANT_ORIGINAL);
  if (mac && mac->bytes.size() != mac_bytes) return std::nullopt;
  return mac;
}

std::optional<Versioned> read_signature(const std::string& body, std::uint32_t algorithm) {
  const bool jws = algorithm == GH_ALG_ES256;
  auto signature =
      prefixed(body, "signature", jws ? sodium_base64_VARIANT_URLSAFE_NO_PADDING : sodium_base64_VARIANT_ORIGINAL);
  if (!signature) return std::nullopt;
  const std::size_t size = signature->bytes.size();
  const bool fits = algorithm == GH_ALG_RS256 ? size == 384 || size == 512 : size == 64;
  return fits ? signature : std::nullopt;
}

std::string read_errors(const std::string& body) {
  const Json answer = parse(body);
  const Json* errors = member(answer, "errors");
  std::string words;
  if (errors == nullptr || !errors->is_array()) return words;
  for (const Json& error : *errors) {
    if (!error.is_string()) continue;
    words += (words.empty() ? "" : "; ") + error.get_ref<const std::string&>();
    if (words.size() > max_words) break;
  }
  words.resize(std::min(words.size(), max_words));
  std::replace_if(
      words.begin(), words.end(), [](char c) { return c < ' ' || c > '~'; }, ' ');
  return words;
}

// {"errors":[]}, and nothing else is taken for it.
bool says_nothing_is_there(const std::string& body) {
  const Json answer = parse(body);
  const Json* errors = member(answer, "errors");
  return errors != nullptr && errors->is_array() && errors->empty();
}

sdk::Status refusal(const HttpAnswer& answer, std::string_view what, bool changes) {
  const std::string asked(what);
  switch (answer.outcome) {
    case Outcome::Answered: break;
    case Outcome::NotReached: return {GH_UNAVAILABLE, asked + ": Vault cannot be reached: " + answer.error};
    case Outcome::NotTrusted:
      return {GH_UNAVAILABLE, asked + ": the server is not trusted: " + answer.error +
                                  "; is ca_file the authority of its certificate, and is the name in address on it?"};
    case Outcome::NotInTime: return {GH_TIMEOUT, asked + ": " + answer.error};
    case Outcome::Lost:
      if (changes) return {GH_IN_DOUBT, asked + ": no answer, it may have happened: " + answer.error};
      return {answer.timed_out ? GH_TIMEOUT : GH_UNAVAILABLE, asked + ": no answer: " + answer.error};
    case Outcome::Nonsense:
      return {changes ? GH_IN_DOUBT : GH_UNAVAILABLE, asked + ": the answer is not Vault's: " + answer.error};
  }
  const int status = answer.status;
  if (status >= 300 && status < 400) {
    return {GH_UNAVAILABLE, asked +
                                ": answered with a redirect, which is not followed; address must name the active "
                                "node, or standbys must forward requests"};
  }
  switch (status) {
    case 400: return {GH_DENIED, with_words(what, "Vault refuses the request", answer)};
    case 403: return {GH_DENIED, with_words(what, "permission denied; does the policy of the token allow it?", answer)};
    // A key that is not there is answered without words; what is on no mount, with some. A proxy that has lost Vault
    // answers in words of its own, and no key is gone for that.
    case 404:
      if (says_nothing_is_there(answer.body.text())) return {GH_NOT_FOUND, asked + ": Vault has no such key"};
      if (read_errors(answer.body.text()).empty()) {
        return {GH_UNAVAILABLE, asked + ": answered with 404, and not by Vault; what else is behind address?"};
      }
      return {GH_UNAVAILABLE, with_words(what, "nothing is served there; is the mount right?", answer)};
    case 412: return {GH_UNAVAILABLE, with_words(what, "this node is behind the others", answer)};
    case 429: return {GH_UNAVAILABLE, with_words(what, "too many requests for a quota, or a standby node", answer)};
    case 472:
      return {GH_UNAVAILABLE, with_words(what, "a secondary for disaster recovery, which serves nobody", answer)};
    case 473: return {GH_UNAVAILABLE, with_words(what, "a performance standby that does not forward", answer)};
    case 501: return {GH_UNAVAILABLE, with_words(what, "Vault is not initialised", answer)};
    case 503: return {GH_UNAVAILABLE, with_words(what, "Vault is sealed or in maintenance", answer)};
    default: break;
  }
  // A proxy's 502 or 504 does not say how far the request came.
  const bool doubt = changes && status >= 500;
  return {doubt ? GH_IN_DOUBT : GH_UNAVAILABLE, with_words(what, "answered with " + std::to_string(status), answer)};
}

std::string base64(std::string_view bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();
  return text;
}

}  // namespace gatehouse::kms_vault
