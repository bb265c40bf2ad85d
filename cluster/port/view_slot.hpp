// ViewSlot: what one subscriber has to be shown next. At most one message about it is on its way;
// whoever looks at that message takes the newest view out.
#pragma once

#include <memory>
#include <mutex>
#include <troupe/cluster/view.hpp>
#include <utility>

namespace troupe::cluster {

/// Any thread.
class ViewSlot {
 public:
  /// True where a message has to be sent; else one is on its way, and will show this view, or a
  /// later one.
  [[nodiscard]] bool put(std::shared_ptr<const View> view) {
    const std::lock_guard lock(mutex_);
    if (newest_ == nullptr || view->version > newest_->version) newest_ = std::move(view);
    return !std::exchange(is_under_way_, true);
  }

  /// The message is looked at, or gone.
  [[nodiscard]] std::shared_ptr<const View> take() {
    const std::lock_guard lock(mutex_);
    is_under_way_ = false;
    return newest_;
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<const View> newest_;
  bool is_under_way_ = false;
};

}  // namespace troupe::cluster
