// Result: a value, or the Error that says why there is none.
//
// Failure is the name of the same Error where a constructor or a function without a Result has to
// throw.
//
//   Result<int> cents = parse(text);              // asks, and decides
//   if (!cents) return cents.error();             // passes the Error on, as a Result of any type
//   use(*cents);
//
//   use(parse(text).value());                     // or throws Failure where there is none
//
//   Result<int> parse(std::string_view text) {    // and the other side
//     if (text.empty()) return Error(ErrorCode::malformed, "no number");
//     return 500;
//   }
#pragma once

#include <exception>
#include <string>
#include <tl/expected.hpp>
#include <troupe/base/error.hpp>
#include <type_traits>
#include <utility>

namespace troupe {

/// A T or an Error. Ask `ok()` first: value() of a failure throws Failure.
///
/// A value as any other: owner only, and copied where T can be. Its copies and moves throw what
/// those of T throw. Result<void> says only whether, and if not, why not.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  /// Success, where there is nothing to return.
  Result()
    requires(std::is_void_v<T>)
  = default;

  /// Success. Implicit, so that a function that may fail returns its value as another does.
  template <class U = T>
    requires(!std::is_void_v<T> && std::is_constructible_v<tl::expected<T, Error>, U &&> &&
             !std::is_same_v<std::remove_cvref_t<U>, Result> &&
             !std::is_same_v<std::remove_cvref_t<U>, Error>)
  Result(U&& value) : value_(std::forward<U>(value)) {}  // NOLINT(google-explicit-constructor)

  // tl::expected ends the process where copying or moving a value throws.
  Result(const Result&) = default;
  Result(Result&&) = default;
  Result(const Result& other)
    requires(std::is_copy_constructible_v<T> && !std::is_nothrow_copy_constructible_v<T>)
      : value_(take(other)) {}
  Result(Result&& other)
    requires(std::is_move_constructible_v<T> && !std::is_nothrow_move_constructible_v<T>)
      : value_(take(std::move(other))) {}
  Result& operator=(const Result&) = default;
  Result& operator=(Result&&) = default;
  ~Result() = default;

  /// Failure. Implicit, for `return Error(...)` and for passing on the error of another Result.
  Result(Error error)
      : value_(tl::unexpect, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  /// Whether there is a value. A Result that was moved from keeps its answer.
  [[nodiscard]] bool ok() const noexcept { return value_.has_value(); }
  /// The same, for conditions: `if (!answer) return answer.error();`.
  explicit operator bool() const noexcept { return ok(); }

  /// The error; only when !ok(), else the behaviour is undefined. Of a Result that is about to end,
  /// or was moved, as `std::move(answer).error()`, the error may be moved from.
  [[nodiscard]] const Error& error() const& { return value_.error(); }
  [[nodiscard]] Error&& error() && { return std::move(value_).error(); }

  /// The value; throws Failure with the error when there is none. Of a Result that is about to end,
  /// as `parse(text).value()`, the value itself and no reference into it. Of a Result<void>
  /// nothing.
  decltype(auto) value() &;
  decltype(auto) value() const&;  // NOLINT(modernize-use-nodiscard): of a void one it only throws
  decltype(auto) value() &&;

  /// The value without a check, as with a pointer: only when ok(), else the behaviour is undefined.
  template <class U = T>
    requires(!std::is_void_v<U>)
  U& operator*() & {
    return *value_;
  }
  template <class U = T>
    requires(!std::is_void_v<U>)
  const U& operator*() const& {
    return *value_;
  }
  template <class U = T>
    requires(!std::is_void_v<U>)
  U&& operator*() && {
    return *std::move(value_);
  }
  /// A member of the value; only when ok(), as above.
  template <class U = T>
    requires(!std::is_void_v<U>)
  U* operator->() {
    return &*value_;
  }
  template <class U = T>
    requires(!std::is_void_v<U>)
  const U* operator->() const {
    return &*value_;
  }

  /// A copy of the value, or `other` made a T. Nothing tells that there was an error: for defaults,
  /// as in `port.value_or(7001)`, and not where somebody should hear of it. Copies also from a
  /// Result that is about to end.
  template <class U>
    requires(!std::is_void_v<T>)
  [[nodiscard]] T value_or(U&& other) const& {
    return value_.value_or(std::forward<U>(other));
  }

  /// Equal values, or equal errors: their texts count too.
  friend bool operator==(const Result& a, const Result& b) { return a.value_ == b.value_; }

 private:
  template <class Other>
  [[nodiscard]] static tl::expected<T, Error> take(Other&& other) {
    if (!other.ok()) {
      return tl::expected<T, Error>(tl::unexpect, std::forward<Other>(other).value_.error());
    }
    return tl::expected<T, Error>(tl::in_place, *std::forward<Other>(other).value_);
  }
  /// Throws Failure where there is none.
  void require_value() const;

  tl::expected<T, Error> value_;
};

/// Thrown where there is no Result to return: by spawn(), select(), constructors and
/// Result::value().
///
/// Where one leaves a handler, it is a failure like any other exception: the asker gets
/// `handler_failed`, with this text, and supervision decides what becomes of the actor.
class Failure : public std::exception {
 public:
  /// Makes the text of what() at once, so that asking for it cannot fail.
  explicit Failure(Error error) : error_(std::move(error)), text_(error_.to_string()) {}

  /// What a Result would have held, with its code: `catch (const Failure& failure)` may decide by
  /// `failure.error().code()` as for a Result.
  [[nodiscard]] const Error& error() const noexcept { return error_; }
  /// The code and the context. As long as the exception lives.
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  Error error_;
  std::string text_;
};

template <class T>
void Result<T>::require_value() const {
  if (!ok()) throw Failure(error());
}

template <class T>
decltype(auto) Result<T>::value() & {
  require_value();
  if constexpr (!std::is_void_v<T>) return (*value_);
}

template <class T>
decltype(auto) Result<T>::value() const& {
  require_value();
  if constexpr (!std::is_void_v<T>) return (*value_);
}

template <class T>
decltype(auto) Result<T>::value() && {
  require_value();
  if constexpr (!std::is_void_v<T>) return T(*std::move(value_));
}

}  // namespace troupe
