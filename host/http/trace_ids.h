// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "http/request.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace gatehouse {
class Random;
}

namespace gatehouse::http {

// Gives requests their ids (W3C Trace Context): the trace id of a valid traceparent header is taken over, otherwise a
// new one is made; the span id is always new. Ids identify and protect nothing, so when there is no randomness they are
// made of the time and a counter, and the answer that says so still has one. One thread at a time.
class TraceIds {
 public:
  explicit TraceIds(Random& random) : random_(random) {}
  // Sets request_id and traceparent.
  void assign(Request& request, Time now);

 private:
  static constexpr std::size_t id_bytes = 24;  // 16 of a trace id, 8 of a span id
  const std::uint8_t* next(Time now);

  Random& random_;
  std::array<std::uint8_t, id_bytes * 64> pool_{};
  std::size_t used_ = sizeof pool_;
  std::uint64_t counter_ = 0;
};

}  // namespace gatehouse::http
