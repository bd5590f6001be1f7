// SPDX-License-Identifier: Apache-2.0
#include "plugins/interfaces.h"

#include "plugins/load_error.h"

#include <gatehouse/kms.h>
#include <gatehouse/mail_transport.h>
#include <gatehouse/migrations.h>
#include <gatehouse/plugin.h>
#include <gatehouse/rate_limiter.h>
#include <gatehouse/store.h>
#include <gatehouse/store_watch.h>

#include <cstddef>
#include <cstring>
#include <span>

namespace gatehouse::plugins {
namespace {

struct Slot {
  std::string_view name;
  std::size_t offset;
};
struct Known {
  std::string_view id;
  std::size_t size;  // of the table's first release: the least a plugin may have
  std::span<const Slot> slots;
};

constexpr Slot store_slots[] = {
    {"open", offsetof(gh_store_v1, open)},   {"get", offsetof(gh_store_v1, get)},
    {"find", offsetof(gh_store_v1, find)},   {"commit", offsetof(gh_store_v1, commit)},
    {"purge", offsetof(gh_store_v1, purge)}, {"ping", offsetof(gh_store_v1, ping)},
};
constexpr Slot kms_slots[] = {
    {"ensure", offsetof(gh_kms_v1, ensure)}, {"keys", offsetof(gh_kms_v1, keys)},
    {"mac", offsetof(gh_kms_v1, mac)},       {"sign", offsetof(gh_kms_v1, sign)},
    {"rotate", offsetof(gh_kms_v1, rotate)}, {"ping", offsetof(gh_kms_v1, ping)},
};
constexpr Slot rate_limiter_slots[] = {
    {"take", offsetof(gh_rate_limiter_v1, take)},
    {"reset", offsetof(gh_rate_limiter_v1, reset)},
    {"ping", offsetof(gh_rate_limiter_v1, ping)},
};
constexpr Slot mail_transport_slots[] = {
    {"send", offsetof(gh_mail_transport_v1, send)},
    {"ping", offsetof(gh_mail_transport_v1, ping)},
};
constexpr Slot migrations_slots[] = {
    {"status", offsetof(gh_migrations_v1, status)},
    {"plan", offsetof(gh_migrations_v1, plan)},
    {"apply", offsetof(gh_migrations_v1, apply)},
};
constexpr Slot store_watch_slots[] = {
    {"watch", offsetof(gh_store_watch_v1, watch)},
    {"wait", offsetof(gh_store_watch_v1, wait)},
    {"unwatch", offsetof(gh_store_watch_v1, unwatch)},
};
constexpr Known known[] = {
    {GH_STORE_V1, offsetof(gh_store_v1, ping) + sizeof(void*), store_slots},
    {GH_KMS_V1, offsetof(gh_kms_v1, ping) + sizeof(void*), kms_slots},
    {GH_RATE_LIMITER_V1, offsetof(gh_rate_limiter_v1, ping) + sizeof(void*), rate_limiter_slots},
    {GH_MAIL_TRANSPORT_V1, offsetof(gh_mail_transport_v1, ping) + sizeof(void*), mail_transport_slots},
    {GH_MIGRATIONS_V1, offsetof(gh_migrations_v1, apply) + sizeof(void*), migrations_slots},
    {GH_STORE_WATCH_V1, offsetof(gh_store_watch_v1, unwatch) + sizeof(void*), store_watch_slots},
};

const Known* find_known(std::string_view id) noexcept {
  for (const auto& each : known) {
    if (each.id == id) return &each;
  }
  return nullptr;
}

bool filled(const void* table, std::size_t offset) noexcept {
  void* function = nullptr;
  std::memcpy(&function, static_cast<const std::byte*>(table) + offset, sizeof(function));
  return function != nullptr;
}

std::string offered_ids(const gh_plugin& entry) {
  std::string ids;
  for (std::uint32_t i = 0; i < entry.interface_count; ++i) {
    const auto* each = reinterpret_cast<const gh_interface*>(reinterpret_cast<const std::byte*>(entry.interfaces) +
                                                             std::size_t{i} * entry.interface_stride);
    ids.append(ids.empty() ? "" : ", ").append(each->id);
  }
  return ids;
}

}  // namespace

std::string_view interface_kind(std::string_view interface_id) noexcept {
  const auto dot = interface_id.find('.');
  if (dot != std::string_view::npos) interface_id.remove_prefix(dot + 1);
  return interface_id.substr(0, interface_id.find('/'));
}

const void* find_interface(const gh_plugin& entry, std::string_view interface_id) noexcept {
  for (std::uint32_t i = 0; i < entry.interface_count; ++i) {
    const auto* each = reinterpret_cast<const gh_interface*>(reinterpret_cast<const std::byte*>(entry.interfaces) +
                                                             std::size_t{i} * entry.interface_stride);
    if (each->id == interface_id) return each->table;
  }
  return nullptr;
}

const void* require_interface(const gh_plugin& entry, std::string_view interface_id) {
  const std::string plugin = "plugin " + std::string(entry.id) + " " + entry.version;
  const std::string id(interface_id);
  const auto* expected = find_known(interface_id);
  if (expected == nullptr) throw LoadError(plugin + ": this server does not know the interface " + id);
  const auto* table = find_interface(entry, interface_id);
  if (table == nullptr) {
    throw LoadError(plugin + " does not offer " + id + ", for which it is configured; it offers " + offered_ids(entry));
  }
  std::uint32_t size = 0;
  std::memcpy(&size, table, sizeof(size));
  if (size < expected->size) {
    throw LoadError(plugin + ": its table for " + id + " has " + std::to_string(size) + " bytes and must have " +
                    std::to_string(expected->size) + "; build it with this server's plugin-api");
  }
  for (const auto& slot : expected->slots) {
    if (!filled(table, slot.offset)) {
      throw LoadError(plugin + ": " + id + " lacks the function " + std::string(slot.name) +
                      "; a plugin that cannot do something answers GH_UNSUPPORTED");
    }
  }
  return table;
}

void require_offered_interfaces(const gh_plugin& entry) {
  for (const auto& each : known) {
    if (find_interface(entry, each.id) != nullptr) require_interface(entry, each.id);
  }
}

}  // namespace gatehouse::plugins
