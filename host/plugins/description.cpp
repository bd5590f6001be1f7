// SPDX-License-Identifier: Apache-2.0
#include "plugins/description.h"

#include <gatehouse/plugin.h>

#include <cstddef>

namespace gatehouse::plugins {

Description describe(const gh_plugin& entry) {
  Description description{entry.id,
                          entry.version,
                          entry.license,
                          entry.summary,
                          entry.abi_major,
                          entry.abi_minor,
                          entry.needs_host_minor,
                          entry.max_concurrency,
                          {},
                          settings_of(entry)};
  for (std::uint32_t i = 0; i < entry.interface_count; ++i) {
    const auto& each = *reinterpret_cast<const gh_interface*>(reinterpret_cast<const std::byte*>(entry.interfaces) +
                                                              std::size_t{i} * entry.interface_stride);
    description.interfaces.emplace_back(each.id);
  }
  return description;
}

}  // namespace gatehouse::plugins
