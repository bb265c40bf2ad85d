// An answer as a Result, from the envelope that brings one. To the asker: see answering.hpp.
#pragma once

#include <optional>
#include <span>
#include <troupe/actor/ports/envelope.hpp>
#include <troupe/actor/runtime/user_code.hpp>
#include <troupe/base/result.hpp>
#include <troupe/wire/codec.hpp>
#include <type_traits>

namespace troupe::runtime {

/// Stands for `void` where a value has to be stored or sent.
struct Unit {
  friend bool operator==(const Unit&, const Unit&) = default;
};

template <class R>
using Stored = std::conditional_t<std::is_void_v<R>, Unit, R>;

/// True for what an answer may be. Other results are those of then() and of combinators, and come
/// in no envelope.
template <class R>
inline constexpr bool may_be_answer = is_local_message<R> || wire::Serialisable<R>;

/// The bytes of an answer that came from another node, and what reads the refs in them.
struct EncodedReply {
  std::span<const std::byte> bytes;
  wire::RefPort* refs = nullptr;
};
/// Those of this one; nothing for an answer of this process. They are the envelope's.
[[nodiscard]] std::optional<EncodedReply> encoded_reply(Envelope& reply) noexcept;

/// Errors: `malformed`, also for what the type's own codec throws.
template <class M>
[[nodiscard]] Result<M> decode_message(std::span<const std::byte> bytes, wire::RefPort* refs) {
  std::optional<Result<M>> result;
  auto failure =
      run_user_code(ErrorCode::malformed, [&] { result.emplace(wire::decode<M>(bytes, refs)); });
  if (failure) return std::move(failure->error);
  return *std::move(result);
}

/// The value or the error in a reply; the envelope stays the caller's.
template <class R>
[[nodiscard]] Result<R> take_reply(Envelope* reply) {
  if constexpr (may_be_answer<Stored<R>>) {
    if (same_type(*reply->type, message_type<Stored<R>>)) {
      if constexpr (std::is_void_v<R>) {
        return {};
      } else {
        return std::move(reply->payload_as<R>());
      }
    }
  }
  if (same_type(*reply->type, message_type<Error>)) return std::move(reply->payload_as<Error>());
  if constexpr (may_be_answer<Stored<R>> && !is_local_message<Stored<R>>) {
    if (const auto encoded = encoded_reply(*reply)) {
      auto decoded = decode_message<Stored<R>>(encoded->bytes, encoded->refs);
      if constexpr (std::is_void_v<R>) {
        if (decoded.ok()) return {};
        return std::move(decoded).error();
      } else {
        return decoded;
      }
    }
  }
  return Error(ErrorCode::malformed, "expected an answer of type " +
                                         std::string(wire::type_name<Stored<R>>()) + ", got " +
                                         std::string(reply->type->name));
}

/// As take_reply(), into `place`. What moving the value throws is the result: `handler_failed`.
template <class R>
void take_reply_to(std::optional<Result<R>>& place, Envelope* reply) noexcept {
  if constexpr (std::is_nothrow_move_constructible_v<Stored<R>>) {
    place.emplace(take_reply<R>(reply));
  } else {
    auto failure =
        run_user_code(ErrorCode::handler_failed, [&] { place.emplace(take_reply<R>(reply)); });
    if (failure) place.emplace(std::move(failure->error));
  }
}

}  // namespace troupe::runtime
