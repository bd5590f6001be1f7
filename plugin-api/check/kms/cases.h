// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "context.h"

namespace gatehouse::check::kms {

void lists_its_keys(Context& context);
void ensure_is_idempotent(Context& context);
void macs_are_a_function(Context& context);
void es256_verifies(Context& context);
void eddsa_verifies(Context& context);
void rs256_verifies(Context& context);
void gives_published_results(Context& context);
void refuses_what_is_not_there(Context& context);
void refuses_the_other_use(Context& context);
void refuses_bad_purposes(Context& context);
void overdue_calls_end(Context& context);

void rotation_keeps_the_old(Context& context);
void keys_survive_a_restart(Context& context);
void signs_on_many_threads(Context& context);
void rotates_under_load(Context& context);

}  // namespace gatehouse::check::kms
