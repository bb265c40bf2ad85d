#include <troupe/transport/transport_settings.hpp>

namespace troupe {

Result<void> TransportSettings::validate() const {
  const auto bad = [](std::string words) {
    return Error(ErrorCode::invalid_setting, std::move(words), Execution::not_executed);
  };
  if (cluster.empty() || cluster.size() > 255) return bad("cluster must have 1 to 255 bytes");
  if (frame_bytes_max < 1024 || frame_bytes_max > (std::size_t{1} << 30U)) {
    return bad("frame_bytes_max is " + std::to_string(frame_bytes_max) +
               "; it must be from 1 KiB to 1 GiB");
  }
  if (outbox_bytes_max == 0) return bad("outbox_bytes_max must be positive");
  if (outbox_messages_max == 0) return bad("outbox_messages_max must be positive");
  if (pending_asks_max == 0) return bad("pending_asks_max must be positive");
  if (paths_max == 0) return bad("paths_max must be positive");
  if (peers_max == 0) return bad("peers_max must be positive");
  if (handshake_timeout <= Duration::zero()) return bad("handshake_timeout must be positive");
  if (redial_pause <= Duration::zero()) return bad("redial_pause must be positive");
  if (farewell < Duration::zero()) return bad("farewell must not be negative");
  return {};
}

}  // namespace troupe
