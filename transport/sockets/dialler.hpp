// Dialler: finds for each link that is dialled an address that answers: looks the host's name up,
// tries its addresses, and says what became of it. ZeroMQ, which would do all that in the one
// thread that serves every link, and ends the process over some answers, is given what has
// answered. Dials that wait cost nothing until something happens to them. How many addresses are
// being tried at a time is limited, so that many that never answer do not take all file
// descriptors: one more waits until the one that was begun first has had its time. Who is dialled
// again after a dial in vain makes way for who is not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <troupe/actor/actor_path.hpp>
#include <troupe/base/deadline_heap.hpp>
#include <troupe/base/resolver.hpp>
#include <troupe/transport/sockets/dial_plan.hpp>
#include <troupe/transport/sockets/event_poll.hpp>
#include <troupe/transport/sockets/numeric_address.hpp>
#include <troupe/transport/sockets/probe_socket.hpp>
#include <troupe/transport/sockets/wrong_addresses.hpp>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace troupe::transport {

class PeerLink;

/// I/O thread only. The poll outlives it. Links are only named here, by their addresses.
class Dialler {
 public:
  struct Outcome {
    PeerLink* link;
    std::optional<NumericAddress> address;  ///< That answered.
    std::string reason = {};                ///< Without any: why.
    bool own_lack = false;                  ///< Without any: this process is the cause.
    bool refused = false;                   ///< Without any: each has refused the connection.
  };

  /// What an address that is being tried has at least, where others wait for its place.
  static constexpr Duration place_time = std::chrono::seconds(1);

  struct Limits {
    Duration time;            ///< For one dial.
    std::size_t at_once_max;  ///< Addresses that are being tried at a time; each has a descriptor.
  };

  /// `wake` is called on any thread where advance() has something to go on with.
  Dialler(EventPoll& poll, Resolver::LookUp look_up, std::function<void()> wake, Limits limits);
  ~Dialler();
  Dialler(const Dialler&) = delete;
  Dialler& operator=(const Dialler&) = delete;

  /// Begins to dial for a link, in place of what it was dialled at before. `again`: after a dial in
  /// vain.
  void dial(PeerLink& link, const NodeAddress& address, bool again, TimePoint now);
  /// The link has no use for an outcome any more.
  void forget(const PeerLink& link);
  /// Who answered for the node at `wrong` is somebody else: the next dial of that node begins with
  /// another address of its host, if it has any.
  void note_wrong(const NodeAddress& node, const NumericAddress& wrong);

  /// Whether what the poll told of is the dialler's: it is to be passed to touch().
  [[nodiscard]] static bool is_own(EventPoll::Source source) noexcept {
    return (source & probe_mark) != 0;
  }
  void touch(EventPoll::Source source);

  /// Goes on with what can be gone on with. Costs nothing where there is no such thing.
  void advance(TimePoint now);
  /// The next outcome, if there is one.
  [[nodiscard]] std::optional<Outcome> take();
  /// When advance() must be called at the latest, if the poll does not wake its thread before.
  [[nodiscard]] TimePoint next_deadline() const;

 private:
  static constexpr EventPoll::Source probe_mark = EventPoll::Source{1} << 62U;

  struct Dial : Deadline {
    Dial(std::uint64_t name, PeerLink& whose, std::string whom, bool is_again, DialPlan how)
        : number(name),
          link(&whose),
          node(std::move(whom)),
          again(is_again),
          plan(std::move(how)) {}

    std::uint64_t number;
    PeerLink* link;
    std::string node;
    bool again;
    DialPlan plan;
    NumericAddress address = {};  // That is tried, or waits for a place.
    bool waits = false;           // For a place.
    bool has_waited = false;
    TimePoint since{};  // It waits, or is tried.
    std::unique_ptr<ProbeSocket> probe = nullptr;
    std::optional<Outcome> outcome = std::nullopt;
  };

  /// What is being tried, or was.
  struct Tried {
    std::uint64_t number;
    TimePoint since;
  };

  [[nodiscard]] Dial* find(std::uint64_t number);
  [[nodiscard]] bool is_held_up(const Dial& dial, TimePoint now) const;
  void follow(Dial& dial, DialPlan::Step step, TimePoint now);
  void look_up(const Dial& dial);
  void end_look_up(const Dial& dial);
  void wait_for_place(Dial& dial, NumericAddress address, TimePoint now);
  void give_places(TimePoint now);
  void give_places_to(std::deque<std::uint64_t>& waiting, TimePoint now);
  [[nodiscard]] bool oldest_goes(TimePoint now);
  [[nodiscard]] bool one_again_goes(TimePoint now);
  [[nodiscard]] bool is_tried(const Tried& one);
  [[nodiscard]] DialPlan::Step connect(Dial& dial, TimePoint now);
  void end_probe(Dial& dial) noexcept;
  void end(Dial& dial, Outcome outcome);
  void take_answers(TimePoint now);
  void look_at_probe(Dial& dial, TimePoint now);

  EventPoll& poll_;
  Resolver resolver_;
  const Limits limits_;
  WrongAddresses wrong_;
  std::uint64_t numbers_ = 0;
  std::unordered_map<std::uint64_t, Dial> dials_;  // Until their outcomes are taken.
  std::unordered_map<const PeerLink*, std::uint64_t> of_links_;
  std::unordered_map<std::string, std::unordered_set<std::uint64_t>> looking_up_;  // By host.
  DeadlineHeap deadlines_;
  // For a place; with some that do not wait any more.
  std::deque<std::uint64_t> waiting_;
  std::deque<std::uint64_t> waiting_again_;
  std::deque<Tried> tried_;  // The oldest first; with some that are over.
  std::size_t probes_ = 0;
  std::vector<std::uint64_t> touched_;
  std::deque<std::uint64_t> ended_;
};

}  // namespace troupe::transport
