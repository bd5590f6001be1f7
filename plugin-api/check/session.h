// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "case.h"
#include "report.h"
#include "subject.h"

#include <functional>
#include <string>
#include <vector>

namespace gatehouse::check {

// Those of `cases` that `only` names: by their own name or their group's. Throws SubjectError for a name there is not.
std::vector<Case> selected(const std::vector<Case>& cases, const std::vector<std::string>& only);

// Runs the cases that apply to the plugin, one after another. `begun` hears when the head is known, `ended` each result
// as it comes. Throws SubjectError when the plugin cannot be tried at all: its settings are not those it needs.
Report run_cases(const std::vector<Case>& cases, const Subject& subject,
                 const std::function<void(const Report&)>& begun, const std::function<void(const Result&)>& ended);

}  // namespace gatehouse::check
