// Assembly: one long frame at a time, put together from the pieces that come on one connection.
// Pure.
//
// A frame longer than a piece may be is cut behind its head: each piece is a frame with the same
// head that says which part of the rest it holds. So whoever sends a long message never has the
// receiver allocate more than a piece before anybody knows who it is.
//
//   piece of the frame \ offset   0             as far as it came   behind that    other
//   the present one               passed over   taken               passed over    broken
//   a later one                   begun         .                   .              broken
//   an earlier one                passed over   passed over         passed over    passed over
//
// A connection keeps its order, so "behind" is a repetition, and a later frame that begins means
// that the present one never ends: it is given up. What is broken or refused is passed over to its
// end.
#pragma once

#include <cstdint>
#include <memory>
#include <troupe/base/result.hpp>
#include <troupe/transport/carrier.hpp>
#include <troupe/transport/frame/frame.hpp>

namespace troupe::transport {

/// Owner only.
class Assembly {
 public:
  /// Takes a piece, whose frame begins with this head. Returns the whole frame once it has all of
  /// it, and nothing before. Errors: `frame_too_large` for a frame longer than `bytes_max`, once
  /// for each; `malformed` for a piece of a frame whose beginning has not come, and for one that
  /// does not fit the pieces before it.
  [[nodiscard]] Result<std::optional<ReceivedFrame>> take(std::span<const std::byte> head,
                                                          const Piece& piece,
                                                          std::size_t bytes_max);

  /// Of the frame that is not whole yet, as it will be.
  [[nodiscard]] std::size_t bytes() const noexcept { return size_; }

 private:
  void begin(std::span<const std::byte> head, const Piece& piece);
  void give_up() noexcept;

  std::uint64_t frame_ = 0;  // That is being put together, or was last.
  std::shared_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;      // Of the frame; 0 while there is none.
  std::size_t received_ = 0;  // Of it.
};

}  // namespace troupe::transport
