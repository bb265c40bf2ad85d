#include <troupe/transport/handshakes/peer_refusals.hpp>

#include <troupe/actor/node_events.hpp>
#include <troupe/base/printable.hpp>
#include <troupe/transport/peer/link_lives.hpp>
#include <utility>

namespace troupe::transport {

void PeerRefusals::on_rejected(PeerLink& link, const Rejected& rejected, TimePoint now) {
  using EndCause = EndedLives::Cause;
  const std::string text = printable(rejected.text);
  const bool has_left = rejected.code == ErrorCode::shutdown;
  std::string reason = (has_left ? "it has left: " : "it refused us: ") + text;
  if (rejected.code == ErrorCode::node_down) recall_lost(link);
  const std::uint64_t life = life_of(link).incarnation;
  const auto ended = parts_.ended.find(NodeIdentity{link.address(), life}.to_string());
  if (rejected.code == ErrorCode::node_unreachable) reason = text;
  if (rejected.code == ErrorCode::refused) parts_.reports.on_mismatch(link, text, now);
  if (has_left || rejected.code == ErrorCode::node_down) {
    const auto kind = has_left ? PeerReport::Kind::goodbye : PeerReport::Kind::told_down;
    if (parts_.reports.leave(link, life_of(link), kind, reason, now)) {
      return parts_.sessions.lose(link, reason, now);
    }
  }
  if (life != 0 && rejected.code == ErrorCode::node_down) on_own_end(link, life, text);
  if (life != 0 && !ended && (has_left || rejected.code == ErrorCode::node_down)) {
    return parts_.ends.declare_down(link, reason, has_left ? EndCause::left : EndCause::refuses_us);
  }
  const bool is_down = ended == EndCause::declared_down || ended == EndCause::lost;
  if (is_down) reason += " (this node has declared it down)";
  parts_.sessions.lose(link, reason, now);
}

/// A link that was forgotten knows again of the life that was given up at its address, which may be
/// the one that speaks there now.
void PeerRefusals::recall_lost(PeerLink& link) const {
  if (life_of(link).is_any()) return;
  const std::uint64_t lost = parts_.epochs.lost_life(link.address());
  if (lost != 0 && !parts_.ended.contains({link.address(), lost})) {
    link.know({lost, parts_.epochs.epoch(link.address())});
  }
}

/// This node is over for a life of another: that is said once for it, though both may have declared
/// each other down.
void PeerRefusals::on_own_end(PeerLink& link, std::uint64_t by, const std::string& text) {
  if (std::exchange(link.drive.refused_by, by) == by) return;
  const NodeIdentity life{link.address(), by};
  parts_.log.error("{} takes nothing from this node any more: {}", life.to_string(), text);
  parts_.actors.events().publish(DeclaredDown{life.address, by, text});
}

}  // namespace troupe::transport
