// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/abi.h>
#include <gatehouse/sdk/call.hpp>

#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace gatehouse::sdk {

// How a call went and, where it is not GH_OK, one sentence for the operator's log: what is wrong and what to do about
// it, never a secret.
//   return GH_NOT_FOUND;
//   return {GH_UNAVAILABLE, "cannot connect to /run/redis.sock: permission denied; add the server's user to group
//   redis"};
class [[nodiscard]] Status {
 public:
  Status() noexcept = default;
  Status(gh_status code) noexcept : code_(code) {}  // NOLINT(google-explicit-constructor)
  Status(gh_status code, std::string sentence) noexcept : code_(code), sentence_(std::move(sentence)) {}

  bool ok() const noexcept { return code_ == GH_OK; }
  gh_status code() const noexcept { return code_; }
  const std::string& sentence() const noexcept { return sentence_; }

 private:
  gh_status code_ = GH_OK;
  std::string sentence_;
};

// Throw it from anywhere inside a call to end the call with a status.
class StatusError : public std::runtime_error {
 public:
  StatusError(gh_status code, const std::string& sentence) : std::runtime_error(sentence), code_(code) {}
  gh_status code() const noexcept { return code_; }

 private:
  gh_status code_;
};

namespace detail {

// The fence: nothing unwinds across the C edge. Out of memory is GH_UNAVAILABLE, which promises that nothing happened:
// a plugin's write functions therefore allocate before they change anything.
template <class Body>
gh_status guarded(const gh_call* call, Body&& body) noexcept {
  const Call wrapped(*call);
  try {
    const Status status = body(wrapped);
    if (!status.sentence().empty()) wrapped.explain(status.sentence());
    return status.code();
  } catch (const std::bad_alloc&) {
    wrapped.explain("out of memory");
    return GH_UNAVAILABLE;
  } catch (const StatusError& error) {
    wrapped.explain(error.what());
    return error.code();
  } catch (const std::exception& error) {
    wrapped.explain(error.what());
    return GH_INTERNAL;
  } catch (...) {
    wrapped.explain("an exception of an unknown type");
    return GH_INTERNAL;
  }
}

}  // namespace detail
}  // namespace gatehouse::sdk
