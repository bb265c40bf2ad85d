#include <troupe/transport/sockets/dial_plan.hpp>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <troupe/base/descriptors.hpp>

namespace troupe::transport {
namespace {

std::string without_brackets(const std::string& host) {
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') return host;
  return host.substr(1, host.size() - 2);
}

std::string milliseconds(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) +
         " ms";
}

}  // namespace

DialPlan::DialPlan(const std::string& host, std::uint16_t port, Duration time, TimePoint now)
    : host_(without_brackets(host)),
      port_(port),
      time_(time),
      end_(later(now, time)),
      deadline_(end_) {}

DialPlan::Step DialPlan::begin(TimePoint now) {
  if (is_numeric_host(host_)) return found({.hosts = {host_}}, now);
  return {.action = Step::Action::look_up};
}

DialPlan::Step DialPlan::found(const HostAddresses& addresses, TimePoint now) {
  if (state_ != State::looking_up) return {};
  if (addresses.hosts.empty()) return fail(addresses.reason, addresses.own_lack);
  for (const std::string& host : addresses.hosts) {
    if (left_.size() == addresses_max) break;
    if (std::ranges::find(left_, host) == left_.end()) left_.push_back(host);
  }
  std::ranges::reverse(left_);
  state_ = State::connecting;
  return try_next(now);
}

DialPlan::Step DialPlan::connected() {
  if (state_ != State::connecting) return {};
  state_ = State::over;
  deadline_ = TimePoint::max();
  return {.action = Step::Action::use, .address = tried_};
}

DialPlan::Step DialPlan::failed(int error, TimePoint now) {
  if (state_ != State::connecting) return {};
  note(connect_failure(tried_, error), error == ECONNREFUSED || error == ECONNRESET);
  own_lack_ |= is_own_lack(error);
  return try_next(now);
}

DialPlan::Step DialPlan::cut_short(TimePoint now) {
  if (state_ != State::connecting) return {};
  note(tried_.to_string() + " did not answer within " + milliseconds(now - tried_at_) +
       ", and others waited to be tried");
  return try_next(now);
}

DialPlan::Step DialPlan::held_up(TimePoint now) {
  if (state_ == State::looking_up) {
    return fail("the host " + host_ + " could not be looked up within " + milliseconds(time_) +
                    ": others are being looked up whose name servers do not answer",
                true);
  }
  if (state_ != State::connecting) return {};
  note("too many connections are being tried at once to try " + tried_.to_string() +
       "; see dials_at_once_max");
  own_lack_ = true;
  return try_next(now);
}

DialPlan::Step DialPlan::advance(TimePoint now) {
  if (state_ == State::over || now < deadline_) return {};
  if (state_ == State::looking_up) {
    return fail("the host " + host_ + " could not be looked up within " + milliseconds(time_) +
                    ": its name server does not answer",
                false);
  }
  note(tried_.to_string() + " did not answer within " + milliseconds(now - tried_at_));
  return try_next(now);
}

DialPlan::Step DialPlan::try_next(TimePoint now) {
  if (left_.empty()) return fail(reasons_, own_lack_, all_refused_);
  tried_ = {std::move(left_.back()), port_};
  left_.pop_back();
  tried_at_ = now;
  const auto sharers = static_cast<Duration::rep>(left_.size()) + 1;
  deadline_ = end_ == TimePoint::max() ? end_ : now + std::max(Duration(0), end_ - now) / sharers;
  return {.action = Step::Action::connect, .address = tried_};
}

DialPlan::Step DialPlan::fail(std::string reason, bool own_lack, bool refused) {
  state_ = State::over;
  deadline_ = TimePoint::max();
  return {.action = Step::Action::fail,
          .reason = std::move(reason),
          .own_lack = own_lack,
          .refused = refused};
}

void DialPlan::note(std::string_view reason, bool refused) {
  all_refused_ &= refused;
  if (!reasons_.empty()) reasons_ += "; ";
  reasons_ += reason;
}

std::string connect_failure(const NumericAddress& address, int error) {
  const std::string place = address.to_string();
  switch (error) {
    case ECONNREFUSED: return place + " refused the connection";
    case ECONNRESET: return place + " reset the connection";
    case ETIMEDOUT: return place + " did not answer";
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EAFNOSUPPORT: return "there is no route to " + place;
    case EADDRNOTAVAIL: return "no local port is left to connect to " + place + " from";
    case EACCES:
    case EPERM: return "a rule of this machine forbids connections to " + place;
    case EMFILE: return "no file descriptors left to connect to " + place;
    case ENFILE: return "the machine has no file descriptors left to connect to " + place;
    default:
      return place + " cannot be connected to (" + std::generic_category().message(error) + ")";
  }
}

}  // namespace troupe::transport
