// CombinedState: the state of a future that is made of others, by its type. The combinators derive
// from it. How parts and whole end: see combined.hpp.
#pragma once

#include <algorithm>
#include <atomic>
#include <span>
#include <troupe/actor/future.hpp>
#include <troupe/actor/runtime/combined.hpp>
#include <troupe/base/check.hpp>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::runtime {

template <class T>
class CombinedState : public FutureState<T>, public Combined {
 public:
  /// A cancellation, most of all: the parts end with the whole. The caller holds a reference.
  void fail(Error error) noexcept final {
    finish([&] { return std::move(error); });
  }

  /// The future of a new state that owns the parts, and begins to wait for them.
  template <class... Rs>
  [[nodiscard]] static Future<T> begin(CombinedState* state, Future<Rs>... parts) {
    state->parts_ = std::vector<CombinedPart>(sizeof...(Rs));
    std::size_t index = 0;
    (state->own(index++, std::move(parts)), ...);
    return state->wait_for_parts();
  }
  template <class R>
  [[nodiscard]] static Future<T> begin(CombinedState* state, std::vector<Future<R>> parts) {
    state->parts_ = std::vector<CombinedPart>(parts.size());
    std::size_t index = 0;
    for (Future<R>& part : parts) state->own(index++, std::move(part));
    return state->wait_for_parts();
  }

  [[nodiscard]] Combined* combined() noexcept final { return this; }
  void release_whole() noexcept final { this->release(); }

 protected:
  using Part = CombinedPart;

  /// Completes the whole with what `make` returns and ends what still goes on, unless that was done
  /// before.
  template <class F>
  void finish(F make) noexcept {
    if (!this->claim()) return;
    end_parts();
    this->store(std::move(make));
  }

 private:
  [[nodiscard]] bool claim_whole() noexcept final { return this->claim(); }
  void publish_error(Error error) noexcept final {
    this->store([&] { return Result<T>(std::move(error)); });
  }
  void end_dropped() noexcept final { Combined::drop(); }
  void destroy() noexcept final { destroy_in_turn(); }
  void destroy_whole() noexcept final { delete this; }

  template <class R>
  void own(std::size_t index, Future<R> part) {
    FutureBase* const state = part.detach();
    TROUPE_CHECK(state != nullptr, "a future has one consumer: this one was consumed");
    parts_[index].whole = this;
    parts_[index].state = state;
    if (this->anchor() == nullptr) this->bind(state->anchor());
    if (state->is_cancelled_when_dropped()) this->cancel_when_dropped();
  }

  [[nodiscard]] Future<T> wait_for_parts() {
    auto future = Future<T>::of(this);
    for (Part& part : parts_) {
      this->retain();
      part.state->continue_with(&part);
    }
    return future;
  }
};

/// Where a value stands for void.
template <class R>
using OrMonostate = std::conditional_t<std::is_void_v<R>, std::monostate, R>;

/// What all() makes of parts of one type.
template <class R>
struct GatheredVector {
  using Value = std::conditional_t<std::is_void_v<R>, void, std::vector<OrMonostate<R>>>;

  [[nodiscard]] static Result<Value> from(std::span<CombinedPart> parts) {
    if constexpr (std::is_void_v<R>) {
      return {};
    } else {
      Value values;
      values.reserve(parts.size());
      for (CombinedPart& part : parts) values.push_back(*part.template to_move<R>());
      return values;
    }
  }
};

/// What all() makes of parts of several types.
template <class... Rs>
struct GatheredTuple {
  using Value = std::tuple<OrMonostate<Rs>...>;

  [[nodiscard]] static Result<Value> from(std::span<CombinedPart> parts) {
    return from(parts, std::index_sequence_for<Rs...>());
  }

 private:
  template <std::size_t... indices>
  [[nodiscard]] static Value from(std::span<CombinedPart> parts,
                                  std::index_sequence<indices...> /*places*/) {
    return Value(take<Rs>(parts[indices])...);
  }

  template <class R>
  [[nodiscard]] static OrMonostate<R> take(CombinedPart& part) {
    if constexpr (std::is_void_v<R>) {
      static_cast<void>(part);
      return {};
    } else {
      return *part.template to_move<R>();
    }
  }
};

/// Done when all parts are, or when one has failed.
template <class Gathered>
class AllState final : public CombinedState<typename Gathered::Value> {
  using Base = CombinedState<typename Gathered::Value>;

 public:
  explicit AllState(std::size_t count) noexcept : remaining_(count) {}

  [[nodiscard]] bool waits_for_each() const noexcept override { return true; }

 private:
  void part_done(CombinedPart& part) noexcept override {
    if (const Error* error = part.state->error()) return this->finish([error] { return *error; });
    if (remaining_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      this->finish([this] { return Gathered::from(this->parts()); });
    }
  }

  std::atomic<std::size_t> remaining_;
};

/// Done when one part is.
template <class R>
class RaceState final : public CombinedState<R> {
 public:
  [[nodiscard]] bool waits_for_each() const noexcept override { return false; }

 private:
  void part_done(CombinedPart& part) noexcept override {
    this->finish([&part]() -> Result<R>&& { return part.template to_move<R>(); });
  }
};

/// Done when one part has a value, or when all have failed.
template <class R>
class FirstSuccessState final : public CombinedState<R> {
  using Part = CombinedPart;

 public:
  explicit FirstSuccessState(std::size_t count) noexcept : remaining_(count) {}

  [[nodiscard]] bool waits_for_each() const noexcept override { return false; }

 private:
  void part_done(Part& part) noexcept override {
    const Error* error = part.state->error();
    if (error == nullptr) {
      return this->finish([&part]() -> Result<R>&& { return part.template to_move<R>(); });
    }
    if (remaining_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      this->finish([&] { return all_failed(*error); });
    }
  }

  static constexpr std::string_view last_words = " failed, the last one with: ";

  /// A part that is a first_success() itself has put its words before those of its last part; they
  /// are left out, so that they do not grow with the depth.
  [[nodiscard]] static std::string_view innermost(std::string_view reason) noexcept {
    const std::size_t at =
        reason.starts_with("all ") ? reason.find(last_words) : std::string_view::npos;
    return at == std::string_view::npos ? reason : reason.substr(at + last_words.size());
  }

  [[nodiscard]] Error all_failed(const Error& last) {
    const bool none_executed = std::ranges::all_of(this->parts(), [](const Part& part) {
      return part.state->error()->definitely_not_executed();
    });
    return {last.code(),
            "all " + std::to_string(this->parts().size()) + std::string(last_words) +
                std::string(innermost(last.context())),
            none_executed ? Execution::not_executed : Execution::unknown};
  }

  std::atomic<std::size_t> remaining_;
};

}  // namespace troupe::runtime
