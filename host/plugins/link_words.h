// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::plugins {

// The dynamic linker's complaint about `loaded_name`, in words an operator can act on: the missing library, the missing
// symbol in the form its author wrote it, the newer runtime that is needed. `complaint` may have text around it.
std::string words_for_link_error(std::string_view complaint, std::string_view loaded_name);

}  // namespace gatehouse::plugins
