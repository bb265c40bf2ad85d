// LinkWay: how a ref finds the link to its node. A link that nobody needs is forgotten and its
// memory is another address's next; whoever comes by an old way notices under the link's lock, and
// asks for the link that the address has now.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <troupe/actor/actor_path.hpp>
#include <troupe/base/check.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/hand_over.hpp>
#include <troupe/transport/link/numbered_use.hpp>
#include <troupe/wire/ref_port.hpp>
#include <utility>

namespace troupe::runtime {
class SystemAnchor;
}

namespace troupe::transport {

class LinkWay;
class PeerLink;

/// Of one node, and, when that and its system are gone and nobody uses any of its ways, of another
/// one; its memory outlives all ways. Any thread.
class LinkFinder : public wire::RefPort {
 public:
  /// The nodes that it is of, one after the other: who has not entered a way has to enter here.
  NumberedUse nodes;

  /// Which of them it is of.
  [[nodiscard]] std::uint64_t node() const noexcept { return nodes.number(); }

  /// Lets the way lead to the link of its address, which is made where there is none. Errors:
  /// `limit_reached`, `node_down` where the way is that of a life that is over, `shutdown`.
  [[nodiscard]] virtual std::optional<ErrorCode> find_anew(LinkWay& way) = 0;
  /// The same where its address has a link; false, and nothing happens, where it has none.
  [[nodiscard]] virtual bool find_known(LinkWay& way) = 0;
  /// A message that no link has taken: it is in the sum of the books.
  virtual void count_refused(ErrorCode reason) noexcept = 0;
  /// An order to end an actor, "stop" for example, that was not sent, as its ref's path is
  /// forgotten: the log says so.
  virtual void tell_of_lost_order(std::string_view order) noexcept = 0;
  /// Something that a life of a node has signalled is passed over: it is counted, and the log says
  /// so at a limited rate. `node`: its identity as text.
  virtual void note_passed_over(std::string_view node, std::string_view what) noexcept = 0;
  /// The path of another node's actor, as a ref to it has told that came here; none where none has.
  [[nodiscard]] virtual std::optional<std::string> path_told(const wire::RefParts& ref) const = 0;
  /// Of this node's system; null when it is gone.
  [[nodiscard]] virtual runtime::SystemAnchor* anchor() const noexcept = 0;

 protected:
  ~LinkFinder() override = default;
};

/// Any thread.
class LinkWay {
 public:
  /// Which of the lives of a link's memory is meant: one address's each.
  using Life = std::uint16_t;
  struct End {
    PeerLink* link;  ///< Null for none: who is the first to send something makes it.
    Life life;
  };
  static constexpr End nowhere{nullptr, 0};

  LinkWay(LinkFinder& finder, std::shared_ptr<const NodeAddress> address, End end) noexcept
      : finder_(finder), address_(std::move(address)), packed_(pack(end)) {}

  [[nodiscard]] End end() const noexcept {
    const std::uint64_t packed = packed_.load(std::memory_order_acquire);
    sees(&packed_);
    return {reinterpret_cast<PeerLink*>(packed & pointer_mask), static_cast<Life>(packed >> 48U)};
  }
  void lead_to(End end) noexcept {
    shows(&packed_);
    packed_.store(pack(end), std::memory_order_release);
  }

  [[nodiscard]] const NodeAddress& address() const noexcept { return *address_; }
  [[nodiscard]] LinkFinder& finder() const noexcept { return finder_; }

  /// The life of a node that this is the way to is over.
  void set_over() noexcept { is_over_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool is_over() const noexcept { return is_over_.load(std::memory_order_relaxed); }

 private:
  /// Processes have pointers of 48 bits at the most, unless they ask the kernel for more.
  static constexpr std::uint64_t pointer_mask = (std::uint64_t{1} << 48U) - 1;

  static std::uint64_t pack(End end) noexcept {
    const auto pointer = reinterpret_cast<std::uintptr_t>(end.link);
    TROUPE_CHECK((pointer & ~pointer_mask) == 0, "a pointer of more than 48 bits");
    return pointer | std::uint64_t{end.life} << 48U;
  }

  LinkFinder& finder_;
  const std::shared_ptr<const NodeAddress> address_;
  std::atomic<std::uint64_t> packed_;
  std::atomic<bool> is_over_{false};
};

}  // namespace troupe::transport
