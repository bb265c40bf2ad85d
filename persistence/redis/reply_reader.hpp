// ReplyReader: makes replies of the bytes that a server sends, by hiredis' reader, and holds them
// to limits before there is memory for them.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <troupe/persistence/redis/reply.hpp>

namespace troupe::redis {

/// Owner only. One per connection.
class ReplyReader {
 public:
  /// Values that one reply may have, those of inner arrays and the arrays among them.
  static constexpr std::size_t values_max = 1'000'000;
  /// How deep arrays may be in each other: hiredis' own limit.
  static constexpr std::size_t depth_max = 7;

  /// A reply of more bytes is too large.
  explicit ReplyReader(std::size_t reply_bytes_max);
  ~ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  /// Takes some of the bytes, and says how many: so that a reply's limit is seen in time.
  [[nodiscard]] std::size_t feed(std::string_view bytes);

  /// What next() found.
  enum class Found : unsigned char {
    reply,      ///< One, whole.
    nothing,    ///< More bytes are needed.
    nonsense,   ///< What came is not the protocol: see reason().
    too_large,  ///< The reply breaks a limit: see reason().
  };
  /// After `nonsense` and `too_large` the reader is of no use any more.
  [[nodiscard]] Found next(Reply& reply);

  /// For a log; escaped.
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

 private:
  struct Building;
  const std::size_t reply_bytes_max_;
  std::unique_ptr<Building> building_;
  std::string reason_;
};

}  // namespace troupe::redis
