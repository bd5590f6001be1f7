// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/address.h"

namespace gatehouse::test {

// A listening socket nobody serves: it only knows whether somebody came.
class Listener {
 public:
  Listener();
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  const Address& address() const { return address_; }
  bool visited() const;

 private:
  int descriptor_ = -1;
  Address address_;
};

}  // namespace gatehouse::test
