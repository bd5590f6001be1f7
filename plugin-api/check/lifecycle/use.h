// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "context.h"

struct gh_instance;

namespace gatehouse::check::lifecycle {

// A few calls of every interface the plugin offers, so that it has done what it does when it is used: connected,
// cached, started threads. Fails the case when a plugin that has just started says it cannot serve.
void use_a_little(Context& context, gh_instance* self);

}  // namespace gatehouse::check::lifecycle
