// ReceivedLanes: what has come from one incarnation of a peer, in its present session. Pure.
//
// Each message of the ordinary and the large lane has a number. What was there already is a
// repetition and is passed over, what was jumped over is lost and counted: so there may be gaps,
// and never a reordering or a repetition, whatever is below. The peer is told how many of the
// messages before a position never came, or could not be read: it does not count them as delivered.
#pragma once

#include <troupe/transport/frame/frame.hpp>
#include <troupe/transport/frame/system_payload.hpp>

namespace troupe::transport {

/// No node has more messages that wait to be sent: what waits for them may come long before them.
inline constexpr std::uint64_t messages_waiting_max = std::uint64_t{1} << 40U;

/// Owner only.
class ReceivedLanes {
 public:
  [[nodiscard]] std::uint64_t session() const noexcept { return session_; }
  [[nodiscard]] const LanePositions& positions() const noexcept { return positions_; }

  /// What has come in this session.
  [[nodiscard]] Received received(std::uint64_t system) const noexcept {
    return {system, session_, positions_, missed_in_session_};
  }

  /// Bytes of frames, for the peer to see that its lanes are alive.
  [[nodiscard]] const LanePositions& bytes() const noexcept { return bytes_; }

  /// What came in the last session before this one in which anything came.
  [[nodiscard]] const Received& last() const noexcept { return last_; }

  /// The peer has begun a session. False for one that is over, or not newer.
  [[nodiscard]] bool begin(std::uint64_t session) noexcept {
    if (session <= session_) return false;
    if (positions_ != LanePositions{}) last_ = received(0);
    session_ = session;
    positions_ = {};
    missed_in_session_ = 0;
    bytes_ = {};
    newest_pieces_ = {};
    return true;
  }

  /// A whole frame of so many bytes has come, whose first message has this number.
  void arrived(Lane lane, std::uint64_t first, std::size_t bytes) noexcept {
    if (first >= positions_.on(lane)) bytes_.on(lane) += bytes;  // Else it is a repetition.
  }
  /// A piece has come, in a frame of so many bytes.
  void arrived(Lane lane, const Piece& piece, std::size_t bytes) noexcept {
    NewestPiece& newest = newest_pieces_[index_of(lane)];
    if (piece.frame < newest.frame) return;
    if (piece.frame == newest.frame && piece.offset < newest.end) return;
    newest = {piece.frame, piece.offset + piece.bytes.size()};
    bytes_.on(lane) += bytes;
  }

  /// Whether this can be the number of a message, or what one waits for, where so many at most are
  /// under way: no further ahead.
  [[nodiscard]] bool can_come(Lane lane, std::uint64_t number,
                              std::uint64_t ahead_max) const noexcept {
    const std::uint64_t next = positions_.on(lane);
    return number <= next || number - next <= ahead_max;
  }

  /// How many of so many messages, numbered from this number on, are to be taken: the last ones.
  [[nodiscard]] std::uint64_t accept(Lane lane, std::uint64_t number,
                                     std::uint64_t count) noexcept {
    std::uint64_t& next = positions_.on(lane);
    const std::uint64_t end = number + count;
    if (end <= next) return 0;
    const std::uint64_t repeated = number < next ? next - number : 0;
    if (number > next) {
      missed_ += number - next;
      missed_in_session_ += number - next;
    }
    next = end;
    return count - repeated;
  }

  /// So many of the messages that were accepted could not be read.
  void refuse(std::uint64_t count) noexcept { missed_in_session_ += count; }

  /// Whether everything before this position has come, or will not come any more.
  [[nodiscard]] bool has_reached(const Position& position) const noexcept {
    return position.session < session_ ||
           (position.session == session_ && positions_.cover(position.positions));
  }

  /// Messages that were jumped over, in all sessions.
  [[nodiscard]] std::uint64_t missed() const noexcept { return missed_; }

 private:
  struct NewestPiece {
    std::uint64_t frame = 0;
    std::uint64_t end = 0;  // Of what has come of the frame.
  };

  std::uint64_t session_ = 0;
  LanePositions positions_;
  LanePositions bytes_;
  std::array<NewestPiece, lane_count> newest_pieces_{};
  Received last_;
  std::uint64_t missed_ = 0;
  std::uint64_t missed_in_session_ = 0;  // With those that could not be read.
};

}  // namespace troupe::transport
