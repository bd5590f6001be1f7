// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

struct gh_plugin;

namespace gatehouse::plugins {

// "store" for "gatehouse.store/1": the word for metrics.
std::string_view interface_kind(std::string_view interface_id) noexcept;

// The table a plugin offers under an interface id, or null.
const void* find_interface(const gh_plugin& entry, std::string_view interface_id) noexcept;

// The table of an interface the server is going to call: offered, of an id this server knows, long enough and with
// every slot filled. Throws LoadError. Half an implementation fails here, not at the first login.
const void* require_interface(const gh_plugin& entry, std::string_view interface_id);

// The same for every interface it offers that this server knows, whether it is going to be called or not.
void require_offered_interfaces(const gh_plugin& entry);

}  // namespace gatehouse::plugins
