#include <troupe/transport/incoming/target_intake.hpp>

#include <algorithm>

namespace troupe::transport {

namespace {

/// Higher limits are as good as none, and with these no sum leaves its range.
constexpr std::uint64_t limit_max = std::uint64_t{1} << 40U;
constexpr std::uint64_t under_way_max = std::uint64_t{1} << 60U;

std::uint64_t weight_of(std::uint64_t messages, std::uint64_t each) noexcept {
  return messages > under_way_max / each ? under_way_max : messages * each;
}

}  // namespace

TargetIntake::TargetIntake(const Limits& limits, runtime::RoomListener& listener) noexcept
    : weight_max_(std::min(limits.bytes_max, limit_max)),
      message_weight_min_(std::max<std::uint64_t>(1, weight_max_ / limits.messages_max)),
      refused_from_(weight_max_ +
                    std::max(std::min(limits.under_way_bytes_max, under_way_max),
                             weight_of(limits.under_way_messages_max, message_weight_min_))),
      listener_(listener),
      whole_(listener) {}

std::optional<runtime::Receipt> TargetIntake::admit(runtime::ActorId actor, const Target& name,
                                                    std::uint64_t bytes, std::uint64_t count) {
  const std::uint64_t weight = std::max(bytes, weight_of(count, message_weight_min_));
  if (entries_.empty() && whole_.outstanding() < weight_max_ / watch_share) {
    return runtime::Receipt(whole_, weight);
  }
  std::unique_ptr<Entry>& entry = entries_[actor];
  if (entry == nullptr) entry = std::make_unique<Entry>(listener_, whole_);
  if (entry->intake.outstanding() >= refused_from_) return std::nullopt;
  runtime::Receipt receipt(entry->intake, weight);
  if (entry->intake.outstanding() >= weight_max_) hold(*entry, name);
  if (!entry->names.empty()) entry->intake.call_at(weight_max_ / 2);
  return receipt;
}

void TargetIntake::hold(Entry& entry, const Target& name) {
  const bool is_told = std::ranges::any_of(entry.names, [&](const Name& one) {
    return one.actor == name.actor && one.path == name.path;
  });
  if (is_told || entry.names.size() >= names_of_target_max || held_names_ >= held_names_max) return;
  if (entry.names.empty()) {
    ++held_;
    ++holds_;
  }
  entry.names.push_back({name.actor, std::string(name.path)});
  ++held_names_;
  has_news_ = has_held_ = true;
}

void TargetIntake::release(Entry& entry) noexcept {
  if (entry.names.empty()) return;
  --held_;
  held_names_ -= entry.names.size();
  entry.names.clear();
  entry.intake.call_never();
  has_news_ = true;
}

void TargetIntake::look() {
  std::erase_if(entries_, [&](const auto& one) {
    Entry& entry = *one.second;
    const std::uint64_t outstanding = entry.intake.outstanding();
    if (outstanding <= weight_max_ / 2) release(entry);
    return outstanding == 0;
  });
}

void TargetIntake::end_holds() noexcept {
  for (auto& [actor, entry] : entries_) release(*entry);
  has_news_ = false;
}

std::vector<Target> TargetIntake::names() const {
  std::vector<Target> names;
  names.reserve(held_names_);
  for (const auto& [actor, entry] : entries_) {
    for (const Name& name : entry->names) {
      names.push_back({.actor = name.actor, .path = name.path});
    }
  }
  return names;
}

}  // namespace troupe::transport
