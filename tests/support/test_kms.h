// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "support/test_key.h"

#include <gatehouse/abi.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct gh_plugin;

namespace gatehouse::providers {
class Keys;
}

namespace gatehouse::test {

// A key provider inside the test, behind the same C table as any plugin. What it holds and how it fails is the test's
// to say, at any time and from any thread.
class TestKms {
 public:
  struct Key {
    std::uint32_t version;
    std::uint32_t algorithm;  // GH_ALG_..
    std::uint32_t state;      // GH_KEY_..
    TestKey key;
  };

  TestKms();
  ~TestKms();
  TestKms(const TestKms&) = delete;
  TestKms& operator=(const TestKms&) = delete;

  providers::Keys& keys() noexcept;
  static const gh_plugin& plugin();

  void set_keys(std::string_view purpose, std::vector<Key> keys);
  void add_key(std::string_view purpose, Key key);
  void set_state(std::string_view purpose, std::uint32_t version, std::uint32_t state);
  // Makes `key` the current one of the purpose, with the next version; the former one goes on verifying.
  std::uint32_t rotate(std::string_view purpose, std::uint32_t algorithm, const TestKey& key);

  // The status of every call from now on; GH_OK: works again.
  void fail_with(gh_status status);
  // Every signature from now on; empty: works again.
  void sign_with(std::string signature);
  // Runs once, inside the next call, after its answer was decided: what happens "meanwhile".
  void meanwhile(std::function<void()> action);
  // How many calls reached the provider, in all.
  unsigned calls() const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

// A call at a moment, with time enough.
Call call_at(Time now);

}  // namespace gatehouse::test
