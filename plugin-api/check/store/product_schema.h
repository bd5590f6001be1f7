// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/schema.h"

namespace gatehouse::check::store {

// The kinds a Gatehouse server of this release opens its stores with. A copy: the kit comes without the server's
// sources, and a test of the server says when the two differ.
const Kinds& product_kinds();

}  // namespace gatehouse::check::store
