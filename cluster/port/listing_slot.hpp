// ListingSlot: what one subscriber is to be shown. At most one message about it is on its way;
// whoever looks at that message gets the newest listing.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <troupe/cluster/found_services.hpp>
#include <utility>

namespace troupe::cluster {

/// Any thread.
class ListingSource {
 public:
  [[nodiscard]] virtual std::shared_ptr<const FoundServices> newest(const std::string& key,
                                                                    AcceptedMessages wanted) = 0;

 protected:
  ~ListingSource() = default;
};

/// Any thread.
class ListingSlot {
 public:
  ListingSlot(std::shared_ptr<ListingSource> source, std::string key, AcceptedMessages wanted)
      : source_(std::move(source)), key_(std::move(key)), wanted_(wanted) {}

  /// True where a message has to be sent; else one is on its way, and nobody has looked at it yet.
  [[nodiscard]] bool put() noexcept { return !is_under_way_.exchange(true); }

  /// The message is gone, unseen.
  void drop() noexcept { is_under_way_.store(false); }

  /// The message is looked at. What changes from here on needs another one, so the listing is
  /// looked up after that is noted.
  [[nodiscard]] std::shared_ptr<const FoundServices> take() {
    is_under_way_.store(false);
    return source_->newest(key_, wanted_);
  }

 private:
  const std::shared_ptr<ListingSource> source_;
  const std::string key_;
  const AcceptedMessages wanted_;
  std::atomic<bool> is_under_way_{false};
};

}  // namespace troupe::cluster
