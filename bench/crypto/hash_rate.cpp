// SPDX-License-Identifier: Apache-2.0
// Argon2id hashes a second of one thread alone, by libargon2 itself, in memory that is used again and again: what a
// hash worker could do if there were nothing else. Arguments: memory in KiB, passes, lanes, seconds.
#include <argon2.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <vector>

namespace {

// libargon2 asks for its memory by a plain function; this program has one hash at a time.
std::vector<std::uint8_t>& arena() {
  static std::vector<std::uint8_t> memory;
  return memory;
}

int take(std::uint8_t** memory, std::size_t bytes) {
  if (arena().size() < bytes) arena().resize(bytes);
  *memory = arena().data();
  return ARGON2_OK;
}

void give_back(std::uint8_t*, std::size_t) {}

bool hash_once(std::uint32_t kib, std::uint32_t passes, std::uint32_t lanes) {
  std::array<std::uint8_t, 32> out{};
  std::array<std::uint8_t, 16> salt{};
  std::array<std::uint8_t, 18> password{};
  argon2_context context{};
  context.out = out.data();
  context.outlen = out.size();
  context.pwd = password.data();
  context.pwdlen = password.size();
  context.salt = salt.data();
  context.saltlen = salt.size();
  context.t_cost = passes;
  context.m_cost = kib;
  context.lanes = lanes;
  context.threads = 1;
  context.version = ARGON2_VERSION_13;
  context.allocate_cbk = take;
  context.free_cbk = give_back;
  return argon2id_ctx(&context) == ARGON2_OK;
}

std::uint32_t argument(char** values, int index) {
  return static_cast<std::uint32_t>(std::strtoul(values[index], nullptr, 10));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "bench_hash_rate MEMORY_KIB PASSES LANES SECONDS\n";
    return 2;
  }
  using Clock = std::chrono::steady_clock;
  const std::chrono::duration<double> wanted(std::strtod(argv[4], nullptr));
  if (!hash_once(argument(argv, 1), argument(argv, 2), argument(argv, 3))) return 1;
  int hashes = 0;
  const auto begin = Clock::now();
  std::chrono::duration<double> passed{};
  while (passed < wanted || hashes == 0) {
    if (!hash_once(argument(argv, 1), argument(argv, 2), argument(argv, 3))) return 1;
    ++hashes;
    passed = Clock::now() - begin;
  }
  std::cout << "{\"hashes_per_second\":" << hashes / passed.count() << "}\n";
}
