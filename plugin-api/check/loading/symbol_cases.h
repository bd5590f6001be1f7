// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "context.h"

// Cases that read the plugin's file and run nothing of it.
namespace gatehouse::check::loading {

void exports_one_symbol(Context& context);
void no_unique_symbols(Context& context);
void no_foreign_symbols(Context& context);
void entry_is_constant(Context& context);

}  // namespace gatehouse::check::loading
