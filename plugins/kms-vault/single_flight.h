// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>

namespace gatehouse::kms_vault {

// Many threads that need the same thing from Vault at once cost one request at a time. Any thread.
class SingleFlight {
 public:
  // Runs `work`, or waits for a run that another caller began after this call did and shares its outcome: what was
  // under way before may have seen older things. Throws what `work` threw, or sdk::StatusError (GH_TIMEOUT) when
  // `patience` ends first.
  void run(std::chrono::nanoseconds patience, const std::function<void()>& work);

 private:
  std::mutex mutex_;
  std::condition_variable ended_one_;
  bool running_ = false;        // guarded by mutex_, as the rest
  std::uint64_t begun_ = 0;     // runs
  std::uint64_t ended_ = 0;     // number of the last run that ended
  std::exception_ptr outcome_;  // of that one
};

}  // namespace gatehouse::kms_vault
