#include <troupe/cluster/formation.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

namespace troupe::cluster {
namespace {

constexpr int promise_heartbeats = 10;
constexpr int mismatch_heartbeats = 30;
constexpr int answer_heartbeats = 3;  // An answer that is older says nothing any more.

}  // namespace

Formation::Formation(FormationSettings settings, Identity self, Duration heartbeat, TimePoint now)
    : settings_(std::move(settings)),
      self_(std::move(self)),
      heartbeat_(heartbeat),
      next_(now),
      next_look_(now),
      ballot_allowed_(later(now, settings_.form_after)) {}

bool Formation::is_listed() const noexcept {
  return std::ranges::find(settings_.seeds, self_.address) != settings_.seeds.end();
}

void Formation::send_to_seeds(Step& step, const Message& message) const {
  for (const std::string& seed : settings_.seeds) {
    if (seed == self_.address) continue;
    const Identity to{seed, 0};
    step.sent.push_back({to, message});
  }
}

Formation::Step Formation::advance(const MemberRecord& mine, Random& random, TimePoint now) {
  Step step;
  if (now >= next_look_) {
    next_look_ = later(now, heartbeat_);
    if (Answer* asked = next_to_ask(now)) {
      if (ballot_) end_ballot(step, random, now);
      asked->asked_at = now;
      asked->is_asked = true;
      step.sent.push_back({asked->identity, Join{mine}});
    } else if (!ballot_ && may_ballot(now)) {
      begin_ballot(step, now);
    }
    send_to_seeds(step, Look{});
  }
  if (ballot_) {
    const bool in_time = now - ballot_sent_ < promise_heartbeats / 2 * heartbeat_;
    if (in_time && promised_.size() >= majority()) {
      step.has_formed = true;
    } else if (now - ballot_sent_ >= 2 * heartbeat_) {
      end_ballot(step, random, now);
    }
  }
  next_ = next_look_;
  return step;
}

/// Of the best cluster of which somebody may be asked.
Formation::Answer* Formation::next_to_ask(TimePoint now) {
  std::erase_if(answers_, [&](const auto& entry) {
    return now - entry.second.at > answer_heartbeats * heartbeat_;
  });
  std::erase_if(avoided_, [&](const auto& entry) { return entry.second.until <= now; });
  std::vector<Answer*> open;
  for (auto& [address, answer] : answers_) {
    if (answer.standing.is_member && !avoided_.contains(address)) open.push_back(&answer);
  }
  if (open.empty()) return nullptr;
  const auto merit = [](const Answer* answer) {
    return std::tuple(answer->standing.settled, answer->standing.size);
  };
  const std::uint64_t best = (*std::ranges::max_element(open, {}, merit))->standing.cluster;
  std::erase_if(open, [&](const Answer* answer) { return answer->standing.cluster != best; });
  return *std::ranges::min_element(open, [](const Answer* a, const Answer* b) {
    return std::tuple(a->asked_at, b->at) < std::tuple(b->asked_at, a->at);
  });
}

bool Formation::may_ballot(TimePoint now) const {
  if (!is_listed()) return false;
  if (promise_ && promise_->until > now && promise_->to != self_) return false;
  const bool anybody_is_member = std::ranges::any_of(
      answers_, [](const auto& entry) { return entry.second.standing.is_member; });
  if (anybody_is_member) return false;
  if (now >= ballot_allowed_) return true;
  return std::ranges::all_of(settings_.seeds, [&](const std::string& seed) {
    if (seed == self_.address) return true;
    const auto answer = answers_.find(seed);
    return answer != answers_.end() && self_ < answer->second.identity;
  });
}

void Formation::begin_ballot(Step& step, TimePoint now) {
  ballot_ = ++ballot_number_;
  ballot_sent_ = now;
  promised_ = {self_.address};
  promise_ = GivenPromise{self_, *ballot_, later(now, promise_heartbeats * heartbeat_)};
  send_to_seeds(step, Ballot{*ballot_, false});
}

void Formation::end_ballot(Step& step, Random& random, TimePoint now) {
  send_to_seeds(step, Ballot{*ballot_, true});
  ballot_.reset();
  promised_.clear();
  if (promise_ && promise_->to == self_) promise_.reset();
  const auto pause = static_cast<std::uint64_t>(4 * heartbeat_.count());
  ballot_allowed_ = later(now, Duration(static_cast<Duration::rep>(random.below(pause))));
}

void Formation::on_answer(const Identity& from, const Standing& standing, TimePoint now) {
  Answer& answer = answers_[from.address];
  answer.identity = from;
  answer.standing = standing;
  answer.at = now;
  mismatched_.erase(from.address);
}

void Formation::on_mismatch(const std::string& address, std::string why, TimePoint now) {
  if (address == self_.address ||
      std::ranges::find(settings_.seeds, address) == settings_.seeds.end()) {
    return;
  }
  mismatched_.insert_or_assign(
      address, Avoided{later(now, mismatch_heartbeats * heartbeat_), std::move(why)});
}

std::string Formation::mismatch(TimePoint now) const {
  std::string said;
  std::size_t left = settings_.seeds.size();
  for (const auto& [address, mismatch] : mismatched_) {
    if (mismatch.until <= now) continue;
    --left;
    said += (said.empty() ? "" : "; ") + address + " says: " + mismatch.why;
  }
  return left < majority() ? said : "";
}

void Formation::on_busy(const Identity& from, std::string why, Duration retry_after,
                        TimePoint now) {
  avoided_.insert_or_assign(from.address, Avoided{later(now, retry_after), std::move(why)});
  const auto asked = answers_.find(from.address);
  if (asked != answers_.end()) asked->second.is_asked = false;
}

bool Formation::awaits_admission(TimePoint now) const {
  return std::ranges::any_of(answers_, [&](const auto& entry) {
    const Answer& answer = entry.second;
    return answer.is_asked && now - answer.asked_at <= answer_heartbeats * heartbeat_;
  });
}

std::string Formation::told() const {
  std::string told = "this node is " + self_.address + ", which is ";
  told += is_listed() ? "a listed seed" : "no listed seed, so it forms none itself";
  for (const std::string& seed : settings_.seeds) {
    if (seed == self_.address) continue;
    const auto avoided = avoided_.find(seed);
    const auto answer = answers_.find(seed);
    told += "; " + seed + " ";
    const auto mismatched = mismatched_.find(seed);
    if (avoided != avoided_.end()) {
      told += "says: " + avoided->second.why;
    } else if (mismatched != mismatched_.end()) {
      told += "says: " + mismatched->second.why;
    } else if (answer == answers_.end()) {
      told += "does not answer";
    } else if (answer->second.standing.is_member) {
      told += "is in a cluster of " + std::to_string(answer->second.standing.size);
    } else {
      told += "looks for one, too";
    }
  }
  return told;
}

std::optional<Promise> Formation::on_ballot(const Identity& from, const Ballot& ballot,
                                            TimePoint now) {
  if (!is_listed()) return std::nullopt;
  if (ballot.release) {
    // A release that comes late takes nothing from a later promise.
    if (promise_ && promise_->to == from && promise_->number == ballot.number) promise_.reset();
    return std::nullopt;
  }
  const bool is_free = !promise_ || promise_->until <= now || promise_->to == from;
  const bool gives_way = promise_ && promise_->to == self_ && from < self_;
  if (!is_free && !gives_way) return std::nullopt;
  if (ballot_) {
    if (!gives_way) return std::nullopt;
    ballot_.reset();
    promised_.clear();
    ballot_allowed_ = later(now, 4 * heartbeat_);
  }
  promise_ = GivenPromise{from, ballot.number, later(now, promise_heartbeats * heartbeat_)};
  return Promise{ballot.number};
}

void Formation::on_promise(const Identity& from, const Promise& promise, TimePoint now) {
  const bool is_seed = std::ranges::find(settings_.seeds, from.address) != settings_.seeds.end();
  if (!is_seed || !ballot_ || promise.number != *ballot_) return;
  promised_.insert(from.address);
  next_ = now;
}

}  // namespace troupe::cluster
