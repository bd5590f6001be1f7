// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.h"
#include "base/result.h"

#include <utility>

namespace gatehouse::auth {

// Collects what is wrong with several members, so that a client hears of all of it at once.
class FieldErrors {
 public:
  // The value, or a default one after taking note of the error.
  template <class T>
  T keep(Result<T> result) {
    if (result) return std::move(*result);
    auto& fields = result.error().fields;
    error_.code = result.error().code;
    error_.fields.insert(error_.fields.end(), fields.begin(), fields.end());
    return T{};
  }
  bool any() const { return !error_.fields.empty(); }
  Error take() { return std::move(error_); }

 private:
  Error error_{Code::ValidationFailed};
};

}  // namespace gatehouse::auth
