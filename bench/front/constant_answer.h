// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace gatehouse::bench {

// What both servers answer to GET /auth/constant.
inline constexpr std::string_view constant_answer =
    R"({"id":"01932c07-209c-7b1e-8f5a-0c6b8a1f2e3d","email":"someone@example.com","name":"Some One","emailVerified":true})";

}  // namespace gatehouse::bench
