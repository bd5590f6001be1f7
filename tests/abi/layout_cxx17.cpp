// SPDX-License-Identifier: Apache-2.0
#include "layout_asserts.h"

#include <type_traits>

#define ABI_STRUCT(name, bytes) static_assert(std::is_standard_layout_v<name> && std::is_trivial_v<name>, #name);
#define ABI_MEMBER(name, member, offset, bytes)
#include "layout.def"

#define ABI_SLOT(name, member, ...) static_assert(std::is_same_v<decltype(name::member), __VA_ARGS__>, #member);
#include "slots.def"
