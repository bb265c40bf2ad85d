// The storages that the conformance suite is run on, and how a test asks them.
#pragma once

#include <gtest/gtest.h>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <troupe/persistence/storage.hpp>
#include <utility>
#include <vector>

namespace troupe::persistence {

/// One storage, from the first use on in an empty place of its own.
class StoragePlace {
 public:
  virtual ~StoragePlace() = default;
  virtual Storage& storage() = 0;
  /// Closes it and opens it again, as a process that was started anew.
  virtual void reopen() = 0;
};

struct StorageKind {
  std::string name;
  std::function<std::unique_ptr<StoragePlace>()> make;
  bool lasts = true;  ///< Beyond its process.
};
[[nodiscard]] std::vector<StorageKind> storage_kinds();
[[nodiscard]] inline std::vector<StorageKind> lasting_storage_kinds() {
  std::vector<StorageKind> kinds = storage_kinds();
  std::erase_if(kinds, [](const StorageKind& one) { return !one.lasts; });
  return kinds;
}
[[nodiscard]] inline std::string name_of(const testing::TestParamInfo<StorageKind>& info) {
  return info.param.name;
}

/// A request that can be waited for.
template <class Request>
struct Asked : Request {
  void complete() noexcept override {
    const std::lock_guard lock(mutex);
    is_answered = true;
    answered.notify_all();
  }
  [[nodiscard]] bool wait() {
    std::unique_lock lock(mutex);
    return answered.wait_for(lock, std::chrono::seconds(20), [this] { return is_answered; });
  }
  std::mutex mutex;
  std::condition_variable answered;
  bool is_answered = false;
};

inline constexpr std::uint64_t this_node = 0xa1;
inline constexpr std::uint64_t other_node = 0xb2;

[[nodiscard]] inline Records records_of(const std::vector<std::string>& texts) {
  Records records;
  for (const std::string& text : texts) records.add(text);
  return records;
}

[[nodiscard]] inline std::vector<std::string> texts_of(const Records& records) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < records.size(); ++i) texts.emplace_back(records[i]);
  return texts;
}

class StorageConformance : public testing::TestWithParam<StorageKind> {
 protected:
  [[nodiscard]] Storage& storage() { return place_->storage(); }
  [[nodiscard]] StoragePlace& place() { return *place_; }

  /// Submits it, and waits for the answer.
  template <class Request>
  Stored ask(Request& request) {
    request.is_answered = false;
    storage().submit(request);
    EXPECT_TRUE(request.wait()) << "no answer";
    return request.outcome;
  }

  Token claim(const std::string& queue, std::uint64_t incarnation = this_node,
              std::uint64_t instance = 1, Token gone = {}) {
    Asked<ClaimQueue> request;
    request.queue = queue;
    request.incarnation = incarnation;
    request.instance = instance;
    request.gone = gone;
    EXPECT_EQ(ask(request), Stored::stored) << request.why;
    return request.token;
  }

  /// One batch of a producer of its own. The position of its first message.
  Position append(const std::string& queue, const std::vector<std::string>& texts) {
    Asked<AppendBatch> request;
    request.queue = queue;
    request.producer = ++producers_;
    request.batch = 1;
    request.records = records_of(texts);
    EXPECT_EQ(ask(request), Stored::stored) << request.why;
    EXPECT_EQ(request.taken, texts.size());
    return request.first;
  }

  std::vector<StoredMessage> read(const std::string& queue, Position after = {}) {
    Asked<ReadQueue> request;
    request.queue = queue;
    request.after = after;
    EXPECT_EQ(ask(request), Stored::stored) << request.why;
    return request.messages;
  }

  std::vector<std::string> texts(const std::string& queue, Position after = {}) {
    std::vector<std::string> found;
    for (const StoredMessage& one : read(queue, after)) found.push_back(one.record);
    return found;
  }

  Stored settle(const std::string& queue, const Token& token, std::uint64_t number,
                std::uint64_t through, std::vector<Death> dead = {}) {
    Asked<SettleBatch> request;
    request.queue = queue;
    request.token = token;
    request.number = number;
    request.through = through;
    request.dead = std::move(dead);
    return ask(request);
  }

  QueueState state(const std::string& queue) {
    Asked<ShowQueue> request;
    request.queue = queue;
    EXPECT_EQ(ask(request), Stored::stored) << request.why;
    const QueueBooks& books = request.state.books;
    EXPECT_EQ(books.stored,
              books.settled + books.dead + books.expired + books.purged + books.waiting);
    return request.state;
  }

 private:
  const std::unique_ptr<StoragePlace> place_ = GetParam().make();
  std::uint64_t producers_ = 0;
};

}  // namespace troupe::persistence
