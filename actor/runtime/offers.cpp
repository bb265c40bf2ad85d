#include <troupe/actor/runtime/offers.hpp>

#include <troupe/actor/actor_path.hpp>
#include <troupe/base/printable.hpp>

namespace troupe::runtime {

Result<void> Offers::add(std::string_view name, Maker maker) {
  if (auto valid = check_actor_name(name); !valid.ok()) return valid;
  const std::lock_guard lock(mutex_);
  if (!makers_.try_emplace(std::string(name), maker).second) {
    return Error(ErrorCode::name_taken,
                 "this node offers another class as \"" + std::string(name) + "\" already",
                 Execution::not_executed);
  }
  return {};
}

Result<Offers::Maker> Offers::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  if (const auto found = makers_.find(name); found != makers_.end()) return found->second;
  std::string names;
  for (const auto& [offered, maker] : makers_) {
    names += (names.empty() ? "\"" : ", \"") + offered + "\"";
  }
  return Error(ErrorCode::no_such_actor,
               "the node does not offer \"" + printable(name) +
                   "\"; it offers: " + (names.empty() ? "nothing" : names),
               Execution::not_executed);
}

}  // namespace troupe::runtime
