#include <troupe/cluster/member_record.hpp>

#include <algorithm>
#include <troupe/cluster/planted_bugs.hpp>

namespace troupe::cluster {
namespace {

std::uint64_t combined(std::uint64_t a, std::uint64_t b) noexcept {
  return mixed(a * 0x9e3779b97f4a7c15U + b + 1);
}

std::uint64_t text_hash(std::string_view text) noexcept {
  return wire::Fnv1a().append(text).value();
}

template <class T>
bool raise(T& into, const T& from) {
  if (!(into < from)) return false;
  into = from;
  return true;
}

}  // namespace

std::string_view to_string(Rank rank) noexcept {
  switch (rank) {
    case Rank::joining: return "joining";
    case Rank::up: return "up";
    case Rank::leaving: return "leaving";
    case Rank::exiting: return "exiting";
    case Rank::down: return "down";
    case Rank::removed: return "removed";
  }
  return "unknown";
}

bool merge_into(MemberRecord& into, const MemberRecord& from) {
  bool changed = false;
  if (planted(Bug::accepts_falling_ranks) && from.rank < into.rank) {
    into.rank = from.rank;
    changed = true;
  }
  changed |= raise(into.rank, from.rank);
  changed |= raise(into.cause, from.cause);
  changed |= raise(into.refutation, from.refutation);
  if (from.up_number != 0 && (into.up_number == 0 || from.up_number < into.up_number)) {
    into.up_number = from.up_number;
    changed = true;
  }
  if (into.provisional && !from.provisional) {
    into.provisional = false;
    changed = true;
  }
  if (std::tie(into.meta_number, into.meta) < std::tie(from.meta_number, from.meta)) {
    into.meta_number = from.meta_number;
    into.meta = from.meta;
    changed = true;
  }
  return changed;
}

std::uint64_t view_hash(const MemberRecord& record) noexcept {
  const std::uint64_t facts = (static_cast<std::uint64_t>(record.refutation) << 8U) |
                              (static_cast<std::uint64_t>(record.rank) << 1U) |
                              (record.provisional ? 1U : 0U);
  return combined(record.identity.hash(), facts);
}

std::uint64_t content_hash(const MemberRecord& record) noexcept {
  std::uint64_t hash = view_hash(record);
  hash = combined(hash, (static_cast<std::uint64_t>(record.up_number) << 32U) | record.meta_number);
  hash = combined(hash, static_cast<std::uint64_t>(record.cause));
  for (const auto& role : record.meta.roles) hash = combined(hash, text_hash(role));
  for (const auto& [key, value] : record.meta.labels) {
    hash = combined(combined(hash, text_hash(key)), text_hash(value));
  }
  const auto versions =
      (static_cast<std::uint64_t>(record.meta.protocol_min) << 16U) | record.meta.protocol_max;
  return combined(combined(hash, versions), record.meta.schema_digest);
}

std::uint64_t content_hash(const Observation& observation) noexcept {
  const std::uint64_t pair = combined(observation.accuser.hash(), observation.subject.hash());
  const std::uint64_t numbers =
      (static_cast<std::uint64_t>(observation.number) << 32U) | observation.subject_refutation;
  return combined(combined(pair, numbers), observation.accuses ? 1 : 0);
}

std::size_t wire_bytes(const MemberRecord& record) noexcept {
  std::size_t bytes = 50 + record.identity.address.size();
  for (const auto& role : record.meta.roles) bytes += 3 + role.size();
  for (const auto& [key, value] : record.meta.labels) bytes += 6 + key.size() + value.size();
  return bytes;
}

std::size_t wire_bytes(const Observation& observation) noexcept {
  return 40 + observation.accuser.address.size() + observation.subject.address.size();
}

}  // namespace troupe::cluster
