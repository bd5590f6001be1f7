// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace gatehouse::load {

// Latencies in microseconds, kept in 32 steps an octave: a quantile is right within 3 %, and recording costs nothing.
class Histogram {
 public:
  void record(std::uint64_t microseconds) {
    ++counts_[index(microseconds)];
    ++total_;
    if (microseconds > max_) max_ = microseconds;
  }
  void add(const Histogram& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
    if (other.max_ > max_) max_ = other.max_;
  }

  std::uint64_t total() const { return total_; }
  std::uint64_t max() const { return max_; }
  // The upper end of the step that holds the q-quantile; 0 without samples.
  std::uint64_t quantile(double q) const {
    if (total_ == 0) return 0;
    auto rank = static_cast<std::uint64_t>(q * static_cast<double>(total_ - 1));
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (rank < counts_[i]) return upper(i) < max_ ? upper(i) : max_;
      rank -= counts_[i];
    }
    return max_;
  }

 private:
  static constexpr unsigned bits = 5;
  static constexpr std::size_t step = 1U << bits;

  static std::size_t index(std::uint64_t value) {
    if (value < step) return static_cast<std::size_t>(value);
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - bits - 1;
    const auto at = (shift + 1) * step + static_cast<std::size_t>((value >> shift) - step);
    return at < size ? at : size - 1;
  }
  static std::uint64_t upper(std::size_t at) {
    if (at < step) return at;
    const auto shift = at / step - 1;
    return ((step + at % step + 1) << shift) - 1;
  }

  static constexpr std::size_t size = 40 * step;
  std::array<std::uint64_t, size> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace gatehouse::load
