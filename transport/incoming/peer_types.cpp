#include <troupe/transport/incoming/peer_types.hpp>

#include <troupe/base/printable.hpp>
#include <troupe/wire/fnv1a.hpp>
#include <troupe/wire/schema_difference.hpp>
#include <utility>

namespace troupe::transport {

using runtime::KnownTypes;
using runtime::MessageType;

PeerTypes::Verdict PeerTypes::note(const Schema& schema, const MessageType* ours) {
  if (is_settled(schema.key)) return {};
  if (ours != nullptr && ours->fingerprint == schema.fingerprint) {
    settle(schema.key, fitting_);
    return {};
  }
  static_cast<void>(remember(schema.key, schema.fingerprint));
  return {.is_other = ours != nullptr, .refused = std::nullopt};
}

PeerTypes::Verdict PeerTypes::note(const TypeName& type, const MessageType* ours) {
  const std::uint64_t fingerprint = wire::Fnv1a().append(type.description).value();
  Verdict verdict{.is_other = ours != nullptr && ours->fingerprint != fingerprint,
                  .refused = std::nullopt};
  if (is_settled(type.key)) return verdict;
  if (ours != nullptr) {
    verdict.refused = compare(type.key, type.description, *ours);
    return verdict;
  }
  Waiting* waiting = remember(type.key, fingerprint);
  if (waiting == nullptr || !waiting->description.empty()) return verdict;
  if (type.description.size() > bytes_max_ - bytes_) return verdict;
  waiting->description = type.description;
  bytes_ += type.description.size();
  return verdict;
}

std::vector<PeerTypes::Refused> PeerTypes::catch_up(const KnownTypes& known) {
  std::vector<Refused> refused;
  const auto all = known.all();
  for (std::size_t i = std::exchange(known_then_, all.size()); i < all.size(); ++i) {
    const auto entry = waiting_.find(all[i]->key);
    if (entry == waiting_.end()) continue;
    const Waiting& waiting = entry->second;
    if (waiting.fingerprint == all[i]->fingerprint) {
      settle(all[i]->key, fitting_);
    } else if (!waiting.description.empty()) {
      if (auto other = compare(all[i]->key, std::string(waiting.description), *all[i])) {
        refused.push_back(*std::move(other));
      }
    }
  }
  return refused;
}

void PeerTypes::forget() {
  waiting_ = {};
  fitting_ = {};
  refused_ = {};
  bytes_ = 0;
}

/// Null at the limit.
PeerTypes::Waiting* PeerTypes::remember(std::uint64_t key, std::uint64_t fingerprint) {
  if (waiting_.size() + fitting_.size() + refused_.size() >= types_max_) return nullptr;
  Waiting& waiting = waiting_[key];
  waiting.fingerprint = fingerprint;
  return &waiting;
}

std::optional<PeerTypes::Refused> PeerTypes::compare(std::uint64_t key,
                                                     std::string_view description,
                                                     const MessageType& ours) {
  // A description is cut before it travels, so ours is as well.
  const std::string here = ours.describe(ours);
  auto reason =
      wire::schema_difference(std::string_view(here).substr(0, text_bytes_max), description);
  settle(key, reason ? refused_ : fitting_);
  if (!reason) return std::nullopt;
  return Refused{&ours, printable(*reason)};
}

/// Past the limit a type is compared each time that it is described.
void PeerTypes::settle(std::uint64_t key, std::unordered_set<std::uint64_t>& as) {
  if (const auto entry = waiting_.find(key); entry != waiting_.end()) {
    bytes_ -= entry->second.description.size();
    waiting_.erase(entry);
  } else if (fitting_.size() + refused_.size() >= types_max_) {
    return;
  }
  as.insert(key);
}

}  // namespace troupe::transport
