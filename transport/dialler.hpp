// Dialler: finds for each link that is dialled an address that answers: looks the host's name up,
// tries its addresses, and says what became of it. ZeroMQ, which would do all that in the one
// thread that serves every link, and ends the process over some answers, is given what has
// answered.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <troupe/actor/actor_path.hpp>
#include <troupe/transport/dial_plan.hpp>
#include <troupe/transport/probe_socket.hpp>
#include <troupe/transport/resolver.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::transport {

class EventPoll;
class PeerLink;

/// I/O thread only. The poll outlives it.
class Dialler {
 public:
  struct Outcome {
    PeerLink* link;
    std::optional<NumericAddress> address;  ///< That answered.
    std::string reason = {};                ///< Without any: why.
    bool own_lack = false;                  ///< Without any: this process is the cause.
  };

  /// `wake` is called on any thread where advance() has something to go on with; `time` is what one
  /// dial may take.
  Dialler(EventPoll& poll, Resolver::LookUp look_up, std::function<void()> wake, Duration time);
  ~Dialler();
  Dialler(const Dialler&) = delete;
  Dialler& operator=(const Dialler&) = delete;

  /// Begins to dial for a link, in place of what it was dialled at before.
  void dial(PeerLink& link, const NodeAddress& address, TimePoint now);
  /// The link has no use for an outcome any more.
  void forget(const PeerLink& link);

  /// Goes on with what can be gone on with. The outcomes since the last call.
  [[nodiscard]] std::vector<Outcome> advance(TimePoint now);
  /// When advance() must be called at the latest, if the poll does not wake its thread before.
  [[nodiscard]] TimePoint next_deadline() const;

 private:
  struct Dial {
    DialPlan plan;
    std::unique_ptr<ProbeSocket> probe = nullptr;
  };
  using Dials = std::unordered_map<PeerLink*, Dial>;

  void follow(PeerLink& link, Dial& dial, DialPlan::Step step, TimePoint now);
  void end_probe(Dial& dial) noexcept;
  void take_answers(TimePoint now);

  EventPoll& poll_;
  Resolver resolver_;
  const Duration time_;
  Dials dials_;
  std::vector<Outcome> outcomes_;
};

}  // namespace troupe::transport
