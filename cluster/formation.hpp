// Formation: how a node that is in no cluster comes into one. Pure.
//
//   looking    asks all seeds, each beat, what they are
//   joining    asks the members of the best cluster found to be let in, each beat the one that it
//              has not asked for longest: some may let in nobody for long
//   balloting  a listed seed, which found nobody in a cluster, asks the listed seeds for promises
//
// A cluster is formed with the promises of a majority of the listed seeds, one's own among them; it
// is never enough to have reached nobody, or that all were looking a moment ago. A promise is
// exclusive for [10 heartbeats] from when it was given, whatever ballot comes after; a ballot is
// won within half of that from when it was sent, or given up and released. A node that has promised
// itself gives way to a ballot of a lower identity. Owner only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <troupe/base/clock.hpp>
#include <troupe/base/random.hpp>
#include <troupe/cluster/messages.hpp>
#include <vector>

namespace troupe::cluster {

struct FormationSettings {
  /// Addresses "name@host:port" at which nodes are asked. Those that are listed may form a cluster.
  std::vector<std::string> seeds;
  /// How long a listed seed waits for the others before it asks for promises.
  Duration form_after = std::chrono::seconds(5);
};

class Formation {
 public:
  /// What is to be sent, to an address or to the one who asked.
  struct Sent {
    Identity to;  ///< Incarnation 0: whoever is there.
    Message message;
  };
  struct Step {
    std::vector<Sent> sent;
    bool has_formed = false;
  };

  Formation(FormationSettings settings, Identity self, Duration heartbeat, TimePoint now);

  /// Does what is due. To be called at next_time().
  [[nodiscard]] Step advance(const MemberRecord& mine, Random& random, TimePoint now);
  [[nodiscard]] TimePoint next_time() const noexcept { return next_; }

  void on_answer(const Identity& from, const Standing& standing, TimePoint now);
  /// `why` this one does not let it in.
  void on_busy(const Identity& from, std::string why, Duration retry_after, TimePoint now);
  /// Whether a member was asked within the last heartbeats to let this node in, and has not
  /// answered yet: it may have done so.
  [[nodiscard]] bool awaits_admission(TimePoint now) const;

  /// The promise, if it may be given.
  [[nodiscard]] std::optional<Promise> on_ballot(const Identity& from, const Ballot& ballot,
                                                 TimePoint now);
  void on_promise(const Identity& from, const Promise& promise, TimePoint now);

  /// The seed at this address has nothing to do with this node as the two are set up; until it
  /// answers, or has not said so for [30 heartbeats].
  void on_mismatch(const std::string& address, std::string why, TimePoint now);
  /// What those seeds say, where the others are no majority of the list: so this node can neither
  /// join whom these join, nor form a cluster. Empty else.
  [[nodiscard]] std::string mismatch(TimePoint now) const;

  [[nodiscard]] bool is_listed() const noexcept;
  /// What this node is, and what each seed has said last.
  [[nodiscard]] std::string told() const;
  [[nodiscard]] std::size_t majority() const noexcept { return settings_.seeds.size() / 2 + 1; }

 private:
  struct Answer {
    Identity identity;
    Standing standing;
    TimePoint at;
    TimePoint asked_at = TimePoint::min();  // To let this node in.
    bool is_asked = false;                  // And has not answered that.
  };
  struct Avoided {
    TimePoint until;
    std::string why;
  };
  struct GivenPromise {
    Identity to;
    std::uint64_t number = 0;
    TimePoint until;
  };

  [[nodiscard]] Answer* next_to_ask(TimePoint now);
  [[nodiscard]] bool may_ballot(TimePoint now) const;
  void begin_ballot(Step& step, TimePoint now);
  void end_ballot(Step& step, Random& random, TimePoint now);
  void send_to_seeds(Step& step, const Message& message) const;

  FormationSettings settings_;
  Identity self_;
  Duration heartbeat_;
  TimePoint next_;
  TimePoint next_look_;
  TimePoint ballot_allowed_;
  std::map<std::string, Answer> answers_;  // By address.
  std::map<std::string, Avoided> avoided_;
  std::map<std::string, Avoided> mismatched_;
  std::optional<GivenPromise> promise_;
  std::optional<std::uint64_t> ballot_;  // The number of one's own that is open.
  std::uint64_t ballot_number_ = 0;
  TimePoint ballot_sent_;
  std::set<std::string> promised_;
};

}  // namespace troupe::cluster
