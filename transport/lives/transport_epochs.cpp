// Transport's side of epochs: how two lives that have lost each other go on when they meet again.
//
// An end that nobody has ordered, as after down_after, is one of the pair's epoch: all that is held
// of the other life ends as with a restart of it, and so it does there once that life hears of the
// next epoch, in a hello or a welcome. They meet in it once both have said its number: a node that
// hears this one but is not heard by it does not come back. What belongs to an epoch goes on
// connections of sessions that were begun in it, so that whatever comes late on others is passed
// over and acknowledges nothing.
#include <algorithm>
#include <troupe/actor/node_events.hpp>
#include <troupe/transport/transport.hpp>

namespace troupe::transport {

/// Whether this end of a life is the last: it was ordered, or one of the two wants it so.
bool Transport::ends_for_good(const PeerLink& link, const PeerEpoch& life,
                              EndedLives::Cause cause) const {
  if (cause != EndedLives::Cause::lost && cause != EndedLives::Cause::silent) return true;
  if (link.is_over(life)) return false;
  const bool may_follow =
      link.drive.tells_epoch && life.epoch < last_epoch && life.incarnation == link.incarnation();
  return settings_.down_is_final || !may_follow;
}

/// The node at the link's address is in this epoch, or waits for it. What is held of it in a former
/// one ends. False where that was the last.
bool Transport::begin_epoch(PeerLink& link, const PeerEpoch& next, TimePoint now) {
  if (next.epoch <= epochs_.epoch(link.address())) return true;
  const PeerEpoch former = link.life();
  if (former.incarnation == next.incarnation && !link.is_over(former)) {
    constexpr std::string_view reason = "it had given this node up, and begins anew with it";
    leave_session(link, reason, now);
    end_life(link, former, reason, EndedLives::Cause::lost);
  }
  const NodeIdentity life{link.address(), next.incarnation};
  if (ended_.contains(life)) return false;
  epochs_.raise(life.address, next.epoch);
  table_.end_life(life, next.epoch - 1);  // What refs have named while it was waited for.
  return true;
}

/// Whether the session goes on in the epoch that was said in its hello. Where the other side is
/// further it has begun nothing yet, and another hello says so.
bool Transport::agree_on_epoch(PeerLink& link, const Welcome& welcome, TimePoint now) {
  const std::uint64_t said = link.drive.epoch_said;
  const std::uint64_t told = welcome.epoch != 0 ? welcome.epoch : said;
  if (told > last_epoch) {
    lose(link, "it says an epoch that no two nodes come to", now);
    return false;
  }
  if (!begin_epoch(link, {welcome.incarnation, told}, now)) {
    const NodeIdentity life{link.address(), welcome.incarnation};
    lose(link, handshake_.why_over(life.to_string()), now);
    return false;
  }
  const std::uint64_t ours = epochs_.epoch(link.address());
  if (said == ours && told == ours) return true;
  if (told <= said) {
    lose(link, "it has welcomed this node too late: another epoch has begun meanwhile", now);
  } else if (is_trying(link.state())) {
    static_cast<void>(opener_.say_hello(link, Lane::control));
  }
  return false;
}

/// The same for the real link of a node that has answered at another address, where another session
/// is begun in any case. Returns which life is there; none where that is over.
std::optional<PeerEpoch> Transport::epoch_behind(PeerLink& real, const Welcome& welcome,
                                                 TimePoint now) {
  const std::uint64_t before = epochs_.epoch(real.address());
  const std::uint64_t told = welcome.epoch != 0 ? welcome.epoch : before;
  if (told > last_epoch || !begin_epoch(real, {welcome.incarnation, told}, now)) return {};
  const PeerEpoch life{welcome.incarnation, std::max(told, before)};
  if (told == life.epoch) {
    real.drive.tells_epoch = welcome.epoch != 0;
    meet(real, life, now);
    take_welcome(real, life, welcome.received);
  }
  return life;
}

void Transport::tell_of_return(const PeerLink& link, std::uint64_t incarnation, TimePoint now) {
  lives_returned_.add();
  if (log_.admits(LinkLog::Topic::links, now)) {
    log_.info("{} is there again: paths lead to its actors, refs and watches from before do not",
              NodeIdentity{link.address(), incarnation}.to_string());
  }
  actors_.events().publish(NodeReturned{link.address(), incarnation});
}

}  // namespace troupe::transport
