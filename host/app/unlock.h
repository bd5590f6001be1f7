// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.h"

#include <iosfwd>
#include <string>

namespace gatehouse::app {

// Lifts the locks of an account in the store that a server with this configuration would choose now. Returns the exit
// code; what is to be said goes to `out`, refusals to `err`. Throws with words for the operator when a plugin cannot
// start.
int unlock(const Config& config, const std::string& email, const std::string& tenant, std::ostream& out,
           std::ostream& err);

}  // namespace gatehouse::app
