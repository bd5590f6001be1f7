// SPDX-License-Identifier: Apache-2.0
#include "app/cleanup_turns.h"

#include "base/encoding.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "events/event_log.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace gatehouse::app {
namespace {

// Gives the same bytes to every server.
class PeriodBytes final : public Random {
 public:
  explicit PeriodBytes(Time start)
      : bytes_(crypto::sha256("cleanup|" + std::to_string(start.time_since_epoch().count()))) {}
  bool fill(std::span<std::uint8_t> out) override {
    if (out.size() > bytes_.size()) return false;
    std::copy_n(bytes_.begin(), out.size(), out.begin());
    return true;
  }

 private:
  crypto::Digest bytes_;
};

}  // namespace

Result<bool> CleanupTurns::take(std::chrono::milliseconds period, const Call& call) {
  if (server_.empty()) {
    std::array<std::uint8_t, 8> name{};
    if (!random_.fill(name)) return Error{Code::Internal, "no randomness for the name of this server"};
    server_ = hex_encode({reinterpret_cast<const char*>(name.data()), name.size()});
  }
  const auto length = std::chrono::microseconds(period);
  const Time start = call.now - call.now.time_since_epoch() % length;
  PeriodBytes bytes(start);
  events::Event event;
  event.type = events::Type::CleanupStarted;
  event.id = make_uuid7(bytes, start);
  event.payload = R"({"by":")" + server_ + R"("})";
  return events_.write_first(std::move(event), call);
}

}  // namespace gatehouse::app
