// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <thread>

namespace gatehouse {

// What a thread that has not been joined has used of the processors; nothing when the system does not say.
std::chrono::nanoseconds processor_time_of(std::thread& thread) noexcept;

}  // namespace gatehouse
