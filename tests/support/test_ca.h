// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/stream_server.h"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;
struct x509_st;

namespace gatehouse::test {

// A certificate authority that the test makes and nobody else knows.
class TestCa {
 public:
  TestCa();
  const std::string& pem() const { return pem_; }

  // For a host name, or for an address in numbers. `ends`: from now on.
  ServerIdentity issue(std::string_view name, std::chrono::seconds ends = std::chrono::hours(1)) const;

 private:
  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<x509_st> certificate_;
  std::string pem_;
};

}  // namespace gatehouse::test
