// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mutant.h"

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

// Writes as bytes in a file, for the mutants that keep one. Throws std::runtime_error where it ends too early.
namespace gatehouse::mutants {

class Output {
 public:
  void number(std::int64_t value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value)); }
  void text(const std::string& value) {
    number(static_cast<std::int64_t>(value.size()));
    bytes_ += value;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class Input {
 public:
  explicit Input(std::string bytes) : bytes_(std::move(bytes)) {}
  bool holds(std::size_t size) const { return bytes_.size() - at_ >= size; }
  std::int64_t number() {
    std::int64_t value = 0;
    if (!holds(sizeof(value))) throw std::runtime_error("the journal ends early");
    std::memcpy(&value, bytes_.data() + at_, sizeof(value));
    at_ += sizeof(value);
    return value;
  }
  std::string text() {
    const auto size = static_cast<std::size_t>(number());
    if (!holds(size)) throw std::runtime_error("the journal ends early");
    at_ += size;
    return bytes_.substr(at_ - size, size);
  }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

inline void put(Output& out, const Write& write) {
  out.number(write.op);
  out.number(write.kind);
  for (const auto* part : {&write.key.tenant, &write.key.partition, &write.key.id}) out.text(*part);
  out.number(write.expected);
  out.number(static_cast<std::int64_t>(write.values.size()));
  for (const Value& value : write.values) {
    out.number(value.type);
    out.number(value.i);
    out.text(value.s);
  }
}

inline Write take(Input& in) {
  Write write;
  write.op = static_cast<std::uint32_t>(in.number());
  write.kind = static_cast<std::uint32_t>(in.number());
  for (auto* part : {&write.key.tenant, &write.key.partition, &write.key.id}) *part = in.text();
  write.expected = in.number();
  write.values.resize(static_cast<std::size_t>(in.number()));
  for (Value& value : write.values) {
    value.type = static_cast<std::uint32_t>(in.number());
    value.i = in.number();
    value.s = in.text();
  }
  return write;
}

}  // namespace gatehouse::mutants
