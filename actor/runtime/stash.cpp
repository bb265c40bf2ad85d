#include <troupe/actor/runtime/stash.hpp>

#include <algorithm>

namespace troupe::runtime {
namespace {

/// Set in Envelope::reserved of a message whose handler has put it aside. So an entry of an older
/// message, which had the same address, is never taken for this one's.
constexpr std::uint8_t was_put_aside = 2;

}  // namespace

void Stash::put(Envelope* message, Envelope* by) {
  entries_.push_back({EnvelopePtr(message), by});
  if (by != nullptr) by->reserved |= was_put_aside;
}

bool Stash::has_put_aside(const Envelope& by) noexcept {
  return (by.reserved & was_put_aside) != 0;
}

EnvelopePtr Stash::take_back(Envelope& by) {
  if ((by.reserved & was_put_aside) == 0) return nullptr;
  by.reserved &= static_cast<std::uint8_t>(~was_put_aside);
  const auto newest = std::find_if(entries_.rbegin(), entries_.rend(),
                                   [&](const Entry& entry) { return entry.by == &by; });
  if (newest == entries_.rend()) return nullptr;
  EnvelopePtr message = std::move(newest->message);
  entries_.erase(std::next(newest).base());
  return message;
}

std::vector<EnvelopePtr> Stash::take_all() {
  std::vector<EnvelopePtr> messages;
  messages.reserve(entries_.size());
  for (Entry& entry : entries_) messages.push_back(std::move(entry.message));
  entries_.clear();
  return messages;
}

}  // namespace troupe::runtime
