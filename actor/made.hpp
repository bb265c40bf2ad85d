// Made: a message that is made in the call that sends it, `ask<Order>(ref, {item, note})`; and
// moved(), which says that a message with a name may be moved from.
//
// Both are for `co_await`. g++ before 13 destroys the members of an aggregate twice where it is
// made from its members inside an expression with co_await, however it is passed on; and so it does
// with what a lambda captures by value. In a Made the aggregate is made by a function, which is
// safe. What Troupe can detect does not compile with these compilers; task.hpp lists what it
// cannot. With other compilers both forms of each call compile, and do the same; write those of
// here where the code is to compile with all.
//
//   co_await ask<Order>(shop, {item, note});      // a Made<Order> of two members
//   co_await ask(shop, order);                    // of a copy
//   co_await ask(shop, troupe::moved(order));     // of what order holds, which it does not after
#pragma once

#include <type_traits>
#include <utility>

// Members that are left out, and numbers of other types, are usual where a message is made; in a
// header they would be warnings, which nobody can mend there.
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#endif

namespace troupe {

/// A value that may be moved from, by what it is passed to. Refers to it: not to be kept beyond the
/// call that moved() is written in.
template <class M>
class Moved {
 public:
  explicit constexpr Moved(M& value) noexcept : value_(&value) {}
  constexpr operator M&&() const noexcept {  // NOLINT(google-explicit-constructor)
    return std::move(*value_);
  }

 private:
  M* value_;
};

/// As std::move(), for a message with a name: `co_await ask(ref, moved(order))`. What std::move()
/// gives cannot be told from a temporary.
template <class M>
[[nodiscard]] constexpr Moved<M> moved(M& value) noexcept {
  static_assert(!std::is_const_v<M>, "a const value cannot be moved from");
  return Moved<M>(value);
}

namespace runtime {

#if defined(__clang__) || !defined(__GNUC__) || __GNUC__ > 12
inline constexpr bool destroys_members_once = true;
#else
inline constexpr bool destroys_members_once = false;
#endif

/// A forwarding reference A may be to an aggregate that this compiler destroys twice.
template <class A>
inline constexpr bool is_at_risk = !destroys_members_once && !std::is_lvalue_reference_v<A> &&
                                   std::is_aggregate_v<std::remove_cvref_t<A>> &&
                                   !std::is_trivially_destructible_v<std::remove_cvref_t<A>>;

/// A forwarding reference F may be to a lambda whose captures this compiler destroys twice.
template <class F>
inline constexpr bool is_function_at_risk =
    !destroys_members_once && std::is_class_v<F> && !std::is_trivially_destructible_v<F>;

/// The type as which a message or a member is passed on; an error with its reason where one is at
/// risk.
template <class A>
struct Passed {
  static_assert(!is_at_risk<A>,
                "g++ before 13 destroys this temporary twice where it is made in a co_await: write "
                "`ask<Message>(ref, {members...})` or `send<Message>(ref, {members...})`, or make "
                "it in a statement before and pass it by its name, or as troupe::moved(name)");
  using Type = A&&;
};

/// The message that an argument of this type is.
template <class M>
struct MessageIn {
  using Type = M;
};
template <class M>
struct MessageIn<Moved<M>> {
  using Type = M;
};

}  // namespace runtime

/// The type of the message in an argument that is a message, or a moved() one.
template <class A>
using MessageIn = typename runtime::MessageIn<std::remove_cvref_t<A>>::Type;

/// A message as an argument: its members in braces, the message itself, or moved(message). Members
/// are converted as in a call of a function.
template <class M>
struct Made {
  /// Implicit, so that braces in a call make one. Without members all have their defaults: `{}`.
  /// Members that are left out at the end have theirs.
  template <class... A>
  Made(A&&... members)  // NOLINT(google-explicit-constructor)
      : message(make(static_cast<typename runtime::Passed<A>::Type>(members)...)) {}

  M message;

 private:
  /// A message copied or moved as a whole, or made of its members: in braces where it is an
  /// aggregate or has such a constructor, else in parentheses.
  template <class... A>
  [[nodiscard]] static M make(A&&... members) {
    if constexpr (sizeof...(A) == 1 && (std::is_same_v<MessageIn<A>, M> && ...)) {
      return M(static_cast<std::conditional_t<std::is_lvalue_reference_v<A>, const M&, M&&>>(
          members)...);
    } else if constexpr (requires { M{std::forward<A>(members)...}; }) {
      return M{std::forward<A>(members)...};
    } else {
      static_assert(
          requires { M(std::forward<A>(members)...); },
          "the message cannot be made from these members, in this order");
      return M(std::forward<A>(members)...);
    }
  }
};

}  // namespace troupe

#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
