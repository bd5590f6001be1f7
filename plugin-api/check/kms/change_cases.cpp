// SPDX-License-Identifier: Apache-2.0
#include "kms/cases.h"
#include "kms/keyring.h"
#include "kms/signature_check.h"

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace gatehouse::check::kms {
namespace {

constexpr int thread_count = 8;

void on_threads(const std::function<void(int)>& body) {
  std::vector<std::thread> threads;
  for (int number = 0; number < thread_count; ++number) threads.emplace_back(body, number);
  for (auto& thread : threads) thread.join();
}

std::string message_of(int thread, int number) {
  return std::string("message ").append(std::to_string(thread)).append(".").append(std::to_string(number));
}

// The first algorithm of which it makes keys.
std::uint32_t signing_algorithm(Keyring& keyring, std::string_view purpose) {
  for (const auto algorithm : {GH_ALG_EDDSA, GH_ALG_ES256, GH_ALG_RS256}) {
    if (keyring.ensure(purpose, algorithm) == GH_OK) return algorithm;
  }
  keyring.context().skip("it makes no signing key here; give it settings with which it does");
}

}  // namespace

void rotation_keeps_the_old(Context& context) {
  Keyring keyring(context);
  keyring.need("check_mac", GH_ALG_HMAC_SHA256);
  const auto algorithm = signing_algorithm(keyring, "check_sign");
  const auto old_mac = keyring.current("check_mac").version;
  const auto old_key = keyring.current("check_sign");
  const auto mac = keyring.must_mac("check_mac", 0, "m");
  const auto signature = keyring.must_sign("check_sign", 0, "m");

  const auto new_mac = keyring.rotate("check_mac");
  const auto new_sign = keyring.rotate("check_sign");
  context.expect(new_mac > old_mac && new_sign > old_key.version, "rotate gave a version that is not a later one");
  context.expect(keyring.current("check_mac").version == new_mac, "the version rotate gave is not the current one");
  context.expect(keyring.must_mac("check_mac", old_mac, "m") == mac,
                 "after a rotation the former version gives another MAC: all it protected would be invalid");
  context.expect(keyring.must_mac("check_mac", 0, "m") != mac, "after a rotation the current key is the former one");
  const auto fresh = keyring.must_sign("check_sign", 0, "m");
  context.expect(fresh.used == new_sign, "after a rotation sign uses version " + std::to_string(fresh.used));
  const auto listed = keyring.version("check_sign", old_key.version);
  context.expect(listed.state == GH_KEY_ACTIVE && listed.public_key == old_key.public_key,
                 "after a rotation the former key is not listed as it was, and verifying");
  context.expect(verifies(algorithm, listed.public_key, "m", signature.bytes),
                 "a signature from before the rotation does not verify any more");
  context.expect(verifies(algorithm, keyring.current("check_sign").public_key, "m", fresh.bytes),
                 "a signature from after the rotation does not verify with the new public key");
}

void keys_survive_a_restart(Context& context) {
  std::string mac;
  Key key;
  {
    Keyring keyring(context);
    keyring.need("check_mac", GH_ALG_HMAC_SHA256);
    signing_algorithm(keyring, "check_sign");
    mac = keyring.must_mac("check_mac", 0, "m");
    key = keyring.current("check_sign");
    keyring.stop();
  }
  Keyring again(context);
  again.need("check_mac", GH_ALG_HMAC_SHA256);
  context.expect(again.ensure("check_sign", key.algorithm) == GH_OK, "ensure after a restart was not GH_OK");
  context.expect(again.must_mac("check_mac", 0, "m") == mac,
                 "after a restart the MACs are others: every session and link would be invalid");
  context.expect(again.current("check_sign").public_key == key.public_key,
                 "after a restart the signing key is another: every token would be invalid");
}

void signs_on_many_threads(Context& context) {
  Keyring keyring(context);
  keyring.need("check_mac", GH_ALG_HMAC_SHA256);
  const auto algorithm = signing_algorithm(keyring, "check_sign");
  const auto key = keyring.current("check_sign");
  const int each = context.rounds(100);
  std::vector<std::string> right;
  for (int i = 0; i < each; ++i) right.push_back(keyring.must_mac("check_mac", 0, message_of(0, i)));
  on_threads([&](int number) {
    for (int i = 0; i < each; ++i) {
      context.expect(keyring.must_mac("check_mac", 0, message_of(0, i)) == right[static_cast<std::size_t>(i)],
                     "with many threads a message got another MAC than alone");
      const auto message = message_of(number, i);
      context.expect(verifies(algorithm, key.public_key, message, keyring.must_sign("check_sign", 0, message).bytes),
                     "with many threads a signature does not verify");
    }
  });
}

void rotates_under_load(Context& context) {
  Keyring keyring(context);
  const auto algorithm = signing_algorithm(keyring, "check_sign");
  keyring.need("check_mac", GH_ALG_HMAC_SHA256);
  constexpr int rotations = 5;
  struct Seen {
    std::uint32_t version;
    std::string message;
    std::string signature;
  };
  std::mutex mutex;
  std::vector<Seen> seen;
  std::map<std::uint32_t, std::string> macs;
  std::atomic<bool> done{false};
  on_threads([&](int number) {
    if (number == 0) {
      for (int i = 0; i < rotations; ++i) {
        keyring.rotate("check_sign");
        keyring.rotate("check_mac");
      }
      done = true;
      return;
    }
    int i = 0;
    // The last of each thread is always kept: it was made after all rotations.
    for (bool last = false; !last;) {
      last = done;
      const auto message = message_of(number, i++);
      auto made = keyring.must_sign("check_sign", 0, message);
      auto mac = keyring.mac("check_mac", 0, "the same");
      context.expect(mac.status == GH_OK, "mac during a rotation answered " + status_name(mac.status));
      const std::lock_guard lock(mutex);
      const auto known = macs.emplace(mac.used, mac.bytes).first;
      context.expect(known->second == mac.bytes, "during a rotation a MAC was made with another version than it says");
      if (last || seen.size() < 2000) seen.push_back({made.used, message, std::move(made.bytes)});
    }
  });
  std::map<std::uint32_t, std::string> keys;
  for (const auto& key : keyring.keys_of("check_sign")) keys[key.version] = key.public_key;
  for (const auto& each : seen) {
    context.expect(verifies(algorithm, keys[each.version], each.message, each.signature),
                   "a signature made during a rotation does not verify with version " + std::to_string(each.version) +
                       ", which it says it used");
  }
  context.detail(std::to_string(seen.size()) + " signatures during " + std::to_string(rotations) + " rotations");
}

}  // namespace gatehouse::check::kms
