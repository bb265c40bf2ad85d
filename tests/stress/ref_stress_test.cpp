// Races refs that are old: to actors whose cells serve others by now, in systems that begin and end
// meanwhile. A message may reach the actor it was meant for, or nobody, and never another.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <mutex>
#include <thread>
#include <troupe/actor/actor_system.hpp>

#include "stress.hpp"

namespace troupe {
namespace {

using namespace std::chrono_literals;

struct Who {
  using Reply = unsigned;
  unsigned expected;
};
struct Hello {
  unsigned expected;
};
struct Look {
  static constexpr bool local_message = true;
  AnyRef at;
};

/// Refs with the number of the actor that each was given for.
class Book {
 public:
  explicit Book(std::uint64_t seed) : random(seed) {}

  struct Entry {
    AnyRef ref;
    unsigned number = 0;
  };

  [[nodiscard]] Entry any() {
    const std::lock_guard lock(mutex_);
    return entries_[random.below(entries_.size())];
  }
  void keep(Entry entry) {
    const std::lock_guard lock(mutex_);
    entries_[random.below(entries_.size())] = entry;
  }

  Random random;
  std::atomic<unsigned> next_number{1};
  std::atomic<std::uint64_t> answered{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> mistaken{0};   ///< Messages that came to another actor.
  std::atomic<std::uint64_t> surprises{0};  ///< Terminated of an actor that was not watched.

 private:
  std::mutex mutex_;
  std::array<Entry, 64> entries_{};
};

class Numbered : public Actor {
 public:
  using Protocol = Accepts<Who, Hello, Look>;
  Numbered(Book* book, unsigned number) : book_(book), number_(number) {}
  unsigned on(Who who) {
    check(who.expected);
    return number_;
  }
  void on(Hello hello) {
    check(hello.expected);
    const Book::Entry other = book_->any();
    if (book_->random.below(3) != 0) other.ref.tell(Hello{other.number});
  }
  void on(Look look) {
    watch(look.at);
    watched_.push_back(look.at);
  }
  void on(Terminated gone) {
    if (std::erase(watched_, gone.ref) == 0) ++book_->surprises;
  }

 private:
  void check(unsigned expected) {
    if (expected != number_) ++book_->mistaken;
  }

  Book* book_;
  unsigned number_;
  std::vector<AnyRef> watched_;
};

SpawnOptions some_options(Random& random) {
  switch (random.below(4)) {
    case 0: return with(bounded(8, Overflow::drop_oldest));
    case 1: return with(bounded(8, Overflow::reject));
    case 2: return with(blocking());
    default: return {};
  }
}

/// One system's life: actors come and go, and the system ends with some of them alive.
void live(Book& book) {
  ActorSystem system("short", {.workers = 1, .shutdown_timeout = 120s},
                     real_platform(LogLevel::off));
  for (unsigned i = 0; i < 200; ++i) {
    const unsigned number = book.next_number++;
    auto actor = system.spawn<Numbered>("", some_options(book.random), &book, number);
    book.keep({actor, number});
    const Book::Entry other = book.any();
    actor.tell(Look{other.ref});
    actor.tell(Hello{number});
    if (book.random.below(2) == 0) system.stop(book.any().ref);
    if (book.random.below(2) == 0) system.stop(actor);
  }
  const ShutdownReport report = system.shutdown();
  for (const std::string& path : report.unfinished) ADD_FAILURE() << path << " did not end";
}

/// Uses refs from outside of all systems.
void use(Book& book, const std::atomic<bool>& over) {
  while (!over) {
    const Book::Entry entry = book.any();
    entry.ref.tell(Hello{entry.number});
    const auto start = std::chrono::steady_clock::now();
    const Result<unsigned> answer = entry.ref.ask(Who{entry.number}, 60s).get();
    if (answer.ok()) {
      ++book.answered;
      if (*answer != entry.number) ++book.mistaken;
    } else {
      ++book.refused;
      EXPECT_NE(answer.error().code(), ErrorCode::timeout);
      EXPECT_LT(std::chrono::steady_clock::now() - start, 50s);
    }
    EXPECT_FALSE(entry.ref.path().empty());
  }
}

TEST(RefStress, OldRefsReachNobodyElse) {
  Book book(stress::seed());
  std::atomic<bool> over{false};
  std::vector<std::thread> users;
  for (int i = 0; i < 2; ++i) users.emplace_back([&] { use(book, over); });
  const unsigned rounds = stress::rounds(40, 150);
  std::vector<std::thread> systems;
  for (int i = 0; i < 2; ++i) {
    systems.emplace_back([&] {
      for (unsigned round = 0; round < rounds; ++round) live(book);
    });
  }

  for (std::thread& thread : systems) thread.join();
  over = true;
  for (std::thread& thread : users) thread.join();

  EXPECT_EQ(book.mistaken, 0U);
  EXPECT_EQ(book.surprises, 0U);
  EXPECT_GT(book.answered, 0U);
  EXPECT_GT(book.refused, 0U);
}

}  // namespace
}  // namespace troupe
