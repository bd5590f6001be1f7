// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/json.h"
#include "support/test_key.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::test {

struct VaultReply {
  int status = 200;
  std::string body{};
};
VaultReply vault_error(int status, const std::string& words);
VaultReply vault_data(const std::string& members);  // JSON members of "data"

// The keys of the transit engine of a FakeVault, and what they answer. One thread.
class FakeTransit {
 public:
  struct Key {
    std::string type;
    std::vector<TestKey> versions{};
    std::uint32_t min_decryption = 1;
    std::uint32_t min_encryption = 0;
    unsigned seed = 0;
    bool symmetric() const { return type == "aes256-gcm96"; }
  };

  // `path` is what stands behind transit/.
  VaultReply reply(const std::string& method, const std::string& path, const Json& body);

  Key& key(const std::string& name);  // throws std::runtime_error when there is none
  void add(const std::string& name, const std::string& type);
  VaultReply rotate(const std::string& name);
  void remove(const std::string& name) { keys_.erase(name); }
  // What no client of the real one should send.
  std::vector<std::string> complaints;

 private:
  VaultReply create(const std::string& name, const Json& body);
  VaultReply read(const std::string& name) const;
  VaultReply use(const std::string& verb, const std::string& rest, const Json& body);
  VaultReply sign(const Key& key, const TestKey& at, const std::string& input, const Json& body);

  std::map<std::string, Key> keys_;
  unsigned next_seed_ = 1000;
};

}  // namespace gatehouse::test
