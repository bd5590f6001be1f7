// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace gatehouse::test {

// Where a server listens: an IPv4 address in numbers and a port.
struct Address {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;

  std::string text() const { return host + ":" + std::to_string(port); }
};

}  // namespace gatehouse::test
