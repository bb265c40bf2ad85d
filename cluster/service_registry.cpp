#include <troupe/cluster/service_registry.hpp>

#include <algorithm>
#include <iterator>

namespace troupe::cluster {
namespace {

/// What a place takes on the wire, or a little less than it may.
std::size_t bytes_of(const ServicePlace& place) {
  constexpr std::size_t numbers = 32;
  return numbers + place.entry.key.size() + place.entry.path.size() +
         9 * place.entry.accepts.size();
}

std::uint64_t digest_of(std::uint64_t owner, std::uint64_t version) {
  return version == 0 ? 0 : mixed(owner ^ mixed(version));
}

bool is_well_formed(const ServicePlace& place) {
  const ServiceEntry& entry = place.entry;
  return place.place < service_places_max && entry.key.size() <= service_key_bytes_max &&
         entry.path.size() <= service_path_bytes_max &&
         entry.accepts.size() <= service_messages_max && entry.key.empty() == (entry.actor == 0);
}

bool is_well_formed(const ServiceList& list) {
  std::uint64_t version = list.since;
  return list.until >= list.since && std::ranges::all_of(list.places, [&](const auto& place) {
           const bool is_next = place.version > std::exchange(version, place.version);
           return is_next && place.version <= list.until && is_well_formed(place);
         });
}

Error refusal_of_entry(ErrorCode code, std::string what) {
  return Error(code, std::move(what), Execution::not_executed);
}

}  // namespace

Result<void> check_service_key(std::string_view key) {
  if (!key.empty() && key.size() <= service_key_bytes_max) return {};
  return refusal_of_entry(ErrorCode::invalid_setting,
                          "the key of a service has 1 to " + std::to_string(service_key_bytes_max) +
                              " bytes, and \"" + std::string(key.substr(0, 40)) + "\" has " +
                              std::to_string(key.size()));
}

ServiceRegistry::ServiceRegistry(const Identity& self, std::size_t entries_max)
    : self_(self.hash()), entries_max_(std::min(entries_max, service_places_max)) {
  owners_[self_] = {self, false};
}

Result<void> ServiceRegistry::check(const ServiceEntry& entry) const {
  if (auto checked = check_service_key(entry.key); !checked.ok()) return checked;
  if (entry.accepts.size() > service_messages_max) {
    return refusal_of_entry(
        ErrorCode::invalid_setting,
        "an actor under \"" + entry.key + "\" is to accept " +
            std::to_string(entry.accepts.size()) + " types of messages; enroll it as " +
            "accepting those that others need, at most " + std::to_string(service_messages_max));
  }
  return {};
}

Result<bool> ServiceRegistry::enroll(ServiceEntry entry) {
  if (auto checked = check(entry); !checked.ok()) return checked.error();
  if (entry.path.size() > service_path_bytes_max) entry.path.clear();
  std::ranges::sort(entry.accepts);
  const auto known = own_places_.find({entry.actor, entry.key});
  if (known != own_places_.end()) {
    if (lists_[self_].places[known->second].entry == entry) return false;
    put_own(known->second, std::move(entry));
    return true;
  }
  if (own_places_.size() >= entries_max_) {
    return refusal_of_entry(ErrorCode::limit_reached,
                            "this node has enrolled " + std::to_string(own_places_.size()) +
                                " services already, and may no more (cluster.services_max); \"" +
                                entry.key + "\" is not among them");
  }
  auto place = static_cast<std::uint32_t>(own_places_.size());
  if (!empty_.empty()) {
    place = empty_.back();
    empty_.pop_back();
  }
  own_places_[{entry.actor, entry.key}] = place;
  put_own(place, std::move(entry));
  return true;
}

bool ServiceRegistry::withdraw(std::string_view key, std::uint64_t actor) {
  const auto known = own_places_.find({actor, std::string(key)});
  if (known == own_places_.end()) return false;
  put_own(known->second, {});
  empty_.push_back(known->second);
  own_places_.erase(known);
  return true;
}

bool ServiceRegistry::withdraw(std::uint64_t actor) {
  bool has_any = false;
  for (auto next = own_places_.lower_bound({actor, {}});
       next != own_places_.end() && next->first.first == actor; has_any = true) {
    put_own(next->second, {});
    empty_.push_back(next->second);
    next = own_places_.erase(next);
  }
  return has_any;
}

void ServiceRegistry::put_own(std::uint32_t place, ServiceEntry entry) {
  List& list = lists_[self_];
  const std::uint64_t version = list.version + 1;
  put(self_, list, {place, version, std::move(entry)});
  set_version(self_, list, version);
}

/// In the place of what is there, if that is older.
void ServiceRegistry::put(std::uint64_t owner, List& list, ServicePlace place) {
  ServicePlace& there = list.places[place.place];
  if (there.version >= place.version) return;
  const auto note = [&](const std::string& key, bool is_there) {
    if (key.empty()) return;
    note_change(key);
    auto& places = by_key_[key];
    if (is_there) {
      places.emplace(owner, place.place);
    } else {
      places.erase({owner, place.place});
      if (places.empty()) by_key_.erase(key);
    }
    is_there ? ++size_ : --size_;
  };
  note(there.entry.key, false);
  if (there.version != 0) list.by_version.erase(there.version);
  list.by_version[place.version] = place.place;
  there = std::move(place);
  note(there.entry.key, true);
}

void ServiceRegistry::set_version(std::uint64_t owner, List& list, std::uint64_t version) {
  digest_ ^= digest_of(owner, list.version) ^ digest_of(owner, version);
  list.version = version;
}

void ServiceRegistry::note_change(const List& list) {
  for (const auto& [number, place] : list.places) {
    if (!place.entry.key.empty()) note_change(place.entry.key);
  }
}

void ServiceRegistry::note_change(const std::string& key) {
  changed_.insert(key);
  ++revision_;
}

void ServiceRegistry::forget(std::map<std::uint64_t, List>::iterator list) {
  const std::uint64_t owner = list->first;
  note_change(list->second);
  for (const auto& [number, place] : list->second.places) {
    const auto places = by_key_.find(place.entry.key);
    if (places == by_key_.end()) continue;
    places->second.erase({owner, number});
    if (places->second.empty()) by_key_.erase(places);
    --size_;
  }
  set_version(owner, list->second, 0);
  lists_.erase(list);
}

void ServiceRegistry::keep(std::map<std::uint64_t, Owner> owners) {
  owners.try_emplace(self_, owners_[self_]);
  for (auto list = lists_.begin(); list != lists_.end();) {
    const auto next = std::next(list);
    const auto kept = owners.find(list->first);
    if (kept == owners.end()) {
      forget(list);
    } else if (kept->second.is_unreachable != owners_[list->first].is_unreachable) {
      note_change(list->second);
    }
    list = next;
  }
  owners_ = std::move(owners);
}

void ServiceRegistry::clear() {
  while (!lists_.empty()) forget(lists_.begin());
  std::erase_if(owners_, [&](const auto& owner) { return owner.first != self_; });
  own_places_.clear();
  empty_.clear();
}

ServiceRegistry::Merged ServiceRegistry::merge(const ServiceList& list) {
  if (list.owner == self_) return Merged::known;
  if (!is_owner(list.owner)) return Merged::stranger;
  if (!is_well_formed(list)) return Merged::malformed;
  const std::uint64_t version = version_of(list.owner);
  if (list.since > version) return Merged::gap;
  if (list.until <= version) return Merged::known;
  List& copy = lists_[list.owner];
  for (const ServicePlace& place : list.places) put(list.owner, copy, place);
  set_version(list.owner, copy, list.until);
  return Merged::news;
}

std::uint64_t ServiceRegistry::version_of(std::uint64_t owner) const {
  const auto list = lists_.find(owner);
  return list != lists_.end() ? list->second.version : 0;
}

bool ServiceRegistry::is_owner(std::uint64_t owner) const { return owners_.contains(owner); }

std::vector<OwnerVersion> ServiceRegistry::versions_from(std::uint64_t first,
                                                         std::size_t count_max) const {
  std::vector<OwnerVersion> versions;
  for (auto list = lists_.lower_bound(first); list != lists_.end(); ++list) {
    if (versions.size() == count_max) break;
    versions.push_back({list->first, list->second.version});
  }
  return versions;
}

bool ServiceRegistry::changes_since(std::uint64_t owner, std::uint64_t since, std::size_t& bytes,
                                    ServiceList& changes) const {
  changes.owner = owner;
  changes.since = changes.until = since;
  const auto known = lists_.find(owner);
  if (known == lists_.end()) return true;
  const List& list = known->second;
  for (auto next = list.by_version.upper_bound(since); next != list.by_version.end(); ++next) {
    const ServicePlace& place = list.places.at(next->second);
    const std::size_t size = bytes_of(place);
    if (size > bytes && !changes.places.empty()) return false;
    bytes -= std::min(bytes, size);
    changes.until = place.version;
    changes.places.push_back(place);
  }
  changes.until = list.version;
  return true;
}

void ServiceRegistry::find(
    std::string_view key,
    const std::function<void(const Owner&, const ServiceEntry&)>& found) const {
  const auto places = by_key_.find(key);
  if (places == by_key_.end()) return;
  for (const auto& [owner, place] : places->second) {
    found(owners_.at(owner), lists_.at(owner).places.at(place).entry);
  }
}

}  // namespace troupe::cluster
