// SPDX-License-Identifier: Apache-2.0
#include "crypto/argon2id.h"

#include "crypto/hash_pool.h"

#include <argon2.h>
#include <optional>

namespace gatehouse::crypto {
namespace {

// libargon2 asks for memory through a callback that is given no context, so the arena is lent to the thread for the
// length of one call.
thread_local HashArena* lent = nullptr;

class Lend {
 public:
  explicit Lend(HashArena& arena) noexcept { lent = &arena; }
  ~Lend() { lent = nullptr; }
  Lend(const Lend&) = delete;
  Lend& operator=(const Lend&) = delete;
};

int take_memory(std::uint8_t** memory, std::size_t bytes) noexcept {
  if (lent == nullptr || bytes > lent->size()) return ARGON2_MEMORY_ALLOCATION_ERROR;
  *memory = lent->data();
  return ARGON2_OK;
}

// libargon2 has wiped it before it gives it back.
void give_back(std::uint8_t*, std::size_t) noexcept {}

// The interface is not const-correct; libargon2 writes to neither without ARGON2_FLAG_CLEAR_PASSWORD.
std::uint8_t* bytes_of(std::string_view text) noexcept {
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
}

}  // namespace

bool are_usable(const HashParameters& parameters) noexcept {
  return parameters.lanes >= 1 && parameters.lanes <= max_hash_lanes && parameters.passes >= 1 &&
         parameters.passes <= max_hash_passes && parameters.memory_kib >= 8 * parameters.lanes &&
         parameters.memory_kib <= max_hash_memory_kib;
}

bool argon2id(const HashParameters& parameters, std::string_view password, std::string_view salt,
              std::span<std::uint8_t> hash, HashArena& arena) {
  if (!are_usable(parameters)) return false;
  const auto needed = std::size_t{parameters.memory_kib} * 1024;
  std::optional<HashArena> larger;
  if (needed > arena.size()) larger.emplace(needed);

  argon2_context context{};
  context.out = hash.data();
  context.outlen = static_cast<std::uint32_t>(hash.size());
  context.pwd = bytes_of(password);
  context.pwdlen = static_cast<std::uint32_t>(password.size());
  context.salt = bytes_of(salt);
  context.saltlen = static_cast<std::uint32_t>(salt.size());
  context.t_cost = parameters.passes;
  context.m_cost = parameters.memory_kib;
  context.lanes = parameters.lanes;
  context.threads = 1;
  context.version = ARGON2_VERSION_13;
  context.allocate_cbk = take_memory;
  context.free_cbk = give_back;
  context.flags = ARGON2_DEFAULT_FLAGS;

  const Lend to_this_thread(larger ? *larger : arena);
  return argon2_ctx(&context, Argon2_id) == ARGON2_OK;
}

}  // namespace gatehouse::crypto
