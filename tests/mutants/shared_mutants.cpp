// SPDX-License-Identifier: Apache-2.0
#include "journal_entry.h"
#include "mutant.h"

#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

// Stores that any number of instances share, in one process or many: each keeps what it holds in memory, and all of
// them write what they do to the end of one file. Whoever is at it locks the file and first does what the others have
// written since.
namespace gatehouse::mutants {
namespace {

class Shared : public Mutant {
 public:
  explicit Shared(const Ground& ground) : Shared(ground, "shared") {}
  ~Shared() override { ::close(file_); }

  gh_status open(const gh_call& call, const Kinds& kinds) override {
    const gh_status status = Mutant::open(call, kinds);
    return status == GH_OK ? alone([&] { return follow(), status; }) : status;
  }
  Got get(const gh_call& call, std::uint32_t kind, const Key& key) override {
    return alone([&] { return follow(), inner_.get(kind, key, call); });
  }
  Page find(const gh_call& call, const Query& query) override {
    return alone([&] { return follow(), inner_.find(query, call); });
  }
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    return alone([&] { return follow(), commit_here(call, writes); });
  }
  Purged purge(const gh_call& call, std::uint32_t kind, std::int64_t before, std::uint32_t limit) override {
    return alone([&] {
      follow();
      const Purged purged = inner_.purge(kind, before, limit, call);
      if (purged.status != GH_OK || purged.deleted == 0) return purged;
      Output out;
      for (const std::int64_t part : {std::int64_t{0}, before, std::int64_t{kind}, std::int64_t{limit}}) {
        out.number(part);
      }
      append(out.bytes());
      return purged;
    });
  }

 protected:
  Shared(const Ground& ground, const std::string& name) : Mutant(ground) {
    file_ = ::open((ground.folder + "/" + name).c_str(), O_CREAT | O_RDWR | O_APPEND | O_CLOEXEC, 0600);
    if (file_ < 0) throw std::runtime_error("the journal cannot be opened");
  }

  virtual void lock() { ::flock(file_, LOCK_EX); }
  virtual void unlock() { ::flock(file_, LOCK_UN); }
  // What another instance has written.
  virtual bool follows(const std::vector<Write>&) const { return true; }
  virtual void append(const std::string& entry) {
    Output size;
    size.number(static_cast<std::int64_t>(entry.size()));
    const std::string bytes = size.bytes() + entry;
    if (::write(file_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
      throw std::runtime_error("the journal cannot be written");
    }
    at_ += static_cast<off_t>(bytes.size());
  }

  template <class Body>
  std::invoke_result_t<const Body&> alone(const Body& body) {
    const std::lock_guard guard(mutex_);
    lock();
    struct Unlock {
      Shared& self;
      ~Unlock() { self.unlock(); }
    } const unlocked{*this};
    return body();
  }

  Committed commit_here(const gh_call& call, const std::vector<Write>& writes) {
    const Committed done = inner_.commit(writes, call);
    if (done.status != GH_OK) return done;
    Output out;
    out.number(static_cast<std::int64_t>(writes.size()));
    out.number(call.now_us);
    for (const Write& write : writes) put(out, write);
    append(out.bytes());
    return done;
  }

  // Whatever the time of the call that comes by: what was written happened.
  void follow() {
    const off_t end = ::lseek(file_, 0, SEEK_END);
    if (end <= at_) return;
    std::string bytes(static_cast<std::size_t>(end - at_), '\0');
    if (::pread(file_, bytes.data(), bytes.size(), at_) != static_cast<ssize_t>(bytes.size())) {
      throw std::runtime_error("the journal cannot be read");
    }
    Input in(std::move(bytes));
    while (in.holds(sizeof(std::int64_t))) {
      const auto size = in.number();
      if (!in.holds(static_cast<std::size_t>(size))) break;
      redo(in);
      at_ += static_cast<off_t>(sizeof(size)) + size;
    }
    // Cut off by the end of a process, which nobody was told of: whoever holds the lock takes it away.
    if (at_ < end && ::ftruncate(file_, at_) != 0) throw std::runtime_error("the journal cannot be mended");
  }

  void redo(Input& in) {
    const std::int64_t count = in.number();
    const std::int64_t then = in.number();
    if (count == 0) {
      const auto kind = static_cast<std::uint32_t>(in.number());
      inner_.purge(kind, then, static_cast<std::uint32_t>(in.number()));
      return;
    }
    std::vector<Write> writes;
    for (std::int64_t write = 0; write < count; ++write) writes.push_back(take(in));
    if (follows(writes)) inner_.commit(writes, then);
  }

  int file_ = -1;
  std::mutex mutex_;

 private:
  off_t at_ = 0;  // where what this instance has not done yet begins
};

class GetCached final : public Shared {
 public:
  using Shared::Shared;
  Got get(const gh_call& call, std::uint32_t kind, const Key& key) override { return Mutant::get(call, kind, key); }
};

class FindCached final : public Shared {
 public:
  using Shared::Shared;
  Page find(const gh_call& call, const Query& query) override { return Mutant::find(call, query); }
};

class DeletesMissed final : public Shared {
 public:
  using Shared::Shared;

 protected:
  bool follows(const std::vector<Write>& writes) const override { return writes[0].op == GH_WRITE_PUT; }
};

class PurgesAlone final : public Shared {
 public:
  using Shared::Shared;
  Purged purge(const gh_call& call, std::uint32_t kind, std::int64_t before, std::uint32_t limit) override {
    return alone([&] { return follow(), inner_.purge(kind, before, limit, call); });
  }
};

class CommitsAlone final : public Shared {
 public:
  using Shared::Shared;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    return alone([&] { return commit_here(call, writes); });
  }
};

// As SQLITE_BUSY whose answer nobody looks at.
class BusyIsOk final : public Shared {
 public:
  using Shared::Shared;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    const std::lock_guard guard(mutex_);
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) return {};
    follow();
    const Committed done = commit_here(call, writes);
    std::this_thread::yield();
    unlock();
    return done;
  }
};

// A lock of fcntl belongs to the process: two instances in one both have it.
class LocksOfTheProcess final : public Shared {
 public:
  using Shared::Shared;

 protected:
  void lock() override { set(F_WRLCK); }
  void unlock() override { set(F_UNLCK); }
  void append(const std::string& entry) override {
    std::this_thread::yield();
    Shared::append(entry);
  }

 private:
  void set(short type) const {
    struct flock range {};
    range.l_type = type;
    range.l_whence = SEEK_SET;
    ::fcntl(file_, F_SETLKW, &range);
  }
};

class SharedByTheProcess final : public Shared {
 public:
  explicit SharedByTheProcess(const Ground& ground) : Shared(ground, "shared-" + std::to_string(::getpid())) {}
};

}  // namespace

std::vector<Maker> shared_mutants() {
  return {{"sound-shared", made<Shared>},
          {"shared-get-cached", made<GetCached>},
          {"shared-find-cached", made<FindCached>},
          {"shared-deletes-missed", made<DeletesMissed>},
          {"shared-purges-alone", made<PurgesAlone>},
          {"shared-commits-alone", made<CommitsAlone>},
          {"shared-busy-is-ok", made<BusyIsOk>},
          {"shared-locks-of-the-process", made<LocksOfTheProcess>},
          {"shared-by-the-process", made<SharedByTheProcess>}};
}

}  // namespace gatehouse::mutants
