// SPDX-License-Identifier: Apache-2.0
#include "base/log_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <barrier>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace gatehouse {
namespace {

using testing::HasSubstr;

// The two ends of a pipe; the log writes into one, the test reads the other.
class Pipe {
 public:
  Pipe() {
    if (pipe2(ends_.data(), O_CLOEXEC) != 0) ADD_FAILURE() << "no pipe";
  }
  ~Pipe() {
    close_reader();
    close_writer();
  }
  int writer() const { return ends_[1]; }
  void close_reader() { close_end(0); }
  void close_writer() { close_end(1); }

  // What is there now.
  std::string drain() {
    fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    return read_all();
  }
  // Everything until the writing end is closed.
  std::string read_all() {
    std::string all;
    std::array<char, 4096> buffer;
    for (ssize_t n = 0; (n = read(ends_[0], buffer.data(), buffer.size())) > 0;) {
      all.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return all;
  }

 private:
  void close_end(std::size_t i) {
    if (ends_[i] >= 0) close(ends_[i]);
    ends_[i] = -1;
  }
  std::array<int, 2> ends_{-1, -1};
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    if (end == std::string::npos) break;
    at = end + 1;
  }
  return lines;
}

class JsonLogTest : public testing::Test {
 protected:
  LogOptions options(std::size_t pending = 1024 * 1024) {
    return {.level = LogLevel::Info, .style = LogStyle::Json, .fd = pipe_.writer(), .max_pending_bytes = pending};
  }
  Pipe pipe_;
  SystemClock clock_;
};

TEST_F(JsonLogTest, WritesAtOnceWhileItHasNoThread) {
  JsonLog log(options(), clock_);
  log.info("before start");
  EXPECT_THAT(pipe_.drain(), HasSubstr("before start"));
}

TEST_F(JsonLogTest, StopWritesWhatWasWaiting) {
  JsonLog log(options(), clock_);
  log.start();
  for (int i = 0; i < 100; ++i) log.info("line", {{"i", std::int64_t{i}}});
  log.stop();
  log.info("after stop");
  EXPECT_EQ(lines_of(pipe_.drain()).size(), 101U);
}

TEST_F(JsonLogTest, FlushReturnsWhenEarlierLinesAreOut) {
  JsonLog log(options(), clock_);
  log.start();
  log.info("first");
  log.flush();
  EXPECT_THAT(pipe_.drain(), HasSubstr("first"));
}

TEST_F(JsonLogTest, LinesBelowTheLevelAreNotWritten) {
  JsonLog log(options(), clock_);
  log.debug("hidden");
  log.set_level(LogLevel::Error);
  log.warn("hidden too");
  log.error("shown");
  EXPECT_EQ(lines_of(pipe_.drain()).size(), 1U);
}

TEST_F(JsonLogTest, TheLevelChangesWhileItRuns) {
  JsonLog log(options(), clock_);
  log.start();
  log.set_level(LogLevel::Debug);
  log.debug("now seen");
  log.flush();
  EXPECT_THAT(pipe_.drain(), HasSubstr("now seen"));
}

TEST_F(JsonLogTest, NoCallerWaitsForAReaderThatHasStoppedAndLossesAreTold) {
  constexpr int lines = 20'000;  // far more than the pipe and the buffer hold
  JsonLog log(options(64 * 1024), clock_);
  log.start();
  for (int i = 0; i < lines; ++i) log.info("flood", {{"i", std::int64_t{i}}});
  const auto dropped = log.dropped();
  EXPECT_GT(dropped, 0U);

  std::string text;
  std::thread reader([&] { text = pipe_.read_all(); });
  log.stop();
  pipe_.close_writer();
  reader.join();
  std::uint64_t seen = 0;
  std::uint64_t told = 0;
  for (const auto& line : lines_of(text)) {
    const auto parsed = nlohmann::json::parse(line);
    if (parsed["event"] == "flood") ++seen;
    if (parsed["event"] == "log lines dropped") told += parsed["count"].get<std::uint64_t>();
  }
  EXPECT_EQ(seen + dropped, static_cast<std::uint64_t>(lines));
  EXPECT_EQ(told, dropped);
}

TEST_F(JsonLogTest, AReaderThatIsGoneEndsNothing) {
  JsonLog log(options(), clock_);
  log.start();
  pipe_.close_reader();
  log.error("nobody reads this");
  log.flush();
  log.stop();
}

TEST_F(JsonLogTest, LinesOfManyThreadsAreWholeAndAllThere) {
  constexpr int threads = 8;
  constexpr int each = 500;
  JsonLog log(options(8 * 1024 * 1024), clock_);
  log.start();
  std::string text;
  std::thread reader([&] { text = pipe_.read_all(); });
  std::barrier start(threads);
  std::vector<std::thread> writers;
  for (int t = 0; t < threads; ++t) {
    writers.emplace_back([&, t] {
      start.arrive_and_wait();
      for (int i = 0; i < each; ++i) log.info("work", {{"thread", std::int64_t{t}}, {"i", std::int64_t{i}}});
    });
  }
  for (auto& writer : writers) writer.join();
  log.stop();
  pipe_.close_writer();
  reader.join();

  std::array<std::int64_t, threads> next{};
  const auto lines = lines_of(text);
  ASSERT_EQ(lines.size(), static_cast<std::size_t>(threads * each));
  for (const auto& line : lines) {
    const auto parsed = nlohmann::json::parse(line);
    EXPECT_EQ(parsed["i"], next[parsed["thread"].get<std::size_t>()]++);
  }
}

}  // namespace
}  // namespace gatehouse
