// Role: what members of a cluster are for, a word of their ClusterSettings::roles; and which of the
// nodes that have it are meant.
//
//   spawn_on<Worker>(role("worker"), "worker", 4)       // a child on one of them
//   select<Store>("/user/store", each(role("store")))   // who is at this path of each of them
//   group<Store>(each(role("store")), "/user/store")    // a router to those, whoever they are
//
// Those that have a role are, in this node's newest view, the members that are up, that can be
// reached, and that say so. This node is one of them where it says so itself. Who they are is
// looked up at each call, which takes time in proportion to the members.
#pragma once

#include <string>
#include <utility>

namespace troupe {

/// A role by its name. A value.
class Role {
 public:
  explicit Role(std::string name) : name_(std::move(name)) {}
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  std::string name_;
};
[[nodiscard]] inline Role role(std::string name) { return Role(std::move(name)); }

/// All nodes that have the role. Made by each().
struct EachNode {
  Role role;
};
[[nodiscard]] inline EachNode each(Role role) { return {std::move(role)}; }

/// One node that has the role. Made by any() and one().
struct OneNode {
  Role role;
  bool is_the_only = false;  ///< Where several have it, that is an error.
};
/// One of them, another one each time, so that all get their turn.
[[nodiscard]] inline OneNode any(Role role) { return {std::move(role), false}; }
/// The one that has it, for a role that is one node's alone.
[[nodiscard]] inline OneNode one(Role role) { return {std::move(role), true}; }

}  // namespace troupe
