// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "context.h"

namespace gatehouse::check::limiter {

void counts_to_the_limit(Context& context);
void agrees_with_the_model(Context& context);
void retry_after_is_exact(Context& context);
void keys_are_independent(Context& context);
void reset_forgets(Context& context);
void time_is_the_calls(Context& context);
void clock_set_back(Context& context);
void limit_changes_hold(Context& context);
void refuses_nonsense(Context& context);
void takes_extremes(Context& context);
void overdue_calls_end(Context& context);

void exactly_the_limit_of_many(Context& context);
void no_window_holds_more(Context& context);

}  // namespace gatehouse::check::limiter
