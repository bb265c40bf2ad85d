#include <troupe/transport/lives/life_meetings.hpp>

#include <algorithm>
#include <troupe/actor/node_events.hpp>
#include <troupe/transport/identity/epoch_agreement.hpp>

namespace troupe::transport {

void LifeMeetings::meet(PeerLink& link, const PeerEpoch& life, TimePoint now) {
  const PeerEpoch before = link.life();
  if (before.is_any() && before.incarnation != life.incarnation) {
    std::string reason = "it was restarted";
    if (!link.drive.process.empty()) reason += ", and is now " + link.drive.process;
    parts_.sessions.leave(link, reason, now);
    // It is over here, member or not.
    static_cast<void>(parts_.reports.leave(link, before, PeerReport::Kind::restarted, reason, now));
    parts_.ends.end(link, before, reason, EndedLives::Cause::followed);
  }
  link.know(life);
  if (parts_.epochs.meet(link.address(), life.incarnation)) {
    tell_of_return(link, life.incarnation, now);
  }
}

void LifeMeetings::tell_of_return(const PeerLink& link, std::uint64_t incarnation, TimePoint now) {
  returned_.add();
  if (parts_.log.admits(LinkLog::Topic::links, now)) {
    parts_.log.info(
        "{} is there again: paths lead to its actors, refs and watches from before do not",
        NodeIdentity{link.address(), incarnation}.to_string());
  }
  parts_.actors.events().publish(NodeReturned{link.address(), incarnation});
}

void LifeMeetings::on_welcomed(PeerLink& link, const PeerEpoch& life, const Received& received) {
  parts_.losses.add(link.welcomed_by(life, received), StopReason::node_down);
}

bool LifeMeetings::begin_epoch(PeerLink& link, const PeerEpoch& next, TimePoint now) {
  if (next.epoch <= parts_.epochs.epoch(link.address())) return true;
  const PeerEpoch former = link.life();
  if (former.incarnation == next.incarnation && !link.is_over(former)) {
    constexpr std::string_view reason = "it had given this node up, and begins anew with it";
    parts_.sessions.leave(link, reason, now);
    // The other side holds nothing of it any more, member or not.
    static_cast<void>(
        parts_.reports.leave(link, former, PeerReport::Kind::begun_anew, reason, now));
    parts_.ends.end(link, former, reason, EndedLives::Cause::lost);
  }
  const NodeIdentity life{link.address(), next.incarnation};
  if (parts_.ended.contains(life)) return false;
  parts_.epochs.raise(life.address, next.epoch);
  parts_.table.end_life(life, next.epoch - 1);  // What refs have named while it was waited for.
  return true;
}

bool LifeMeetings::agree_on_epoch(PeerLink& link, const Welcome& welcome, TimePoint now) {
  const std::uint64_t said = link.drive.epoch_said;
  const std::uint64_t told = told_epoch(welcome.epoch, said);
  if (told <= last_epoch && !begin_epoch(link, {welcome.incarnation, told}, now)) {
    const NodeIdentity life{link.address(), welcome.incarnation};
    parts_.sessions.lose(link, parts_.handshake.why_over(life.to_string()), now);
    return false;
  }
  switch (transport::agree_on_epoch(said, told, parts_.epochs.epoch(link.address()))) {
    case EpochAgreement::agreed: return true;
    case EpochAgreement::say_again:
      if (is_trying(link.state())) {
        static_cast<void>(parts_.opener.say_hello(link, Lane::control));
      }
      break;
    case EpochAgreement::too_late:
      parts_.sessions.lose(
          link, "it has welcomed this node too late: another epoch has begun meanwhile", now);
      break;
    case EpochAgreement::impossible:
      parts_.sessions.lose(link, "it says an epoch that no two nodes come to", now);
      break;
  }
  return false;
}

std::optional<PeerEpoch> LifeMeetings::meet_behind(PeerLink& real, const Welcome& welcome,
                                                   TimePoint now) {
  const std::uint64_t before = parts_.epochs.epoch(real.address());
  const std::uint64_t told = told_epoch(welcome.epoch, before);
  if (told > last_epoch || !begin_epoch(real, {welcome.incarnation, told}, now)) return {};
  const PeerEpoch life{welcome.incarnation, std::max(told, before)};
  if (told == life.epoch) {
    real.drive.tells_epoch = welcome.epoch != 0;
    meet(real, life, now);
    on_welcomed(real, life, welcome.received);
  }
  return life;
}

}  // namespace troupe::transport
