// bench_storage: what durable mailboxes and persistent actors do each second on SQLite,
// beside the bare limit, which is measured in the same run: the same records through SQLite
// alone in groups of 1,024. Exit 1 where a bar is missed.
//
//   bench_storage [FOLDER]    where the files are made [/tmp]
//
// Messages and events have 256 bytes, but for those of the recovery, which have 8.
#include <sqlite3.h>
#include <stdlib.h>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <troupe/persistence/actors/journals.hpp>
#include <troupe/persistence/mailbox/mailboxes.hpp>
#include <troupe/persistence/persistent_actor.hpp>
#include <troupe/persistence/sqlite_storage.hpp>
#include <vector>

#include "measurement.hpp"

namespace bench {
namespace {

using namespace troupe;
using namespace std::chrono_literals;
using persistence::Durability;
using persistence::Storage;

constexpr int group = 1'024;
const std::string payload(256, 'x');

bool all_met = true;

/// `bar`: so many times the bare limit; `least`: so many a second, whatever that is.
void print(const char* name, double figure, double bare, double bar, double least) {
  const bool is_met = (bare == 0 || figure >= bar * bare) && figure >= least;
  all_met = all_met && is_met;
  std::printf("%-24s %10.0f /s", name, figure);
  if (bare != 0) std::printf("   bare %10.0f /s: %.2f, bar %.2f", bare, figure / bare, bar);
  if (least != 0) std::printf("   bar %.0f /s", least);
  std::printf("   %s\n", is_met ? "met" : "MISSED");
  std::fflush(stdout);
}

// The bare limit: SQLite alone.

class BareFile {
 public:
  BareFile(const std::string& path, bool is_full) {
    if (sqlite3_open(path.c_str(), &database_) != SQLITE_OK) fail("sqlite3_open");
    run("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA locking_mode = EXCLUSIVE;");
    run(is_full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    run("CREATE TABLE record(id INTEGER PRIMARY KEY, bytes BLOB)");
    insert_ = prepare("INSERT INTO record VALUES(?, ?)");
    remove_ = prepare("DELETE FROM record WHERE id = ?");
  }
  ~BareFile() {
    sqlite3_finalize(insert_);
    sqlite3_finalize(remove_);
    sqlite3_close(database_);
  }
  BareFile(const BareFile&) = delete;
  BareFile& operator=(const BareFile&) = delete;

  /// Records a second, each inserted and, if so, deleted again.
  double measure(int count, bool removes) {
    const Stopwatch watch;
    for (int first = 0; first < count; first += group) {
      run("BEGIN IMMEDIATE");
      for (int i = first; i < first + group; ++i) step(insert_, i, true);
      run("COMMIT");
      if (!removes) continue;
      run("BEGIN IMMEDIATE");
      for (int i = first; i < first + group; ++i) step(remove_, i, false);
      run("COMMIT");
    }
    return count / watch.seconds();
  }

 private:
  void run(const char* sql) {
    if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql);
  }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) != SQLITE_OK) fail(sql);
    return statement;
  }
  static void step(sqlite3_stmt* statement, int id, bool has_bytes) {
    sqlite3_bind_int(statement, 1, id);
    if (has_bytes) {
      sqlite3_bind_blob(statement, 2, payload.data(), static_cast<int>(payload.size()),
                        SQLITE_STATIC);
    }
    if (sqlite3_step(statement) != SQLITE_DONE) fail("sqlite3_step");
    sqlite3_reset(statement);
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* remove_ = nullptr;
};

// Durable mailboxes.

struct Parcel {
  static constexpr std::string_view wire_name = "bench.Parcel";
  std::string bytes;
};
struct Done {
  static constexpr std::string_view wire_name = "bench.Done";
  using Reply = long;
};

class Depot : public Actor {
 public:
  using Protocol = Accepts<Parcel, Done>;
  void on(const Parcel&) { ++handled_; }
  long on(Done) const { return handled_; }

 private:
  long handled_ = 0;
};

/// From tell to handled and settled.
double durable_tell(const std::shared_ptr<Storage>& storage, long count) {
  const auto mailboxes = persistence::mailboxes_on(storage, {.incarnation = 1, .wall_clock = {}});
  ActorSystem system("bench", {.mailboxes = mailboxes});
  const auto depot = system.spawn<Depot>("depot", with(durable_mailbox("parcels")));
  const Stopwatch watch;
  for (long i = 0; i < count; ++i) {
    depot.tell(Parcel{payload});
    // The most that may wait for storage is 100,000.
    if (i % 20'000 == 19'999) must_equal("handled", i + 1, depot.ask(Done{}, 1min).get().value());
  }
  must_equal("handled", count, depot.ask(Done{}, 1min).get().value());
  system.stop(depot);
  static_cast<void>(system.stopped(depot).get());
  mailboxes->flush(1min);
  return static_cast<double>(count) / watch.seconds();
}

// Persistent actors.

