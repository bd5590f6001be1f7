// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace gatehouse::auth {

// What is known about the device a request came from; everything in it is claimed by the client, the address apart.
struct Client {
  std::string address;      // as the front resolved it through trusted proxies
  std::string user_agent;   // at most 512 bytes
  std::string device_name;  // as the user calls it
  std::string binding;      // digest of the client's own id, or empty
};

}  // namespace gatehouse::auth
