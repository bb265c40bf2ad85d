// How a Membership and its peers come to know the same.
#include <algorithm>
#include <troupe/cluster/membership.hpp>
#include <troupe/cluster/planted_bugs.hpp>
#include <utility>

namespace troupe::cluster {
namespace {

constexpr int exchange_heartbeats = 30;

bool is_between_members(const Message& message) {
  return !std::holds_alternative<Look>(message) && !std::holds_alternative<LookAnswer>(message) &&
         !std::holds_alternative<Join>(message) && !std::holds_alternative<Admit>(message) &&
         !std::holds_alternative<Busy>(message) && !std::holds_alternative<Refuse>(message) &&
         !std::holds_alternative<Ballot>(message) && !std::holds_alternative<Promise>(message) &&
         !std::holds_alternative<Dissolve>(message);
}

}  // namespace

void Membership::receive(const Envelope& envelope, TimePoint now) {
  if (ended_ || envelope.from == self_) return;
  notice_pause(now);
  const Identity& from = envelope.from;
  if (settings_.by_table && !is_between_members(envelope.message)) {
    return refuse_gossip(from, envelope.message);
  }
  if (const auto* told = std::get_if<Admit>(&envelope.message)) {
    return on_admit(envelope, *told, now);
  }
  if (is_between_members(envelope.message)) {
    if (!is_member_) return answer_before_joining(envelope);
    if (envelope.cluster != cluster_ && settings_.by_table) return;
    if (envelope.cluster != cluster_) return send(from, Look{standing()});
    const MemberRecord* sender = table_.find(from);
    const bool is_gone =
        table_.is_removed(from) || (sender != nullptr && sender->rank >= Rank::down);
    if (std::holds_alternative<ToldDown>(envelope.message)) return hear_voice(from, now);
    if (is_gone) return send(from, ToldDown{});
  }
  answer(from, envelope.message, now);
}

void Membership::answer(const Identity& from, const Message& message, TimePoint now) {
  if (const auto* ping = std::get_if<Ping>(&message)) {
    absorb(ping->gossip, from, now);
    if (!ended_) send(from, Pong{ping->number, gossip_for(peer_of(from), beat_news_bytes_max)});
  } else if (const auto* pong = std::get_if<Pong>(&message)) {
    on_pong(from, pong->number, now);
    absorb(pong->gossip, from, now);
  } else if (const auto* tell = std::get_if<Tell>(&message)) {
    absorb(tell->gossip, from, now);
  } else if (const auto* request = std::get_if<ProbeRequest>(&message)) {
    on_probe_request(from, *request, now);
  } else if (const auto* result = std::get_if<ProbeResult>(&message)) {
    on_probe_result(*result);
  } else if (const auto* echoed = std::get_if<EchoRequest>(&message)) {
    on_echo_request(from, *echoed, now);
  } else if (const auto* vouched = std::get_if<EchoResult>(&message)) {
    on_echo_result(*vouched, now);
  } else if (const auto* begin = std::get_if<SyncBegin>(&message)) {
    SyncPage page;
    page.skip = table_.differences(begin->bucket_digests, begin->skip, page_bytes_max, page.news);
    send(from, std::move(page));
  } else if (const auto* page = std::get_if<SyncPage>(&message)) {
    absorb(page->news, from, now);
    if (page->skip != 0 && !ended_) send(from, SyncBegin{table_.bucket_digests(), page->skip});
  } else if (const auto* look = std::get_if<Look>(&message)) {
    send(from, LookAnswer{standing()});
    on_standing(from, look->mine, now);
  } else if (const auto* seen = std::get_if<LookAnswer>(&message)) {
    on_standing(from, seen->mine, now);
  } else if (const auto* dissolve = std::get_if<Dissolve>(&message)) {
    on_standing(from, dissolve->other, now);
  } else if (const auto* join = std::get_if<Join>(&message)) {
    on_join(from, *join, now);
  } else if (is_member_) {
    return;
  } else if (const auto* busy = std::get_if<Busy>(&message)) {
    formation_->on_busy(from, "lets nobody in at present", busy->retry_after, now);
  } else if (const auto* refuse = std::get_if<Refuse>(&message)) {
    if (refuse->code == Refusal::removed) return condemn(now);
    refusal_ = from.address + ": " + refuse->reason;
    if (refuse->code == Refusal::other_authority) {
      formation_->on_mismatch(from.address, refuse->reason, now);
    }
    formation_->on_busy(from, refuse->reason, 10 * times_.heartbeat, now);
  } else if (const auto* ballot = std::get_if<Ballot>(&message)) {
    if (const auto promise = formation_->on_ballot(from, *ballot, now)) send(from, *promise);
  } else if (const auto* promise = std::get_if<Promise>(&message)) {
    formation_->on_promise(from, *promise, now);
    wake_at(now);
  }
}

Peer& Membership::peer_of(const Identity& identity) {
  if (table_.find(identity) != nullptr) return peers_[identity];
  return stranger_ = Peer();
}

Gossip Membership::gossip_for(Peer& peer, std::size_t bytes_max) {
  Gossip gossip;
  gossip.view_digest = table_.view_digest();
  gossip.table_digest = table_.table_digest();
  gossip.health = static_cast<std::uint8_t>(health_);
  gossip.settled = settled_;
  gossip.since = peer.acked;
  gossip.until = table_.changes_since(peer.acked, bytes_max, gossip.news, peer.same);
  gossip.echo = peer.held;
  peer.sent = std::max(peer.sent, gossip.until);
  peer.is_owed_echo = false;
  return gossip;
}

void Membership::absorb(const Gossip& gossip, const Identity& from, TimePoint now) {
  if (gossip.settled) settled_ = true;
  absorb(gossip.news, from, now);
  if (ended_) return;
  Peer& peer = peer_of(from);
  if (gossip.echo < peer.acked || gossip.echo == 0) peer.same = 0;
  peer.acked = gossip.echo;  // Less than before where the peer has forgotten all.
  if (gossip.since <= peer.held && gossip.until > peer.held) {
    peer.held = gossip.until;
    peer.is_owed_echo = true;
    gather_at_ = std::min(gather_at_, later(now, times_.gather));
    wake_at(gather_at_);
  }
  // News are judged by what this node knows of itself after them, so the digests are compared last.
  if (gossip.table_digest != table_.table_digest()) {
    compare_digests(from, peer, now);
  } else {
    peer.differs_since = TimePoint::max();
    peer.same = table_.version();  // So that two who meet need not tell each other all.
  }
}

void Membership::compare_digests(const Identity& from, Peer& peer, TimePoint now) {
  if (peer.differs_since == TimePoint::max()) peer.differs_since = now;
  if (now - peer.differs_since < 2 * times_.heartbeat) return;
  peer.differs_since = now;
  send(from, SyncBegin{table_.bucket_digests(), 0});
}

void Membership::absorb(const News& news, const Identity& from, TimePoint now) {
  if (settings_.by_table) return absorb_by_table(news, now);
  const std::uint64_t before = table_.version();
  for (const Tombstone& tombstone : news.tombstones) {
    if (tombstone.identity_hash != self_.hash()) {
      table_.merge(tombstone, now);
    } else {
      hear_voice(from, now);
    }
    if (ended_) return;
  }
  for (const MemberRecord& record : news.records) {
    if (record.identity == self_ && record.rank >= Rank::down) {
      hear_voice(from, now);
      if (ended_) return;
      continue;
    }
    if (planted(Bug::drops_unknown_members) && !table_.find(record.identity)) continue;
    table_.merge(record, now);
  }
  for (const Observation& observation : news.observations) {
    table_.merge(observation);
    if (observation.subject == self_) refute(observation, now);
  }
  if (table_.version() != before) wake_at(now);
}

void Membership::refute(const Observation& observation, TimePoint now) {
  if (!observation.accuses || observation.subject_refutation < mine().refutation) return;
  MemberRecord record = mine();
  record.refutation = observation.subject_refutation + 1;
  table_.merge(record, now);
  health_ = std::min(7U, health_ + 1);
}

void Membership::hear_voice(const Identity& from, TimePoint now) {
  if (settings_.by_table) {
    is_behind_ = true;
    return wake_at(now);
  }
  const MemberRecord* speaker = table_.find(from);
  if (exiting_since_) return end(End::left, now);  // The others are done with it.
  if (speaker == nullptr || !speaker->is_confirmed_up()) return;
  voices_[from] = now;
  std::size_t up = 0;
  std::size_t saying = 0;
  for (const auto& [identity, kept] : table_.records()) {
    if (!kept.record.is_confirmed_up()) continue;
    ++up;
    if (voices_.contains(identity)) ++saying;
  }
  if (2 * saying > up || planted(Bug::believes_one_voice)) condemn(now);
}

void Membership::beat(TimePoint now) {
  if (now >= next_beat_) {
    next_beat_ = later(now, times_.heartbeat);
    bool is_clean = true;
    for (auto& [identity, peer] : peers_) {
      if (peer.is_watched) {
        send(identity, Ping{++number_, gossip_for(peer, beat_news_bytes_max)});
        is_clean &= now - peer.last_heard < 2 * times_.heartbeat;
      } else if (tells_all_ && peer.acked < table_.version()) {
        send(identity, Tell{gossip_for(peer, beat_news_bytes_max)});
      }
    }
    if (tells_all_) ask_for_echoes(now);
    if (is_clean && health_ > 0) --health_;
    std::erase_if(voices_,
                  [&](const auto& voice) { return now - voice.second > 2 * times_.silence_max; });
  }
  wake_at(next_beat_);
  if (now < next_exchange_) return wake_at(next_exchange_);
  const auto pause = exchange_heartbeats * times_.heartbeat;
  next_exchange_ = later(
      now, Duration(static_cast<Duration::rep>(static_cast<double>(pause.count()) * times_.scale)));
  if (rings_.size() <= WatchRings::ring_count + 1) return wake_at(next_exchange_);
  auto partner = rings_.members().begin();
  std::advance(partner, static_cast<std::ptrdiff_t>(random_.below(rings_.size())));
  if (*partner != self_) send(*partner, SyncBegin{table_.bucket_digests(), 0});
  wake_at(next_exchange_);
}

void Membership::spread_news(TimePoint now) {
  bool has_news = false;
  for (auto& [identity, peer] : peers_) {
    has_news |= peer.is_owed_echo || (peer.sent < table_.version() &&
                                      (peer.is_watched || peer.is_watching || tells_all_));
  }
  if (!has_news) {
    gather_at_ = TimePoint::max();
    return;
  }
  if (gather_at_ == TimePoint::max()) gather_at_ = later(now, times_.gather);
  if (now < gather_at_) return wake_at(gather_at_);
  gather_at_ = TimePoint::max();
  for (auto& [identity, peer] : peers_) {
    const bool is_told = peer.is_watched || peer.is_watching || tells_all_;
    if (peer.is_owed_echo || (is_told && peer.sent < table_.version())) {
      send(identity, Tell{gossip_for(peer, beat_news_bytes_max)});
    }
  }
  bool has_more = std::ranges::any_of(peers_, [&](const auto& entry) {
    const Peer& peer = entry.second;
    return (peer.is_watched || peer.is_watching || tells_all_) && peer.sent < table_.version();
  });
  if (has_more) wake_at(later(now, times_.heartbeat));
}

}  // namespace troupe::cluster
