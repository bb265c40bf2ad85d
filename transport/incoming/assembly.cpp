#include <troupe/transport/incoming/assembly.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <troupe/transport/frame/shared_block.hpp>

namespace troupe::transport {

Result<std::optional<ReceivedFrame>> Assembly::take(std::span<const std::byte> head,
                                                    const Piece& piece, std::size_t bytes_max) {
  if (piece.frame < frame_) return std::nullopt;
  if (piece.frame > frame_) {
    give_up();
    frame_ = piece.frame;
    if (piece.offset != 0) {
      return Error(ErrorCode::malformed, "a piece of a frame whose beginning has not come");
    }
    if (piece.total > bytes_max - std::min(bytes_max, head.size())) {
      return Error(ErrorCode::frame_too_large, "a frame of " + std::to_string(piece.total) +
                                                   " bytes in pieces is longer than " +
                                                   std::to_string(bytes_max) +
                                                   ", the limit of this node");
    }
    begin(head, piece);
  }
  if (size_ == 0) return std::nullopt;  // It was given up, or is whole.
  const std::size_t at = head.size() + piece.offset;
  if (at < received_ && piece.bytes.size() <= received_ - at) return std::nullopt;
  if (at != received_ || size_ != head.size() + piece.total ||
      piece.bytes.size() > size_ - received_) {
    give_up();
    return Error(ErrorCode::malformed, "a piece that does not fit those before it");
  }
  std::memcpy(bytes_.get() + received_, piece.bytes.data(), piece.bytes.size());
  received_ += piece.bytes.size();
  if (received_ < size_) return std::nullopt;
  const std::span<const std::byte> whole(bytes_.get(), size_);
  size_ = 0;
  return ReceivedFrame{whole, std::move(bytes_)};
}

/// Memory that nothing is written to costs nothing, so what was announced and does not come is
/// cheap.
void Assembly::begin(std::span<const std::byte> head, const Piece& piece) {
  size_ = head.size() + piece.total;
  bytes_ = std::allocate_shared_for_overwrite<std::byte[]>(SharedBlock<std::byte>(), size_);
  std::memcpy(bytes_.get(), head.data(), head.size());
  received_ = head.size();
}

void Assembly::give_up() noexcept {
  bytes_.reset();
  size_ = received_ = 0;
}

}  // namespace troupe::transport
