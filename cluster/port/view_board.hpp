// ViewBoard: where a node's newest view hangs out: for whoever looks, for subscribers, and for
// those who wait for this node to be up.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <troupe/actor/future.hpp>
#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/cluster/membership_view.hpp>
#include <troupe/cluster/view.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::cluster {

class ViewSlot;

/// Any thread; no lock is held while others are told.
class ViewBoard {
 public:
  explicit ViewBoard(const runtime::LocalActors& actors);

  [[nodiscard]] std::shared_ptr<const View> newest() const;
  /// Whoever looks from now on sees it, and then those are told who wait for it. One thread.
  void publish(std::shared_ptr<const View> view);

  /// Errors: `limit_reached`, `invalid_setting`.
  [[nodiscard]] Result<void> subscribe(const AnyRef& subscriber, std::size_t subscribers_max);
  /// Those that live. Linear in all that there were since the last view.
  [[nodiscard]] std::size_t subscribers() const;

  /// Done once this node is up, or at `deadline`. Whoever drops the future, or cancels it, takes no
  /// place. Errors: `limit_reached` past waiting_max.
  [[nodiscard]] Future<troupe::MembershipView> joined(TimePoint deadline);
  static constexpr std::size_t waiting_max = 10'000;
  /// Fails those whose time is over. The board's own thread.
  void advance(TimePoint now);
  [[nodiscard]] TimePoint next_deadline() const;
  /// Whoever waits hears that, and whoever asks before this node is up.
  void refuse(Error reason);
  /// Nobody is to wait any more, now and later.
  void end(Error reason);

 private:
  struct Waiting {
    troupe::Promise<troupe::MembershipView> promise;
    TimePoint deadline;
    const runtime::FutureBase* state = nullptr;  // That of the promise, which keeps it.
  };

  void show(runtime::ActorId actor, const std::shared_ptr<ViewSlot>& slot,
            const std::shared_ptr<const View>& view);
  [[nodiscard]] std::vector<Waiting> take_waiting(TimePoint until);

  const runtime::LocalActors actors_;
  mutable std::mutex mutex_;
  std::shared_ptr<const View> newest_ = std::make_shared<View>();
  std::unordered_map<runtime::ActorId, std::shared_ptr<ViewSlot>> slots_;
  std::vector<Waiting> waiting_;
  std::size_t waiting_looked_at_ = 0;
  TimePoint next_deadline_ = TimePoint::max();
  std::optional<Error> refused_;
  std::optional<Error> ended_;
};

}  // namespace troupe::cluster
