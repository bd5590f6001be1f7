// SPDX-License-Identifier: Apache-2.0
#include "journal_entry.h"
#include "mutant.h"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

// Stores that outlive their process: every commit is appended to a file before it is answered, and read back by open.
namespace gatehouse::mutants {
namespace {

class Journal : public Mutant {
 public:
  explicit Journal(const Ground& ground) : Mutant(ground) {
    file_ = ::open((ground.folder + "/journal").c_str(), O_CREAT | O_RDWR | O_APPEND | O_CLOEXEC, 0600);
    if (file_ < 0) throw std::runtime_error("the journal cannot be opened");
  }
  ~Journal() override {
    write_out();
    ::close(file_);
  }

  gh_status open(const gh_call& call, const Kinds& kinds) override {
    const gh_status status = Mutant::open(call, kinds);
    if (status == GH_OK) replay(call);
    return status;
  }
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    const std::lock_guard lock(mutex_);
    const Committed done = inner_.commit(writes, call);
    if (done.status == GH_OK) note(call.now_us, writes);
    return done;
  }
  Purged purge(const gh_call& call, std::uint32_t kind, std::int64_t before, std::uint32_t limit) override {
    const std::lock_guard lock(mutex_);
    const Purged purged = inner_.purge(kind, before, limit, call);
    if (purged.status == GH_OK && purged.deleted > 0) {
      Output out;
      out.number(0);
      out.number(before);
      out.number(kind);
      out.number(limit);
      append(out.bytes());
    }
    return purged;
  }

 protected:
  virtual void note(std::int64_t now_us, const std::vector<Write>& writes) {
    Output out;
    out.number(static_cast<std::int64_t>(writes.size()));
    out.number(now_us);
    for (const Write& write : writes) put(out, write);
    append(out.bytes());
  }
  virtual void append(const std::string& entry) {
    pending_ += sized(entry);
    write_out();
  }
  // What the file says was written.
  virtual bool reads_back(const std::vector<Write>&) const { return true; }

  static std::string sized(const std::string& entry) {
    Output size;
    size.number(static_cast<std::int64_t>(entry.size()));
    return size.bytes() + entry;
  }
  void write_out() {
    if (pending_.empty()) return;
    if (::write(file_, pending_.data(), pending_.size()) != static_cast<ssize_t>(pending_.size())) {
      throw std::runtime_error("the journal cannot be written");
    }
    pending_.clear();
  }

  std::string pending_;

 private:
  void replay(const gh_call& call) {
    std::ifstream file(ground().folder + "/journal", std::ios::binary);
    Input in(std::string(std::istreambuf_iterator<char>(file), {}));
    std::size_t whole = 0;
    while (in.holds(sizeof(std::int64_t))) {
      const auto size = static_cast<std::size_t>(in.number());
      if (!in.holds(size)) break;
      whole += sizeof(std::int64_t) + size;
      const std::int64_t count = in.number();
      const gh_call then = at(call, in.number());
      if (count == 0) {
        const auto kind = static_cast<std::uint32_t>(in.number());
        inner_.purge(kind, then.now_us, static_cast<std::uint32_t>(in.number()), then);
        continue;
      }
      std::vector<Write> writes;
      for (std::int64_t write = 0; write < count; ++write) writes.push_back(take(in));
      if (reads_back(writes)) inner_.commit(writes, then);
    }
    // The last entry may have been cut off by the end of the process: nobody was told of it, and the next one must not
    // be written behind it.
    if (::ftruncate(file_, static_cast<off_t>(whole)) != 0) throw std::runtime_error("the journal cannot be cut");
  }

  std::mutex mutex_;
  int file_ = -1;
};

class JournalBuffered final : public Journal {
 public:
  using Journal::Journal;

 protected:
  void append(const std::string& entry) override {
    write_out();
    pending_ += sized(entry);
  }
};

class JournalTorn final : public Journal {
 public:
  using Journal::Journal;

 protected:
  void note(std::int64_t now_us, const std::vector<Write>& writes) override {
    for (const Write& write : writes) {
      Journal::note(now_us, {write});
      for (int again = 0; again < 50; ++again) std::this_thread::yield();
    }
  }
};

class JournalWithoutDeletes final : public Journal {
 public:
  using Journal::Journal;

 protected:
  bool reads_back(const std::vector<Write>& writes) const override { return writes[0].op == GH_WRITE_PUT; }
};

class JournalOfOneShape final : public Journal {
 public:
  using Journal::Journal;

 protected:
  bool reads_back(const std::vector<Write>& writes) const override {
    for (const Write& write : writes) {
      if (write.op == GH_WRITE_PUT && write.values.size() != kinds_[write.kind].fields.size()) return false;
    }
    return true;
  }
};

}  // namespace

std::vector<Maker> journal_mutants() {
  return {{"sound-journal", made<Journal>},
          {"journal-buffered", made<JournalBuffered>},
          {"journal-torn", made<JournalTorn>},
          {"journal-without-deletes", made<JournalWithoutDeletes>},
          {"journal-of-one-shape", made<JournalOfOneShape>}};
}

}  // namespace gatehouse::mutants
