// Result: a value, or the Error that says why there is none.
//
// Failure is the name of the same Error where a constructor or a function without a Result has to
// throw.
#pragma once

#include <exception>
#include <string>
#include <tl/expected.hpp>
#include <troupe/base/error.hpp>
#include <type_traits>
#include <utility>

namespace troupe {

/// A T or an Error. Ask `ok()` first: value() of a failure throws Failure.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result()
    requires(std::is_void_v<T>)
  = default;

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

  Result(Error error)
      : value_(tl::unexpect, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }

  /// The error; only when !ok().
  [[nodiscard]] const Error& error() const& { return value_.error(); }
  [[nodiscard]] Error&& error() && { return std::move(value_).error(); }

  /// The value; throws Failure with the error when there is none.
  decltype(auto) value() &;
  decltype(auto) value() const&;
  decltype(auto) value() &&;

  /// The value without a check, as with a pointer: only when ok().
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

  template <class U>
    requires(!std::is_void_v<T>)
  [[nodiscard]] T value_or(U&& other) const& {
    return value_.value_or(std::forward<U>(other));
  }

  friend bool operator==(const Result& a, const Result& b) { return a.value_ == b.value_; }

 private:
  template <class Other>
  [[nodiscard]] static tl::expected<T, Error> take(Other&& other) {
    if (!other.ok()) {
      return tl::expected<T, Error>(tl::unexpect, std::forward<Other>(other).value_.error());
    }
    return tl::expected<T, Error>(tl::in_place, *std::forward<Other>(other).value_);
  }
  void require_value() const;

  tl::expected<T, Error> value_;
};

/// Thrown where there is no Result to return: by spawn(), select(), constructors and
/// Result::value().
class Failure : public std::exception {
 public:
  explicit Failure(Error error) : error_(std::move(error)), text_(error_.to_string()) {}

  [[nodiscard]] const Error& error() const noexcept { return error_; }
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
