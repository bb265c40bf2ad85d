#include <troupe/transport/sockets/dialler.hpp>

#include <algorithm>
#include <cerrno>
#include <troupe/base/descriptors.hpp>
#include <utility>

namespace troupe::transport {
namespace {

/// What has to be free before ZeroMQ is given an address: the descriptors of its sockets for one
/// link, and some for connections of others meanwhile.
constexpr std::size_t dial_descriptors = 12;

}  // namespace

Dialler::Dialler(EventPoll& poll, Resolver::LookUp look_up, std::function<void()> wake,
                 Limits limits)
    : poll_(poll), resolver_(std::move(look_up), std::move(wake)), limits_(limits) {}

Dialler::~Dialler() {
  for (auto& [number, dial] : dials_) end_probe(dial);
}

void Dialler::dial(PeerLink& link, const NodeAddress& address, bool again, TimePoint now) {
  forget(link);
  const std::uint64_t number = ++numbers_;
  of_links_.emplace(&link, number);
  DialPlan plan(address.host, address.port, limits_.time, now);
  Dial& dial = dials_.try_emplace(number, number, link, address.to_string(), again, std::move(plan))
                   .first->second;
  follow(dial, dial.plan.begin(now), now);
  give_places(now);
}

void Dialler::forget(const PeerLink& link) {
  const auto known = of_links_.find(&link);
  if (known == of_links_.end()) return;
  const auto found = dials_.find(known->second);
  deadlines_.remove(found->second);
  end_look_up(found->second);
  end_probe(found->second);
  dials_.erase(found);
  of_links_.erase(known);
}

void Dialler::note_wrong(const NodeAddress& node, const NumericAddress& wrong) {
  wrong_.note(node.to_string(), wrong.host);
}

void Dialler::touch(EventPoll::Source source) { touched_.push_back(source & ~probe_mark); }

void Dialler::advance(TimePoint now) {
  if (!looking_up_.empty()) take_answers(now);
  for (const std::uint64_t number : std::exchange(touched_, {})) {
    if (Dial* const dial = find(number)) look_at_probe(*dial, now);
  }
  while (!deadlines_.empty() && deadlines_.earliest().at <= now) {
    auto& dial = static_cast<Dial&>(deadlines_.earliest());
    follow(dial, is_held_up(dial, now) ? dial.plan.held_up(now) : dial.plan.advance(now), now);
  }
  give_places(now);
}

/// Whether its time has gone by while others had their turn.
bool Dialler::is_held_up(const Dial& dial, TimePoint now) const {
  if (dial.plan.is_looking_up()) return resolver_.is_waiting(dial.plan.host());
  return dial.waits || (dial.has_waited && now - dial.since < place_time);
}

std::optional<Dialler::Outcome> Dialler::take() {
  while (!ended_.empty()) {
    const auto found = dials_.find(ended_.front());
    ended_.pop_front();
    if (found == dials_.end()) continue;  // Forgotten.
    Outcome outcome = *std::move(found->second.outcome);
    of_links_.erase(found->second.link);
    dials_.erase(found);
    return outcome;
  }
  return std::nullopt;
}

TimePoint Dialler::next_deadline() const {
  if (!ended_.empty() || !touched_.empty()) return TimePoint{};  // Long over.
  const TimePoint next = deadlines_.empty() ? TimePoint::max() : deadlines_.earliest().at;
  if (waiting_.empty() && waiting_again_.empty()) return next;
  const bool is_free = probes_ < limits_.at_once_max || tried_.empty();
  return is_free ? TimePoint{} : std::min(next, tried_.front().since + place_time);
}

Dialler::Dial* Dialler::find(std::uint64_t number) {
  const auto found = dials_.find(number);
  return found != dials_.end() ? &found->second : nullptr;
}

/// Does what the plan says, until it has to wait.
void Dialler::follow(Dial& dial, DialPlan::Step step, TimePoint now) {
  using Action = DialPlan::Step::Action;
  while (step.action != Action::wait) {
    end_look_up(dial);
    end_probe(dial);
    dial.waits = false;
    dial.has_waited = false;
    switch (std::exchange(step.action, Action::wait)) {
      case Action::wait: break;
      case Action::look_up: look_up(dial); break;
      case Action::connect: wait_for_place(dial, std::move(step.address), now); break;
      case Action::use: end(dial, {dial.link, std::move(step.address)}); break;
      case Action::fail:
        if (step.own_lack && !has_descriptors_left(dial_descriptors)) {
          step.reason = no_descriptors_left();
        }
        end(dial, {dial.link, std::nullopt, std::move(step.reason), step.own_lack, step.refused});
    }
  }
  deadlines_.remove(dial);
  if (dial.plan.deadline() != TimePoint::max()) deadlines_.add(dial, dial.plan.deadline());
}

void Dialler::look_up(const Dial& dial) {
  looking_up_[dial.plan.host()].insert(dial.number);
  resolver_.ask(dial.plan.host());
}

/// Nobody is asked for a host's sake that no dial waits for.
void Dialler::end_look_up(const Dial& dial) {
  const auto host = looking_up_.find(dial.plan.host());
  if (host == looking_up_.end() || host->second.erase(dial.number) == 0) return;
  if (!host->second.empty()) return;
  looking_up_.erase(host);
  resolver_.forget(dial.plan.host());
}

void Dialler::wait_for_place(Dial& dial, NumericAddress address, TimePoint now) {
  dial.waits = true;
  dial.address = std::move(address);
  dial.since = now;
  (dial.again ? waiting_again_ : waiting_).push_back(dial.number);
}

/// In the order in which they began to wait.
void Dialler::give_places(TimePoint now) {
  while (!tried_.empty() && !is_tried(tried_.front())) tried_.pop_front();
  give_places_to(waiting_, now);
  give_places_to(waiting_again_, now);
}

void Dialler::give_places_to(std::deque<std::uint64_t>& waiting, TimePoint now) {
  while (!waiting.empty()) {
    Dial* const next = find(waiting.front());
    if (next != nullptr && next->waits) {
      const bool is_free = probes_ < limits_.at_once_max;
      if (!is_free && !oldest_goes(now) && (next->again || !one_again_goes(now))) return;
      next->waits = false;
      next->has_waited = now > next->since;
      follow(*next, connect(*next, now), now);
    }
    waiting.pop_front();
  }
}

/// Whether the address that has been tried for longest has ended, or has had its time.
bool Dialler::oldest_goes(TimePoint now) {
  while (probes_ >= limits_.at_once_max && !tried_.empty()) {
    const Tried oldest = tried_.front();
    if (is_tried(oldest)) look_at_probe(*find(oldest.number), now);
    if (is_tried(oldest)) {
      if (now - oldest.since < place_time) return false;
      Dial& dial = *find(oldest.number);
      follow(dial, dial.plan.cut_short(now), now);
    }
    tried_.pop_front();
  }
  return true;
}

/// Whether there was one that is dialled again.
bool Dialler::one_again_goes(TimePoint now) {
  const auto one = std::ranges::find_if(
      tried_, [&](const Tried& tried) { return is_tried(tried) && find(tried.number)->again; });
  if (one == tried_.end()) return false;
  Dial& dial = *find(one->number);
  tried_.erase(one);
  follow(dial, dial.plan.held_up(now), now);
  return true;
}

bool Dialler::is_tried(const Tried& one) {
  const Dial* const dial = find(one.number);
  return dial != nullptr && dial->probe != nullptr && dial->since == one.since;
}

/// Begins to connect.
DialPlan::Step Dialler::connect(Dial& dial, TimePoint now) {
  if (!has_descriptors_left(dial_descriptors)) return dial.plan.failed(EMFILE, now);
  dial.probe = std::make_unique<ProbeSocket>(dial.address);
  dial.since = now;
  ++probes_;
  tried_.push_back({dial.number, now});
  switch (dial.probe->state()) {
    case ProbeSocket::State::connected: return dial.plan.connected();
    case ProbeSocket::State::failed: return dial.plan.failed(dial.probe->error(), now);
    case ProbeSocket::State::connecting: break;
  }
  const bool is_observed =
      poll_.add(dial.probe->descriptor(), dial.number | probe_mark, EventPoll::Interest::write);
  return is_observed ? DialPlan::Step() : dial.plan.failed(ENOMEM, now);
}

void Dialler::end_probe(Dial& dial) noexcept {
  if (dial.probe == nullptr) return;
  poll_.remove(dial.probe->descriptor());
  dial.probe.reset();
  --probes_;
}

void Dialler::end(Dial& dial, Outcome outcome) {
  dial.outcome = std::move(outcome);
  ended_.push_back(dial.number);
}

void Dialler::take_answers(TimePoint now) {
  for (Resolver::Answer& answer : resolver_.take()) {
    const auto host = looking_up_.find(answer.host);
    if (host == looking_up_.end()) continue;
    const std::unordered_set<std::uint64_t> waiting = std::move(host->second);
    looking_up_.erase(host);
    for (const std::uint64_t number : waiting) {
      Dial* const dial = find(number);
      HostAddresses addresses = answer.addresses;
      wrong_.put_last(dial->node, addresses.hosts);
      follow(*dial, dial->plan.found(addresses, now), now);
    }
  }
}

void Dialler::look_at_probe(Dial& dial, TimePoint now) {
  if (dial.probe == nullptr) return;
  switch (dial.probe->state()) {
    case ProbeSocket::State::connecting: break;
    case ProbeSocket::State::connected: return follow(dial, dial.plan.connected(), now);
    case ProbeSocket::State::failed:
      return follow(dial, dial.plan.failed(dial.probe->error(), now), now);
  }
}

}  // namespace troupe::transport
