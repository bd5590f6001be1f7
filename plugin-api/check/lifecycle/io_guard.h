// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "context.h"

namespace gatehouse::check::lifecycle {

// From now on this process opens, names and looks at no file, speaks to nobody and starts no thread or process: the
// kernel hands each such call to us (seccomp), and the case fails with its name and what it was about. What a library
// reads about the system it runs on when it is first used is refused to it and noted, and no fault. For good: the case
// ends soon after. False where the kernel does not allow such filters; then nothing is guarded.
bool guard_io(Context& context, const char* during);

}  // namespace gatehouse::check::lifecycle
