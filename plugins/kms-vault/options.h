// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http.h"
#include "session.h"
#include "transit.h"

#include <gatehouse/sdk/config.hpp>

#include <chrono>

namespace gatehouse::kms_vault {

struct Options {
  HttpOptions http;
  Credentials credentials;
  TransitOptions transit;
  std::chrono::milliseconds check_interval{10'000};
};

// Throws sdk::InvalidSetting.
Options options_of(const sdk::Config& config);

}  // namespace gatehouse::kms_vault
