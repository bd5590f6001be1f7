// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "context.h"

namespace gatehouse::check::lifecycle {

void validate_does_no_io(Context& context);
void create_does_no_io(Context& context);
void refuses_settings_in_words(Context& context);
void copies_what_it_keeps(Context& context);
void takes_a_newer_host(Context& context);
void survives_a_failed_start(Context& context);
void leaks_nothing(Context& context);

void starts_and_stops(Context& context);
void drain_leaves_nothing(Context& context);
void side_by_side(Context& context);
void is_a_guest(Context& context);
void threads_block_signals(Context& context);

}  // namespace gatehouse::check::lifecycle
