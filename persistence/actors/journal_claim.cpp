#include <troupe/persistence/actors/journal_claim.hpp>

#include <troupe/actor/ports/want_of_memory.hpp>
#include <utility>

namespace troupe::persistence {
namespace {

constexpr std::size_t pending_max = 10'000;
// Past all numbers of writes.
constexpr std::uint64_t last_number = std::uint64_t{1} << 62U;

/// Owns itself until it is answered.
class Release final : public AppendEvents {
 public:
  Release(std::shared_ptr<PendingReleases> pending, std::string journal, const Token& owner)
      : pending_(std::move(pending)) {
    key = std::move(journal);
    token = owner;
    number = last_number;
    releases = true;
  }
  void complete() noexcept override {
    const std::unique_ptr<Release> self(this);
    const bool is_over = is_stored(outcome) || outcome == Stored::fenced;
    if (is_over) return;
    // Where there is no memory for it, it stays this node's until that has ended.
    static_cast<void>(runtime::succeeds([&] { pending_->add(std::move(key), token); }));
  }

 private:
  const std::shared_ptr<PendingReleases> pending_;
};

}  // namespace

void PendingReleases::add(std::string key, const Token& token) {
  const std::lock_guard lock(mutex_);
  if (pending_.size() >= pending_max) {
    pending_.pop_front();
    ++given_up_;
  }
  pending_.emplace_back(std::move(key), token);
}

std::deque<std::pair<std::string, Token>> PendingReleases::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(pending_, {});
}

std::uint64_t PendingReleases::given_up() const {
  const std::lock_guard lock(mutex_);
  return given_up_;
}

void release_journal(Storage& storage, const std::shared_ptr<PendingReleases>& pending,
                     std::string key, const Token& token) {
  auto release = std::make_unique<Release>(pending, std::move(key), token);
  storage.submit(static_cast<AppendEvents&>(*release.release()));
}

void JournalClaim::claimed(const Token& token) {
  {
    const std::lock_guard lock(mutex_);
    token_ = token;
    if (!has_ended_) return;
  }
  release_journal(storage_, pending_, key_, token);
}

void JournalClaim::end() noexcept {
  std::optional<Token> token;
  {
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
    token = token_;
  }
  if (!token) return;
  static_cast<void>(runtime::succeeds([&] { release_journal(storage_, pending_, key_, *token); }));
}

void NotedClaim::note() noexcept {
  if (outcome != Stored::stored || claim == nullptr) return;
  static_cast<void>(runtime::succeeds([&] { claim->claimed(token); }));
}

}  // namespace troupe::persistence
