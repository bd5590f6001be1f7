// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/options.h"

#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::load {

// What one connection says. Owned by it; one thread.
class Script {
 public:
  virtual ~Script() = default;
  // The bytes of the next request; valid until the next call.
  virtual std::string_view next() = 0;
  // The answer to it. False: not the answer this work expects, counted as an error.
  virtual bool answered(int status, std::string_view body) = 0;
};

// Makes the scripts of a group, with whatever must exist on the server before: the account, a session each.
// Throws std::runtime_error when the server does not play along.
std::vector<std::unique_ptr<Script>> make_scripts(const Group& group, const Options& options);

}  // namespace gatehouse::load
