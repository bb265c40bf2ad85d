#include <troupe/actor/supervision.hpp>

#include <algorithm>
#include <limits>
#include <troupe/base/result.hpp>

namespace troupe {
namespace {

/// Throws where `holds` is not so of a setting, with its value and its range.
void require(bool holds, std::string_view setting, const std::string& value,
             std::string_view range) {
  if (holds) return;
  std::string reason(setting);
  reason.append(" is ").append(value).append(", but must be ").append(range);
  throw Failure(bad_setting(std::move(reason)));
}

std::string nanoseconds(Duration duration) { return std::to_string(duration.count()) + " ns"; }

}  // namespace

SupervisorStrategy::SupervisorStrategy(SupervisionScope scope, RestartLimit limit)
    : scope_(scope), limit_(limit) {
  // A negative number that was made unsigned is a very large one.
  constexpr unsigned restarts_max = std::numeric_limits<int>::max();
  require(limit.restarts <= restarts_max, "RestartLimit::restarts",
          std::to_string(static_cast<int>(limit.restarts)), "in 0..2147483647");
  require(limit.within > Duration::zero(), "RestartLimit::within", nanoseconds(limit.within),
          "positive");
}

std::string_view to_string(Directive directive) noexcept {
  switch (directive) {
    case Directive::resume: return "resume";
    case Directive::restart: return "restart";
    case Directive::stop: return "stop";
    case Directive::escalate: return "escalate";
  }
  return "unknown_directive";
}

Verdict RestartBudget::on_failure(TimePoint now) {
  while (!restarts_.empty() && now - restarts_.front() > limit_.within) restarts_.pop_front();
  if (restarts_.size() >= limit_.restarts) return Verdict::stop;
  restarts_.push_back(now);
  return Verdict::restart;
}

Duration restart_pause(const RestartBackoff& backoff, unsigned restart, double chance) noexcept {
  const Duration most = std::max(backoff.initial, backoff.max);
  Duration pause = backoff.initial;
  for (unsigned i = 1; i < restart && pause > Duration::zero() && pause < most; ++i) {
    pause = pause < most / 2 ? pause * 2 : most;
  }
  const double kept = 1.0 - backoff.jitter * chance;
  if (kept >= 1.0) return pause;  // Exact, also where a double is not.
  return Duration(static_cast<Duration::rep>(static_cast<double>(pause.count()) * kept));
}

SupervisorStrategy& SupervisorStrategy::on(ErrorCode code, Directive directive) & {
  rules_.push_back(
      {[code](const ChildFailed& failed) { return failed.error.code() == code; }, directive});
  return *this;
}

SupervisorStrategy&& SupervisorStrategy::on(ErrorCode code, Directive directive) && {
  return std::move(on(code, directive));
}

SupervisorStrategy& SupervisorStrategy::otherwise(Directive directive) & {
  otherwise_ = directive;
  return *this;
}

SupervisorStrategy&& SupervisorStrategy::otherwise(Directive directive) && {
  return std::move(otherwise(directive));
}

SupervisorStrategy& SupervisorStrategy::backoff(RestartBackoff backoff) & {
  require(backoff.initial >= Duration::zero(), "RestartBackoff::initial",
          nanoseconds(backoff.initial), "0 or more");
  require(backoff.max == Duration::zero() || backoff.max >= backoff.initial, "RestartBackoff::max",
          nanoseconds(backoff.max),
          "0, for no more than `initial`, or at least that: " + nanoseconds(backoff.initial));
  require(backoff.jitter >= 0.0 && backoff.jitter <= 1.0, "RestartBackoff::jitter",
          std::to_string(backoff.jitter), "in 0..1");
  backoff_ = backoff;
  return *this;
}

SupervisorStrategy&& SupervisorStrategy::backoff(RestartBackoff backoff) && {
  return std::move(this->backoff(backoff));
}

Directive SupervisorStrategy::decide(const ChildFailed& failed) const {
  const auto rule =
      std::ranges::find_if(rules_, [&](const Rule& candidate) { return candidate.fits(failed); });
  return rule != rules_.end() ? rule->directive : otherwise_;
}

bool SupervisorStrategy::names(const std::vector<std::string>& types,
                               const std::type_info& type) noexcept {
  return std::ranges::find(types, std::string_view(type.name())) != types.end();
}

SupervisorStrategy one_for_one(RestartLimit limit) {
  return {SupervisionScope::one_for_one, limit};
}
SupervisorStrategy all_for_one(RestartLimit limit) {
  return {SupervisionScope::all_for_one, limit};
}
SupervisorStrategy rest_for_one(RestartLimit limit) {
  return {SupervisionScope::rest_for_one, limit};
}

}  // namespace troupe
