// SPDX-License-Identifier: Apache-2.0
#include "single_flight.h"

#include <gatehouse/sdk/status.hpp>

namespace gatehouse::kms_vault {

void SingleFlight::run(std::chrono::nanoseconds patience, const std::function<void()>& work) {
  std::unique_lock lock(mutex_);
  const std::uint64_t before = begun_;
  const bool free = ended_one_.wait_for(lock, patience, [&] { return !running_ || ended_ > before; });
  if (!free) throw sdk::StatusError(GH_TIMEOUT, "the deadline passed while another request to Vault was waited for");
  if (ended_ > before) {
    if (outcome_) std::rethrow_exception(outcome_);
    return;
  }
  running_ = true;
  const std::uint64_t mine = ++begun_;
  lock.unlock();
  std::exception_ptr outcome;
  try {
    work();
  } catch (...) {
    outcome = std::current_exception();
  }
  lock.lock();
  running_ = false;
  ended_ = mine;
  outcome_ = outcome;
  lock.unlock();
  ended_one_.notify_all();
  if (outcome) std::rethrow_exception(outcome);
}

}  // namespace gatehouse::kms_vault
