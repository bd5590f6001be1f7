// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <span>
#include <string>

namespace gatehouse {

// The one source of randomness. Every member may be called from any thread.
class Random {
 public:
  virtual ~Random() = default;
  // False: no randomness could be had, `out` must not be used, and whatever needed it is refused. There is no weaker
  // source to fall back to.
  [[nodiscard]] virtual bool fill(std::span<std::uint8_t> out) = 0;
};

// The kernel's CSPRNG (getrandom(2)): needs no file descriptor, so it works when the process has none left.
class SystemRandom final : public Random {
 public:
  [[nodiscard]] bool fill(std::span<std::uint8_t> out) override;
};

// A UUIDv7 (RFC 9562 5.7): 48 bits of milliseconds, 74 random bits; an id, never a secret. Empty when `random` fails.
std::string make_uuid7(Random& random, Time now);

}  // namespace gatehouse
