#include <troupe/cluster/port/table_part.hpp>

#include <utility>

namespace troupe::cluster {
namespace {

/// Between two lines of what is wrong with the table, and where that is still the same.
constexpr Duration problem_log_interval = std::chrono::seconds(10);
constexpr Duration same_problem_log_interval = std::chrono::minutes(1);

}  // namespace

TablePart::TablePart(transport::Transport& transport, const ClusterSettings& settings,
                     const Identity& self, std::uint64_t seed, const OpenTableLink& open)
    : log_(transport.actors().log(transport.actors().name())),
      authority_({settings.detection, settings.split_brain, {}}, self, mixed(seed + 1),
                 transport.actors().clock().now()),
      told_at_(transport.actors().clock().now() - problem_log_interval),
      link_(open({.url = settings.redis_url,
                  .cluster_name = transport.cluster_name(),
                  .node_name = transport.actors().name(),
                  .timeout = membership_times(settings.detection, 1).table_timeout,
                  .replicas = settings.redis_replicas,
                  .wake = [&transport] { transport.wake(); }})
                .value()) {}

void TablePart::take_events(TimePoint now) {
  for (TableEvent& event : link_->take_events()) {
    if (event.server) {
      authority_.connected(*event.server, now);
    } else if (event.answer->ok()) {
      authority_.answered(**event.answer, now);
    } else {
      authority_.failed(event.answer->error().context(), now);
    }
  }
  tell_of_problem(now);
}

void TablePart::ask(Membership& core, TimePoint now) {
  if (const auto request = authority_.ask(core, now)) link_->send(*request);
}

std::string TablePart::told() const {
  const std::string& problem = authority_.problem();
  return "the table at " + link_->place() + ": " + (problem.empty() ? "no answer yet" : problem);
}

void TablePart::tell_of_problem(TimePoint now) {
  const std::string& problem = authority_.problem();
  const bool is_same = problem == told_;
  if (is_same && (problem.empty() || now - told_at_ < same_problem_log_interval)) return;
  if (problem.empty()) {
    log_.info("the cluster's table at {} is there again", link_->place());
  } else if (now - told_at_ >= problem_log_interval) {
    told_at_ = now;
    if (authority_.has_joined()) {
      log_.warn("the cluster's table at {}: {}", link_->place(), problem);
    } else {
      log_.error("this node is in no cluster; the cluster's table at {}: {}", link_->place(),
                 problem);
    }
  } else {
    return;
  }
  told_ = problem;
}

}  // namespace troupe::cluster
