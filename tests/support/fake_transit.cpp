// SPDX-License-Identifier: Apache-2.0
#include "support/fake_transit.h"

#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

namespace gatehouse::test {
namespace {

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string from_base64(const std::string& text) {
  std::string bytes(text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) throw std::runtime_error("not base64");
  const auto padding = static_cast<std::size_t>(std::count(text.begin(), text.end(), '='));
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

std::string raw_url(std::string text) {
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  text.erase(std::find(text.begin(), text.end(), '='), text.end());
  return text;
}

TestKey make_version(const FakeTransit::Key& key) {
  const auto number = key.seed + static_cast<unsigned>(key.versions.size());
  if (key.type == "ecdsa-p256") return TestKey::es256(number);
  if (key.type == "ed25519") return TestKey::eddsa(number);
  if (key.type == "rsa-2048") return TestKey::rsa(2048);
  if (key.type == "rsa-3072" || key.type == "rsa-4096") return TestKey::rsa(3072);
  if (key.type == "ecdsa-p384") return TestKey::on_curve("P-384");
  return TestKey::hmac(number);
}

}  // namespace

VaultReply vault_error(int status, const std::string& words) {
  return {status, R"({"errors":[)" + json_string(words) + "]}"};
}

VaultReply vault_data(const std::string& members) { return {200, R"({"request_id":"r","data":{)" + members + "}}"}; }

VaultReply FakeTransit::reply(const std::string& method, const std::string& path, const Json& body) {
  const std::string verb = path.substr(0, path.find('/'));
  const std::string rest = path.substr(std::min(path.size(), verb.size() + 1));
  if (verb == "hmac" || verb == "sign") return use(verb, rest, body);
  if (verb != "keys") return vault_error(404, "no handler for route");
  const std::size_t slash = rest.find("/rotate");
  if (slash != std::string::npos) return rotate(rest.substr(0, slash));
  return method == "GET" ? read(rest) : create(rest, body);
}

FakeTransit::Key& FakeTransit::key(const std::string& name) {
  const auto found = keys_.find(name);
  if (found == keys_.end()) throw std::runtime_error("the test's Vault has no key " + name);
  return found->second;
}

void FakeTransit::add(const std::string& name, const std::string& type) {
  Key key{type, {}, 1, 0, next_seed_ += 100};
  key.versions.push_back(make_version(key));
  keys_.insert_or_assign(name, std::move(key));
}

VaultReply FakeTransit::create(const std::string& name, const Json& body) {
  if (keys_.count(name) == 0) add(name, body["type"].missing() ? "aes256-gcm96" : body["type"].text());
  return {204, ""};
}

VaultReply FakeTransit::read(const std::string& name) const {
  const auto found = keys_.find(name);
  if (found == keys_.end()) return {404, R"({"errors":[]})"};
  const Key& key = found->second;
  std::string versions;
  for (std::uint32_t version = key.min_decryption; version <= key.versions.size(); ++version) {
    versions += (versions.empty() ? "\"" : ",\"") + std::to_string(version) + "\":";
    if (key.symmetric()) {
      versions += std::to_string(1'780'000'000 + key.seed + version);
      continue;
    }
    const TestKey& at = key.versions[version - 1];
    const std::string der = at.public_der();
    const std::string shown = key.type == "ed25519" ? base64(std::string_view(der).substr(12)) : at.public_pem();
    versions +=
        R"({"creation_time":"2026-08-02T10:11:12.123456789Z","name":"n","public_key":)" + json_string(shown) + "}";
  }
  return vault_data(R"("type":)" + json_string(key.type) + R"(,"latest_version":)" +
                    std::to_string(key.versions.size()) + R"(,"min_available_version":0,"min_decryption_version":)" +
                    std::to_string(key.min_decryption) + R"(,"min_encryption_version":)" +
                    std::to_string(key.min_encryption) + R"(,"keys":{)" + versions + "}");
}

VaultReply FakeTransit::use(const std::string& verb, const std::string& rest, const Json& body) {
  const std::size_t slash = rest.find('/');
  const auto found = keys_.find(rest.substr(0, slash));
  if (found == keys_.end())
    return vault_error(400, verb == "sign" ? "signing key not found" : "encryption key not found");
  const Key& key = found->second;
  const auto latest = static_cast<std::uint32_t>(key.versions.size());
  const auto version =
      body["key_version"].missing() ? latest : static_cast<std::uint32_t>(body["key_version"].integer());
  if (version > latest || version < key.min_decryption)
    return vault_error(400, "no key version " + std::to_string(version));
  if (version < key.min_encryption) return vault_error(400, "version is too old (disallowed by policy)");
  const std::string input = from_base64(body["input"].text());
  const TestKey& at = key.versions[version - 1];
  if (verb == "hmac")
    return vault_data(R"("hmac":)" + json_string("vault:v" + std::to_string(version) + ":" + base64(at.sign(input))));
  if (key.symmetric()) return vault_error(400, "key type aes256-gcm96 does not support signing");
  return sign(key, at, input, body);
}

VaultReply FakeTransit::sign(const Key& key, const TestKey& at, const std::string& input, const Json& body) {
  const auto version = static_cast<std::uint32_t>(&at - key.versions.data()) + 1;
  std::string signature = at.sign(input);
  if (key.type == "ecdsa-p256") {
    const bool jws = body["marshaling_algorithm"].text() == "jws";
    signature = jws ? raw_url(base64(signature)) : base64(TestKey::ecdsa_der(signature));
  } else {
    if (key.type != "ed25519" && body["signature_algorithm"].text() != "pkcs1v15") {
      complaints.push_back("RS256 without pkcs1v15");
    }
    signature = base64(signature);
  }
  return vault_data(R"("signature":)" + json_string("vault:v" + std::to_string(version) + ":" + signature) +
                    R"(,"key_version":)" + std::to_string(version));
}

VaultReply FakeTransit::rotate(const std::string& name) {
  if (keys_.count(name) == 0) return vault_error(400, "key not found");
  Key& at = key(name);
  at.versions.push_back(make_version(at));
  return {204, ""};
}

}  // namespace gatehouse::test
