// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.h"

#include <gatehouse/sdk/result.hpp>

namespace gatehouse {

// What can happen in production is a Result; exceptions are for start-up and third-party code.
template <class T>
using Result = sdk::Expected<T, Error>;

}  // namespace gatehouse
