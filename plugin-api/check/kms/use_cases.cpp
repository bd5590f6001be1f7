// SPDX-License-Identifier: Apache-2.0
#include "kms/cases.h"
#include "kms/keyring.h"
#include "kms/signature_check.h"

#include <array>
#include <set>
#include <string>

namespace gatehouse::check::kms {
namespace {

using namespace std::chrono_literals;

std::string purpose_of(std::uint32_t algorithm) {
  constexpr std::array<const char*, 5> names = {"", "check_mac", "check_es", "check_ed", "check_rs"};
  return names[algorithm];
}

const std::string& messages_of(int which) {
  static const std::array<std::string, 7> messages = {
      "",
      "a",
      std::string("zero \0 inside", 13),
      std::string(64, '\xff'),
      std::string(65, 'b'),
      std::string(1000, '\0'),
      std::string(1 << 20, 'm'),
  };
  return messages[static_cast<std::size_t>(which)];
}

void signatures_verify(Context& context, std::uint32_t algorithm, bool deterministic) {
  Keyring keyring(context);
  const auto purpose = purpose_of(algorithm);
  keyring.need(purpose, algorithm);
  const auto key = keyring.current(purpose);
  for (int which = 0; which < 7; ++which) {
    const auto& message = messages_of(which);
    const auto made = keyring.must_sign(purpose, which % 2 == 0 ? 0 : key.version, message);
    const auto size = std::to_string(message.size());
    context.expect(made.used == key.version,
                   "sign used version " + std::to_string(made.used) + ", current is " + std::to_string(key.version));
    const auto right = signature_size(algorithm, key.public_key);
    context.expect(made.bytes.size() == right, "a signature has " + std::to_string(made.bytes.size()) +
                                                   " bytes; with " + algorithm_name(algorithm) +
                                                   " and this key it has " + std::to_string(right));
    context.expect(verifies(algorithm, key.public_key, message, made.bytes),
                   "OpenSSL does not verify its signature of a message of " + size + " bytes with its public key");
    context.expect(!verifies(algorithm, key.public_key, message + "x", made.bytes),
                   "its signature fits another message too");
    const bool same = keyring.must_sign(purpose, 0, message).bytes == made.bytes;
    context.expect(!deterministic || same,
                   "two signatures of one message differ, and " + algorithm_name(algorithm) + " gives one only");
  }
}

}  // namespace

void lists_its_keys(Context& context) {
  Keyring keyring(context);
  int made = 0;
  for (const auto algorithm : {GH_ALG_HMAC_SHA256, GH_ALG_ES256, GH_ALG_EDDSA, GH_ALG_RS256}) {
    const auto purpose = purpose_of(algorithm);
    if (keyring.ensure(purpose, algorithm) != GH_OK) continue;
    ++made;
    int current = 0;
    std::uint32_t last = 0;
    for (const auto& key : keyring.keys_of(purpose)) {
      const auto which = algorithm_name(algorithm) + " key " + std::to_string(key.version);
      context.expect(key.version > last, "keys lists version " + std::to_string(key.version) + " after " +
                                             std::to_string(last) + "; oldest first, from 1 on");
      last = key.version;
      context.expect(key.algorithm == algorithm, which + " is listed as " + algorithm_name(key.algorithm));
      context.expect(key.state >= GH_KEY_NEXT && key.state <= GH_KEY_RETIRED,
                     which + " has the state " + std::to_string(key.state) + ", which is none");
      current += key.state == GH_KEY_CURRENT ? 1 : 0;
      const auto problem = key_problem(algorithm, key.public_key);
      context.expect(problem.empty(), "the public key of " + which + " " + problem);
    }
    context.expect(current == 1, std::to_string(current) + " keys of a purpose are current; exactly one is");
  }
  if (made == 0) context.skip("it makes no keys here; give it settings with which it does");
}

void ensure_is_idempotent(Context& context) {
  Keyring keyring(context);
  const auto purpose = purpose_of(GH_ALG_HMAC_SHA256);
  keyring.need(purpose, GH_ALG_HMAC_SHA256);
  const auto before = keyring.keys_of(purpose).size();
  context.expect(keyring.ensure(purpose, GH_ALG_HMAC_SHA256) == GH_OK, "ensure of what is there was not GH_OK");
  context.expect(keyring.keys_of(purpose).size() == before, "ensure of what is there made another key");
  const auto other = keyring.ensure(purpose, GH_ALG_ES256);
  context.expect(other == GH_INVALID, "ensure of a purpose with another algorithm answered " + status_name(other) +
                                          "; one purpose has one algorithm, so it is GH_INVALID");
  const auto unknown = keyring.ensure("check_unknown", 99);
  context.expect(unknown == GH_INVALID || unknown == GH_UNSUPPORTED,
                 "ensure of an algorithm that does not exist answered " + status_name(unknown));
}

void macs_are_a_function(Context& context) {
  Keyring keyring(context);
  keyring.need("check_mac", GH_ALG_HMAC_SHA256);
  keyring.need("check_other", GH_ALG_HMAC_SHA256);
  std::set<std::string> macs;
  for (int which = 0; which < 7; ++which) {
    const auto mac = keyring.must_mac("check_mac", 0, messages_of(which));
    context.expect(keyring.must_mac("check_mac", 0, messages_of(which)) == mac, "two MACs of one message differ");
    context.expect(keyring.must_mac("check_mac", keyring.current("check_mac").version, messages_of(which)) == mac,
                   "the MAC by version differs from the one by version 0 while that is current");
    context.expect(macs.insert(mac).second, "two messages have one MAC");
    context.expect(macs.insert(keyring.must_mac("check_other", 0, messages_of(which))).second,
                   "two purposes share a key: the MACs of one message are the same");
  }
}

void es256_verifies(Context& context) { signatures_verify(context, GH_ALG_ES256, false); }
void eddsa_verifies(Context& context) { signatures_verify(context, GH_ALG_EDDSA, true); }
void rs256_verifies(Context& context) { signatures_verify(context, GH_ALG_RS256, true); }

void gives_published_results(Context& context) {
  const auto& vectors = context.subject().vectors;
  if (vectors.empty())
    context.skip("the check file has no [[vector]]: keys stay with their holder, so only its owner knows them");
  Keyring keyring(context);
  for (const auto& vector : vectors) {
    keyring.need(vector.purpose, vector.algorithm);
    const bool is_mac = vector.algorithm == GH_ALG_HMAC_SHA256;
    const auto got = is_mac ? keyring.must_mac(vector.purpose, vector.version, vector.message)
                            : keyring.must_sign(vector.purpose, vector.version, vector.message).bytes;
    context.expect(got == vector.result, "it does not give the " + std::string(is_mac ? "MAC" : "signature") +
                                             " the check file has for purpose " + vector.purpose);
  }
}

void refuses_what_is_not_there(Context& context) {
  Keyring keyring(context);
  std::vector<Key> keys;
  const auto expect = [&](gh_status status, const char* what) {
    context.expect(status == GH_NOT_FOUND,
                   std::string(what) + " answered " + status_name(status) + "; it is GH_NOT_FOUND, and denies");
  };
  expect(keyring.keys("check_nobody", keys), "keys of a purpose that does not exist");
  expect(keyring.mac("check_nobody", 0, "m").status, "mac with a purpose that does not exist");
  expect(keyring.sign("check_nobody", 0, "m").status, "sign with a purpose that does not exist");
  std::uint32_t version = 0;
  const auto rotated = keyring.try_rotate("check_nobody", version);
  context.expect(rotated == GH_NOT_FOUND || rotated == GH_UNSUPPORTED,
                 "rotate of a purpose that does not exist answered " + status_name(rotated));
  keyring.need("check_mac", GH_ALG_HMAC_SHA256);
  for (const std::uint32_t unknown : {99u, 0x7FFFFFFFu, 0xFFFFFFFFu}) {
    expect(keyring.mac("check_mac", unknown, "m").status, "mac with a version that does not exist");
  }
  keyring.need("check_ed", GH_ALG_EDDSA);
  expect(keyring.sign("check_ed", 99, "m").status, "sign with a version that does not exist");
}

void refuses_the_other_use(Context& context) {
  Keyring keyring(context);
  keyring.need("check_mac", GH_ALG_HMAC_SHA256);
  keyring.need("check_ed", GH_ALG_EDDSA);
  const auto signed_by_mac = keyring.sign("check_mac", 0, "m");
  context.expect(signed_by_mac.status != GH_OK, "it signed with an HMAC key");
  context.expect(signed_by_mac.bytes.empty(), "sign delivered bytes and answered " + status_name(signed_by_mac.status));
  context.expect(keyring.mac("check_ed", 0, "m").status != GH_OK, "it made a MAC with a signing key");
}

void refuses_bad_purposes(Context& context) {
  Keyring keyring(context);
  const std::string too_long(33, 'a');
  for (const auto& purpose : {std::string(), std::string("Upper"), std::string("a-b"), std::string("../up"),
                              std::string("a\0b", 3), std::string("a\nb"), std::string("a b"), too_long}) {
    const auto status = keyring.ensure(purpose, GH_ALG_HMAC_SHA256);
    context.expect(status == GH_INVALID, "ensure of a purpose that is not [a-z_]{1,32} answered " +
                                             status_name(status) + "; it is GH_INVALID");
    const auto mac = keyring.mac(purpose, 0, "m").status;
    context.expect(mac == GH_INVALID || mac == GH_NOT_FOUND,
                   "mac with a purpose that is not [a-z_]{1,32} answered " + status_name(mac));
  }
}

void overdue_calls_end(Context& context) {
  Keyring keyring(context);
  keyring.need("check_mac", GH_ALG_HMAC_SHA256);
  keyring.need("check_ed", GH_ALG_EDDSA);
  const auto began = std::chrono::steady_clock::now();
  const auto mac = keyring.mac("check_mac", 0, "m", -1s);
  const auto signature = keyring.sign("check_ed", 0, "m", -1s);
  const auto took = std::chrono::steady_clock::now() - began;
  for (const auto status : {mac.status, signature.status}) {
    context.expect(status == GH_TIMEOUT, "a call after its deadline answered " + status_name(status) +
                                             "; it is GH_TIMEOUT, and nothing happens (ABI.md, rule 7)");
  }
  context.expect(took < 1s, "calls after their deadline went on for a second or more");
}

}  // namespace gatehouse::check::kms
