// SPDX-License-Identifier: Apache-2.0
#include "crypto/password_hash.h"

#include "base/clock.h"
#include "base/metrics.h"
#include "base/random.h"
#include "crypto/argon2id.h"
#include "crypto/bcrypt.h"
#include "crypto/phc_string.h"

#include <array>
#include <chrono>
#include <exception>
#include <span>
#include <stdexcept>

namespace gatehouse::crypto {
namespace {

constexpr std::size_t salt_size = 16;
constexpr std::size_t hash_size = 32;

Error failed(std::string_view why) { return {Code::Internal, std::string(why), {}, {}}; }

Histogram& durations(MetricRegistry& metrics, std::string algorithm) {
  return metrics.histogram("gatehouse_password_hash_duration_seconds", "Time one password hash took.",
                           {{"algorithm", std::move(algorithm)}});
}

// Observes how long it lived, when there is somewhere to tell.
class Timer {
 public:
  Timer(const Clock* clock, Histogram* seconds) : clock_(clock), seconds_(seconds) {
    if (clock_ != nullptr) begun_ = clock_->steady();
  }
  ~Timer() {
    if (clock_ != nullptr) seconds_->observe(std::chrono::duration<double>(clock_->steady() - begun_).count());
  }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  const Clock* clock_;
  Histogram* seconds_;
  Steady begun_{};
};

}  // namespace

PasswordHash::PasswordHash(HashParameters parameters, Random& random) : parameters_(parameters), random_(random) {
  if (!are_usable(parameters)) throw std::invalid_argument("Argon2id cannot run with these hash parameters");
}

PasswordHash::PasswordHash(HashParameters parameters, Random& random, const Clock& clock, MetricRegistry& metrics)
    : PasswordHash(parameters, random) {
  clock_ = &clock;
  argon2id_seconds_ = &durations(metrics, "argon2id");
  bcrypt_seconds_ = &durations(metrics, "bcrypt");
}

bool PasswordHash::timed_argon2id(const HashParameters& parameters, std::string_view password, std::string_view salt,
                                  std::string& hash, HashArena& arena) const {
  const Timer timer(clock_, argon2id_seconds_);
  return argon2id(parameters, password, salt, std::span(reinterpret_cast<std::uint8_t*>(hash.data()), hash.size()),
                  arena);
}

Result<std::string> PasswordHash::make(const Secret<std::string>& password, HashArena& arena) const {
  if (password.reveal().size() > max_password_bytes) return failed("password too long to be hashed");
  std::array<std::uint8_t, salt_size> salt{};
  if (!random_.fill(salt)) return failed("no randomness for a salt");
  Argon2idString parts{parameters_, std::string(salt.begin(), salt.end()), std::string(hash_size, '\0')};
  try {
    if (!timed_argon2id(parameters_, password.reveal(), parts.salt, parts.hash, arena))
      return failed("argon2id failed");
  } catch (const std::bad_alloc&) {
    return failed("no memory to hash a password in");
  }
  return encode_phc(parts);
}

Verified PasswordHash::verify(const Secret<std::string>& password, std::string_view stored,
                              HashArena& arena) const noexcept {
  try {
    return verify_or_throw(password, stored, arena);
  } catch (const std::exception&) {
    return {};
  }
}

Verified PasswordHash::verify_or_throw(const Secret<std::string>& password, std::string_view stored,
                                       HashArena& arena) const {
  const auto& text = password.reveal();
  if (text.size() > max_password_bytes) return {};

  if (is_bcrypt(stored) && bcrypt_can_hash(text)) {
    const Timer timer(clock_, bcrypt_seconds_);
    const bool matches = bcrypt_matches(text, stored, arena);
    return {matches, matches};
  }

  const auto parts = decode_phc(stored);
  if (!parts) {
    dummy(password, arena);
    return {};
  }
  std::string hash(parts->hash.size(), '\0');
  const bool matches =
      timed_argon2id(parts->parameters, text, parts->salt, hash, arena) && constant_time_equal(hash, parts->hash);
  wipe(hash.data(), hash.size());
  const bool as_today =
      parts->parameters == parameters_ && parts->salt.size() == salt_size && parts->hash.size() == hash_size;
  return {matches, matches && !as_today};
}

void PasswordHash::dummy(const Secret<std::string>& password, HashArena& arena) const noexcept {
  if (password.reveal().size() > max_password_bytes) return;
  try {
    std::string hash(hash_size, '\0');
    timed_argon2id(parameters_, password.reveal(), std::string(salt_size, '\0'), hash, arena);
    wipe(hash.data(), hash.size());
  } catch (const std::exception&) {
    // No memory: then there is none for known users either.
    return;
  }
}

}  // namespace gatehouse::crypto
