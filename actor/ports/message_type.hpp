// MessageType: what the runtime knows of a message's type once the type itself has been erased.
//
// One constant for each type, compared by address inside a process and by key between processes. A
// shared library with hidden visibility has constants of its own, which same_type() recognises.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/base/error.hpp>
#include <troupe/wire/codec.hpp>
#include <troupe/wire/schema.hpp>
#include <troupe/wire/type_name.hpp>
#include <type_traits>
#include <utility>

namespace troupe::runtime {

struct MessageType {
  std::string_view name;  ///< The wire name.
  std::uint64_t key;      ///< Names the type between processes.
  std::uint32_t size;
  std::uint32_t alignment;
  void (*destroy)(void* message) noexcept;  ///< Null where there is nothing to do.
  void (*encode)(wire::Writer& writer, const void* message);  ///< Null for a local type.
  /// Makes the message in the memory, unless it throws. Null for a local type.
  void (*decode)(wire::Reader& reader, void* memory);
  std::string (*describe)(const MessageType& type);  ///< Its schema in words; null for a local
                                                     ///< type.
  std::uint64_t fingerprint;                         ///< Of that description; 0 for a local type.
  const MessageType* reply;  ///< That of the answer, for a request whose answer has a value.
  /// No other type of the process has this name, as one in an unnamed namespace or a function may.
  bool name_is_unique = false;
};

/// Whether both describe the same type.
[[nodiscard]] constexpr bool same_type(const MessageType& a, const MessageType& b) noexcept {
  return &a == &b || (a.key == b.key && a.name_is_unique && b.name_is_unique && a.size == b.size &&
                      a.alignment == b.alignment && a.fingerprint == b.fingerprint);
}

/// Equal for those of the same type.
[[nodiscard]] inline std::uint64_t identity_of(const MessageType& type) noexcept {
  return type.name_is_unique ? type.key : reinterpret_cast<std::uintptr_t>(&type);
}

/// Types that never leave the process as messages: marked by their author, or the runtime's own,
/// which specialise this.
template <class M>
inline constexpr bool is_local_message = wire::is_local<M>;
template <>
inline constexpr bool is_local_message<Error> = true;

template <class M, bool local>
struct MessageObstacle {
  using Type = wire::check::NoObstacle;
};
template <class M>
struct MessageObstacle<M, false> {
  using Type = wire::ObstacleTo<M>;
};
/// To ask for its size is an error, which says why, where M can be no message.
template <class M>
using MessageObstacleOf = typename MessageObstacle<M, is_local_message<M>>::Type;

template <class M>
consteval MessageType describe_message();

template <class M>
inline constexpr MessageType message_type = describe_message<M>();

template <class M>
consteval MessageType describe_message() {
  static_assert(std::is_same_v<M, std::remove_cvref_t<M>>, "messages are values");
  constexpr std::string_view name = wire::type_name<M>();
  MessageType type{.name = name,
                   .key = wire::type_key<M>,
                   .size = sizeof(M),
                   .alignment = alignof(M),
                   .destroy = nullptr,
                   .encode = nullptr,
                   .decode = nullptr,
                   .describe = nullptr,
                   .fingerprint = 0,
                   .reply = nullptr};
  type.name_is_unique = name.find_first_of("{(") == std::string_view::npos;
  if constexpr (!std::is_trivially_destructible_v<M>) {
    type.destroy = [](void* message) noexcept { static_cast<M*>(message)->~M(); };
  }
  static_assert(sizeof(MessageObstacleOf<M>) > 0);
  if constexpr (!is_local_message<M> && wire::Serialisable<M>) {
    type.encode = [](wire::Writer& writer, const void* message) {
      wire::encode(writer, *static_cast<const M*>(message));
    };
    type.decode = [](wire::Reader& reader, void* memory) {
      M message{};
      wire::decode_into(reader, message);
      new (memory) M(std::move(message));
    };
    type.describe = [](const MessageType& /*type*/) { return wire::describe<M>(); };
    type.fingerprint = wire::fingerprint<M>();
  }
  if constexpr (requires { typename M::Reply; }) {
    if constexpr (!std::is_void_v<typename M::Reply>) {
      type.reply = &message_type<typename M::Reply>;
    }
  }
  return type;
}

}  // namespace troupe::runtime
