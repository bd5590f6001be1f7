// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/metrics.h"

#include <cstdint>
#include <string>

namespace gatehouse::plugins {

// One verb of one interface of one instance, or of its life cycle: what a call needs to know of it, made at start-up
// and kept by the instance's Edge.
class Operation {
 public:
  const void* table = nullptr;
  std::string name;               // "store.get"
  Histogram* duration = nullptr;  // not measured when null
  Counter* errors = nullptr;
  bool sampled = false;  // one call in 64 is timed
  bool waits = false;    // for something to happen: no measure of the plugin; never timed
};

}  // namespace gatehouse::plugins