struct Added {
  static constexpr std::string_view wire_name = "bench.Added";
  std::string bytes;
};
struct Sum {
  static constexpr std::string_view wire_name = "bench.Sum";
  long events = 0;
  void apply(const Added&) { ++events; }
};
struct Add {
  std::string bytes;
};

class Ledger : public Persistent<Sum, Added> {
 public:
  using Protocol = Accepts<Add, Done>;
  explicit Ledger(const std::string& id)
      : Persistent(id, {.snapshot_every = 0, .snapshot_bytes = 0}) {}
  Task<> on(Add add) { return persist<Added>({std::move(add.bytes)}).then(); }
  long on(Done) const { return state().events; }
};

double journal(const std::shared_ptr<Storage>& storage, int actors, int events) {
  ActorSystem system("bench", {.journals = persistence::journals_on(storage, {.incarnation = 1}),
                               .recoveries_max = 1'000});
  std::vector<RefTo<Ledger>> ledgers;
  for (int i = 0; i < actors; ++i) {
    ledgers.push_back(system.spawn<Ledger>("", "ledger-" + std::to_string(i)));
    must_equal("events", 0, ledgers.back().ask(Done{}, 1min).get().value());
  }
  const Stopwatch watch;
  for (int event = 0; event < events; ++event) {
    for (const auto& ledger : ledgers) ledger.tell(Add{payload});
  }
  for (const auto& ledger : ledgers) {
    must_equal("events", events, ledger.ask(Done{}, 1min).get().value());
  }
  return static_cast<double>(actors) * events / watch.seconds();
}

long resident_bytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  long size = 0;
  long resident = 0;
  if (file == nullptr || std::fscanf(file, "%ld %ld", &size, &resident) != 2) fail("statm");
  std::fclose(file);
  return resident * 4'096;
}

template <class Request>
struct Waited : Request {
  void complete() noexcept override {
    is_answered = true;
    is_answered.notify_all();
  }
  std::atomic<bool> is_answered = false;
};

template <class Request>
void store(Storage& storage, Waited<Request>& request) {
  storage.submit(request);
  request.is_answered.wait(false);
  if (request.outcome != persistence::Stored::stored) fail(request.why);
}

void make_journal(Storage& storage, const std::string& key, std::uint64_t events) {
  constexpr std::uint64_t batch = 1'000;
  Waited<persistence::ClaimJournal> claim;
  claim.key = key;
  claim.incarnation = claim.instance = 1;
  store(storage, claim);
  const std::string record = persistence::record_of(Added{std::string(8, 'x')});
  for (std::uint64_t last = 0; last < events; last += batch) {
    Waited<persistence::AppendEvents> append;
    append.key = key;
    append.token = claim.token;
    append.number = last / batch + 1;
    append.expected = last;
    for (std::uint64_t i = 0; i < batch; ++i) append.events.add(record);
    append.releases = last + batch == events;
    store(storage, append);
  }
}

/// One actor with a million events.
void recovery(const std::shared_ptr<Storage>& storage) {
  constexpr int events = 1'000'000;
  make_journal(*storage, "long", events);
  const long before = resident_bytes();
  ActorSystem system("bench", {.journals = persistence::journals_on(storage, {.incarnation = 1})});
  const Stopwatch watch;
  const auto reader = system.spawn<Ledger>("reader", std::string("long"));
  must_equal("events", events, reader.ask(Done{}, 10min).get().value());
  print("recovery_sqlite", events / watch.seconds(), 0, 0, 1'000'000);
  const double mebibytes = static_cast<double>(resident_bytes() - before) / (1 << 20);
  std::printf("%-24s %10.1f MiB   bar 64 MiB   %s\n", "recovery_sqlite memory", mebibytes,
              mebibytes < 64 ? "met" : "MISSED");
  all_met = all_met && mebibytes < 64;
}

std::shared_ptr<Storage> open(const std::string& path, Durability durability) {
  return persistence::SqliteStorage::open({.path = path, .durability = durability},
                                          real_platform(LogLevel::warn))
      .value();
}

int measure_all(const std::string& parent) {
  std::string folder = parent + "/bench_storage_XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) fail("no folder at " + parent);
  constexpr int records = 200 * group;
  for (const bool is_full : {false, true}) {
    const std::string kind = is_full ? "full" : "normal";
    const int count = is_full ? records / 4 : records;
    const double bare = BareFile(folder + "/bare-" + kind, is_full).measure(count, false);
    const double ours =
        journal(open(folder + "/journal-" + kind, is_full ? Durability::full : Durability::normal),
                group, count / group);
    print(("journal_sqlite_" + kind).c_str(), ours, bare, 0.6, is_full ? 0 : 150'000);
  }
  const double bare = BareFile(folder + "/bare-queue", false).measure(records, true);
  print("durable_tell_sqlite", durable_tell(open(folder + "/queue", Durability::normal), records),
        bare, 0.6, 150'000);
  recovery(open(folder + "/recovery", Durability::normal));
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return all_met ? 0 : 1;
}

}  // namespace
}  // namespace bench

int main(int count, char** arguments) {
  return bench::measure_all(std::string(count > 1 ? arguments[1] : "/tmp"));
}
