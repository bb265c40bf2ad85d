// Selects: how whoever can reach others by their paths does so: an actor (through its Context), an
// ActorSystem, a Node, a SimulatedNode.
//
//   auto account = select<Account>("troupe://bank@127.0.0.1:7002/user/account");
//   for (const auto& store : select<Store>("/user/store", each(role("db")))) store.tell(Flush{});
//   auto store = select<Store>("/user/store", any(role("db")));
#pragma once

#include <string_view>
#include <troupe/actor/ref.hpp>
#include <troupe/actor/role.hpp>
#include <troupe/base/result.hpp>
#include <vector>

namespace troupe {

namespace runtime {

/// What was found or selected, as the ref that its caller says it is; the error where nothing
/// was.
template <class Ref>
[[nodiscard]] Result<Ref> as_ref_to(Result<AnyRef> ref) {
  if (!ref.ok()) return std::move(ref).error();
  return Ref(*ref);
}
template <class Ref>
[[nodiscard]] Result<std::vector<Ref>> as_ref_to(const Result<std::vector<AnyRef>>& refs) {
  if (!refs.ok()) return refs.error();
  return std::vector<Ref>(refs->begin(), refs->end());
}

}  // namespace runtime

/// A base class. Self has the three functions try_select_any(), which look up; the thread may be
/// any that may call those.
template <class Self>
class Selects {
 public:
  /// A ref to whoever is at `path` when a message comes there, as one that accepts the protocol T,
  /// or that of the actor class T. Contacts nobody yet. A path of this node's own, with its address
  /// or without any, is looked up at once, and is that of who is there now. Throws Failure:
  /// `invalid_path`, `limit_reached`, `shutdown`; `no_such_actor` for an own path;
  /// `node_unreachable` for another node's where the system is not that of a Node.
  template <class T>
  [[nodiscard]] RefTo<T> select(std::string_view path) const {
    return RefTo<T>(select_any(path));
  }
  /// As select(), for an actor whose protocol is not known here.
  [[nodiscard]] AnyRef select_any(std::string_view path) const {
    return of_self().try_select_any(path).value();
  }
  /// As select(), but returns the error.
  template <class T>
  [[nodiscard]] Result<RefTo<T>> try_select(std::string_view path) const {
    return runtime::as_ref_to<RefTo<T>>(of_self().try_select_any(path));
  }

  /// The same of the members of the cluster that have a role, for a path without a node; see
  /// role.hpp. A ref for each, in an order that is the same on all nodes; for this node, where
  /// nobody is there now, a null ref, which refuses messages as other nodes would. Errors besides:
  /// `invalid_path` for one with a node; `node_unreachable` where nobody has the role, which names
  /// it and those that members have.
  template <class T>
  [[nodiscard]] std::vector<RefTo<T>> select(std::string_view path, const EachNode& nodes) const {
    return try_select<T>(path, nodes).value();
  }
  template <class T>
  [[nodiscard]] Result<std::vector<RefTo<T>>> try_select(std::string_view path,
                                                         const EachNode& nodes) const {
    return runtime::as_ref_to<RefTo<T>>(of_self().try_select_any(path, nodes));
  }
  /// Of one of them. Errors besides: `invalid_setting` where several have the role of one().
  template <class T>
  [[nodiscard]] RefTo<T> select(std::string_view path, const OneNode& node) const {
    return try_select<T>(path, node).value();
  }
  template <class T>
  [[nodiscard]] Result<RefTo<T>> try_select(std::string_view path, const OneNode& node) const {
    return runtime::as_ref_to<RefTo<T>>(of_self().try_select_any(path, node));
  }

 private:
  friend Self;
  Selects() = default;
  [[nodiscard]] const Self& of_self() const { return static_cast<const Self&>(*this); }
};

}  // namespace troupe
