// TargetIntake: what waits at the actors here from one peer, and which of them the peer is to hold,
// because too much waits there. Pure: what is told to the peer is the transport's.
//
//   waiting at an actor         not held                    held
//   reaches the limit           is held, by its name        this name, too, is held
//   falls to half of it         .                           is not held any more, by any name
//   was, after the limit,       .                           is refused
//   under way at the most
//
// Messages are weighed: each counts as its bytes, or as a share of the limit that lets no more than
// messages_max of them wait. Single actors are weighed only while much waits in all from the peer,
// so that others cost nothing: an actor may have up to limit / watch_share more than the limit.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <troupe/actor/ports/envelope.hpp>
#include <troupe/actor/ports/intake.hpp>
#include <troupe/transport/frame/frame.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::transport {

/// The I/O thread. Ends after all receipts.
class TargetIntake {
 public:
  static constexpr std::uint64_t watch_share = 4;
  /// Names of targets that are held at one time; an actor is held by two at most.
  static constexpr std::size_t held_names_max = 1'000;
  static constexpr std::size_t names_of_target_max = 2;

  /// What `bytes_max` and `messages_max` say is the limit; so many bytes and messages more may have
  /// been under way when the peer was told.
  struct Limits {
    std::uint64_t bytes_max;
    std::uint64_t messages_max;
    std::uint64_t under_way_bytes_max;
    std::uint64_t under_way_messages_max;
  };
  TargetIntake(const Limits& limits, runtime::RoomListener& listener) noexcept;

  /// Messages have come for an actor, which the peer named like this. None where too much waits:
  /// they are to be refused.
  [[nodiscard]] std::optional<runtime::Receipt> admit(runtime::ActorId actor, const Target& name,
                                                      std::uint64_t bytes, std::uint64_t count);

  /// Ends the holds of those that have room again, and forgets those where nothing waits.
  void look();

  /// Whether nothing waits: then no receipt will come back any more. I/O thread.
  [[nodiscard]] bool is_idle() const noexcept { return whole_.outstanding() == 0; }

  /// The peer is gone: nothing is held any more.
  void end_holds() noexcept;

  /// True once after what is held has changed.
  [[nodiscard]] bool take_news() noexcept { return std::exchange(has_news_, false); }
  /// Whether anything was ever held: then an old word about it may be all that the peer has heard.
  [[nodiscard]] bool has_held() const noexcept { return has_held_; }
  /// The actors that are held.
  [[nodiscard]] std::size_t held() const noexcept { return held_; }
  /// How many times an actor came to be held.
  [[nodiscard]] std::uint64_t holds() const noexcept { return holds_; }
  /// The names of what is held; valid until the next call.
  [[nodiscard]] std::vector<Target> names() const;

 private:
  struct Name {
    std::uint64_t actor;
    std::string path;
  };
  struct Entry {
    explicit Entry(runtime::RoomListener& listener, runtime::Intake& whole) noexcept
        : intake(listener, &whole) {}
    runtime::Intake intake;
    std::vector<Name> names;  ///< By which it is held; none where it is not.
  };

  void hold(Entry& entry, const Target& name);
  void release(Entry& entry) noexcept;

  const std::uint64_t weight_max_;
  const std::uint64_t message_weight_min_;
  const std::uint64_t refused_from_;
  runtime::RoomListener& listener_;
  runtime::Intake whole_;
  std::unordered_map<runtime::ActorId, std::unique_ptr<Entry>> entries_;
  std::size_t held_ = 0;
  std::size_t held_names_ = 0;
  std::uint64_t holds_ = 0;
  bool has_news_ = false;
  bool has_held_ = false;
};

}  // namespace troupe::transport
