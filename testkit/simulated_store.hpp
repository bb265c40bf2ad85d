// SimulatedStore: storage in virtual time that fails as a server or a disk can. What it answers
// `unknown` was carried out, or not, or will be later; what it loses, and when, comes from a seed.
//
//   SimulatedStore store({.seed = 42, .lost = 0.05});
//   const auto connection = store.connect();                 // what one node has of it
//   TestSystem system({.actors = {.mailboxes = persistence::mailboxes_on(connection, ...)}});
//   store.run_in(system.world());
//   store.set_away(true);
//   system.run_for(1min);                                    // nothing is lost by that
//   store.set_away(false);
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <troupe/base/random.hpp>
#include <troupe/persistence/memory_storage.hpp>
#include <troupe/persistence/storage.hpp>
#include <troupe/testkit/stepped_world.hpp>
#include <vector>

namespace troupe::testkit {

/// The three shares are of all operations, 0 to 1, and together at most 1.
struct SimulatedStoreSettings {
  std::uint64_t seed = 1;
  /// The longest that an operation takes. Those for one name are answered in their order.
  Duration latency_max = std::chrono::milliseconds(2);
  double refused = 0;  ///< Not carried out, and answered `unavailable`.
  double lost = 0;     ///< Writes of which the answer is lost, `unknown`; half of them were done.
  double late = 0;     ///< Writes that are `unknown`, and done up to `late_max` later.
  Duration late_max = std::chrono::seconds(5);
  /// The last writes that fail_over() can lose: for each a copy of the whole is kept.
  std::size_t copies = 0;
  persistence::StorageLimits limits = {};
};

/// For the thread that steps the world, and outlives the connections. Any number of lives of nodes,
/// one after the other or at a time, have connections to it; what they hold of it is in the store.
class SimulatedStore final : public EventSource {
 public:
  class Connection;

  explicit SimulatedStore(SimulatedStoreSettings settings = {});
  ~SimulatedStore();
  SimulatedStore(const SimulatedStore&) = delete;
  SimulatedStore& operator=(const SimulatedStore&) = delete;

  /// One more connection, for one life of a node.
  [[nodiscard]] std::shared_ptr<Connection> connect();

  /// From now on its time is that of `world`, which is stepped, and which forgets this source when
  /// it ends, or is told to. Call it before anything is asked of the store; again where a later
  /// life has a world of its own, once the connections of the one before are cut. What was late
  /// then is late there.
  void run_in(SteppedWorld& world);

  /// From now on these are the shares and the latency of what is to come. The seed and the limits
  /// stay as they were.
  void set_faults(const SimulatedStoreSettings& settings);

  /// Nobody reaches it: what is under way is `unknown`, done or not, what comes is `unavailable`.
  void set_away(bool is_away);
  /// The process of the store ends, and begins anew: what has been answered is there, what is under
  /// way is `unknown` and was done or not, what was to be done late is not.
  void restart();
  /// Another one takes over, which lacks the last `writes` that were done, whether they were
  /// answered or not; at most SimulatedStoreSettings::copies, and no more than there were.
  void fail_over(std::size_t writes);

  /// What it has of a queue at this moment; empty where there is no such queue.
  [[nodiscard]] persistence::QueueState queue(const std::string& name);
  /// Operations that are under way, or that are to be done late.
  [[nodiscard]] std::size_t waiting() const noexcept { return events_.size(); }
  /// How often each fault was met: refused, lost, late, cut off.
  struct Faults {
    std::uint64_t refused = 0;
    std::uint64_t lost = 0;
    std::uint64_t late = 0;
    std::uint64_t cut = 0;
  };
  [[nodiscard]] const Faults& faults() const noexcept { return faults_; }

  // EventSource.
  [[nodiscard]] TimePoint next() const override;
  void advance(TimePoint now) override;

 private:
  enum class Fate : std::uint8_t { done, refused, lost, late };
  /// A copy of a write, which nobody waits for.
  using Write = std::function<void(persistence::MemoryStorage&)>;
  /// An operation that is under way, or a write that is to be done late.
  struct Event {
    std::shared_ptr<Connection> from = {};
    persistence::Operation* operation = nullptr;
    Fate fate = Fate::done;
    Write late = {};
  };

  void take(const std::shared_ptr<Connection>& from, persistence::Operation& operation);
  [[nodiscard]] Fate fate_of(const persistence::Operation& operation);
  [[nodiscard]] static Write copy_of(persistence::Operation& operation);
  void happen(Event event, TimePoint now);
  void carry_out(persistence::Operation& operation);
  void carry_out(const Write& write);
  void lose(persistence::Operation& operation);
  void note_write();
  /// Everything of `from`, or of all where that is null, ends now, by chance done or not.
  void cut(const Connection* from);
  void use(std::unique_ptr<persistence::MemoryStorage> storage);
  [[nodiscard]] Duration up_to(Duration longest);

  SimulatedStoreSettings settings_;
  Random random_;
  SteppedWorld* world_ = nullptr;
  std::unique_ptr<persistence::MemoryStorage> storage_;
  std::deque<std::unique_ptr<persistence::MemoryStorage>> before_;  // The last of its writes.
  std::vector<std::weak_ptr<Connection>> connections_;
  std::set<std::uint64_t> gone_;               // The incarnations of those that were cut.
  std::map<std::string, TimePoint> answered_;  // The last answer for each name that is under way.
  std::multimap<TimePoint, Event> events_;
  Faults faults_;
  bool is_away_ = false;
};

/// What one life of a node has of a store.
class SimulatedStore::Connection final : public persistence::Storage,
                                         public std::enable_shared_from_this<Connection> {
 public:
  /// Of SimulatedStore.
  explicit Connection(SimulatedStore& store) : store_(store) {}
  ~Connection() override = default;

  /// The node is killed: what it has under way is done or not, and nothing more of it comes. The
  /// store knows from then on that its owners are gone, as from a lease that has run out.
  void cut();

  void on_append(std::function<void(std::string_view queue)> wake) override;
  /// What is under way is done or not: nobody steps the world while this waits.
  void close(Duration timeout) override;
  [[nodiscard]] persistence::StorageCounts counts() const override;
  [[nodiscard]] const persistence::StorageLimits& limits() const noexcept override;

 private:
  friend class SimulatedStore;
  void take(persistence::Operation& operation) override;

  SimulatedStore& store_;
  std::function<void(std::string_view)> wake_;
  bool is_cut_ = false;
  bool is_closed_ = false;
  std::uint64_t incarnation_ = 0;  // Of its claims; 0 before the first.
};

}  // namespace troupe::testkit
