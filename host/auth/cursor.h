// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"
#include "providers/keys.h"

#include <string>
#include <string_view>

namespace gatehouse::auth {

// Purpose of the MAC key that keeps clients from writing cursors of their own.
inline constexpr std::string_view cursor_purpose = "cursor";

// A store's cursor as a client sees it: base64url(key version | MAC 16 | cursor), bound to `scope` (whose list it is).
// Empty stays empty. Errors: ProviderUnavailable; open: ValidationFailed for anything that was not sealed for `scope`.
Result<std::string> seal_cursor(std::string_view cursor, std::string_view scope, providers::Keys& keys,
                                const Call& call);
Result<std::string> open_cursor(std::string_view text, std::string_view scope, providers::Keys& keys, const Call& call);

}  // namespace gatehouse::auth
