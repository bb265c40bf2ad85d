#include <troupe/transport/dialler.hpp>

#include <algorithm>
#include <cerrno>
#include <troupe/transport/descriptors.hpp>
#include <troupe/transport/event_poll.hpp>

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
  for (auto& [link, dial] : dials_) end_probe(dial);
}

void Dialler::dial(PeerLink& link, const NodeAddress& address, TimePoint now) {
  forget(link);
  Dial& dial =
      dials_.emplace(&link, Dial{DialPlan(address.host, address.port, time_, now)}).first->second;
  follow(link, dial, dial.plan.begin(now), now);
}

void Dialler::forget(const PeerLink& link) {
  std::erase_if(outcomes_, [&](const Outcome& outcome) { return outcome.link == &link; });
  const auto found = std::ranges::find(dials_, &link, &Dials::value_type::first);
  if (found == dials_.end()) return;
  const std::string host = found->second.plan.host();
  end_probe(found->second);
  dials_.erase(found);
  const bool is_wanted = std::ranges::any_of(dials_, [&](const auto& entry) {
    return entry.second.plan.is_looking_up() && entry.second.plan.host() == host;
  });
  if (!is_wanted) resolver_.forget(host);
}

std::vector<Dialler::Outcome> Dialler::advance(TimePoint now) {
  if (dials_.empty()) return std::exchange(outcomes_, {});
  take_answers(now);
  for (auto& [link, dial] : dials_) {
    follow(*link, dial, dial.plan.advance(now), now);
    if (dial.probe == nullptr) continue;
    switch (dial.probe->state()) {
      case ProbeSocket::State::connecting: break;
      case ProbeSocket::State::connected: follow(*link, dial, dial.plan.connected(), now); break;
      case ProbeSocket::State::failed:
        follow(*link, dial, dial.plan.failed(dial.probe->error(), now), now);
        break;
    }
  }
  std::erase_if(dials_, [&](const auto& entry) {
    return std::ranges::find(outcomes_, entry.first, &Outcome::link) != outcomes_.end();
  });
  return std::exchange(outcomes_, {});
}

TimePoint Dialler::next_deadline() const {
  if (!outcomes_.empty()) return TimePoint{};  // Long over.
  TimePoint next = TimePoint::max();
  for (const auto& [link, dial] : dials_) next = std::min(next, dial.plan.deadline());
  return next;
}

void Dialler::take_answers(TimePoint now) {
  for (const Resolver::Answer& answer : resolver_.take()) {
    for (auto& [link, dial] : dials_) {
      if (dial.plan.host() == answer.host) {
        follow(*link, dial, dial.plan.found(answer.addresses, now), now);
      }
    }
  }
}

/// Does what the plan says, until it has to wait.
void Dialler::follow(PeerLink& link, Dial& dial, DialPlan::Step step, TimePoint now) {
  using Action = DialPlan::Step::Action;
  while (step.action != Action::wait) {
    if (step.action == Action::look_up) return resolver_.ask(dial.plan.host());
    end_probe(dial);
    if (step.action == Action::fail) {
      if (step.own_lack && !has_descriptors_left(descriptors_needed)) {
        step.reason = no_descriptors_left();
      }
      outcomes_.push_back({&link, std::nullopt, std::move(step.reason), step.own_lack});
      return;
    }
    if (step.action == Action::use) {
      outcomes_.push_back({&link, std::move(step.address)});
      return;
    }
    if (!has_descriptors_left(descriptors_needed)) {
      step = dial.plan.failed(EMFILE, now);
      continue;
    }
    auto probe = std::make_unique<ProbeSocket>(step.address);
    switch (probe->state()) {
      case ProbeSocket::State::connected: step = dial.plan.connected(); break;
      case ProbeSocket::State::failed: step = dial.plan.failed(probe->error(), now); break;
      case ProbeSocket::State::connecting:
        if (!poll_.add(probe->descriptor(), 0, EventPoll::Interest::write)) {
          step = dial.plan.failed(ENOMEM, now);
          break;
        }
        dial.probe = std::move(probe);
        return;
    }
  }
}

void Dialler::end_probe(Dial& dial) noexcept {
  if (dial.probe == nullptr) return;
  poll_.remove(dial.probe->descriptor());
  dial.probe.reset();
}

}  // namespace troupe::transport
