#include <troupe/transport/dialler.hpp>

#include <cerrno>
#include <troupe/transport/descriptors.hpp>
#include <utility>

namespace troupe::transport {
namespace {

/// What has to be free before ZeroMQ is given an address: the descriptors of its sockets for one
/// link, and some for connections of others meanwhile.
constexpr std::size_t descriptors_needed = 12;

}  // namespace

Dialler::Dialler(EventPoll& poll, Resolver::LookUp look_up, std::function<void()> wake,
                 Duration time)
    : poll_(poll), resolver_(std::move(look_up), std::move(wake)), time_(time) {}

Dialler::~Dialler() {
  for (auto& [number, dial] : dials_) end_probe(dial);
}

void Dialler::dial(PeerLink& link, const NodeAddress& address, TimePoint now) {
  forget(link);
  const std::uint64_t number = ++numbers_;
  of_links_.emplace(&link, number);
  DialPlan plan(address.host, address.port, time_, now);
  Dial& dial =
      dials_.try_emplace(number, number, link, address.to_string(), std::move(plan)).first->second;
  follow(dial, dial.plan.begin(now), now);
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
    follow(dial, dial.plan.advance(now), now);
  }
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
  return deadlines_.empty() ? TimePoint::max() : deadlines_.earliest().at;
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
    switch (std::exchange(step.action, Action::wait)) {
      case Action::wait: break;
      case Action::look_up: look_up(dial); break;
      case Action::connect: connect(dial, step, now); break;
      case Action::use: end(dial, {dial.link, std::move(step.address)}); break;
      case Action::fail:
        if (step.own_lack && !has_descriptors_left(descriptors_needed)) {
          step.reason = no_descriptors_left();
        }
        end(dial, {dial.link, std::nullopt, std::move(step.reason), step.own_lack});
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

/// Begins to connect to the step's address; `step` is what comes next.
void Dialler::connect(Dial& dial, DialPlan::Step& step, TimePoint now) {
  if (!has_descriptors_left(descriptors_needed)) {
    step = dial.plan.failed(EMFILE, now);
    return;
  }
  dial.probe = std::make_unique<ProbeSocket>(step.address);
  switch (dial.probe->state()) {
    case ProbeSocket::State::connected: step = dial.plan.connected(); break;
    case ProbeSocket::State::failed: step = dial.plan.failed(dial.probe->error(), now); break;
    case ProbeSocket::State::connecting:
      if (!poll_.add(dial.probe->descriptor(), dial.number | probe_mark,
                     EventPoll::Interest::write)) {
        step = dial.plan.failed(ENOMEM, now);
      }
  }
}

void Dialler::end_probe(Dial& dial) noexcept {
  if (dial.probe == nullptr) return;
  poll_.remove(dial.probe->descriptor());
  dial.probe.reset();
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
