#include <troupe/transport/transport_settings.hpp>

#include <algorithm>
#include <utility>

namespace troupe {
namespace {

/// Every duration that has no range of its own.
Result<void> check_durations(const TransportSettings& settings) {
  const std::pair<Duration, const char*> positive[] = {
      {settings.handshake_timeout, "handshake_timeout"},
      {settings.system_delivery_max, "system_delivery_max"},
      {settings.system_resend_after, "system_resend_after"},
      {settings.redial_pause, "redial_pause"},
      {settings.redial_pause_max, "redial_pause_max"},
      {settings.return_pause, "return_pause"},
      {settings.return_pause_max, "return_pause_max"},
      {settings.heartbeat_interval, "heartbeat_interval"},
      {settings.silence.deviation_min, "silence.deviation_min"},
      {settings.lane_stall_max, "lane_stall_max"},
      {settings.down_after, "down_after"}};
  for (const auto& [value, name] : positive) {
    if (value <= Duration::zero()) return bad_setting(std::string(name) + " must be positive");
  }
  const std::pair<Duration, const char*> not_negative[] = {
      {settings.silence.acceptable_pause, "silence.acceptable_pause"},
      {settings.busy_poll_max, "busy_poll_max"},
      {settings.linger, "linger"}};
  for (const auto& [value, name] : not_negative) {
    if (value < Duration::zero()) return bad_setting(std::string(name) + " must not be negative");
  }
  if (settings.redial_pause_max < settings.redial_pause) {
    return bad_setting("redial_pause_max must be at least redial_pause");
  }
  const bool returns = settings.return_pause != Duration::max();
  if (returns && settings.return_pause_max < settings.return_pause) {
    return bad_setting("return_pause_max must be at least return_pause");
  }
  return {};
}

}  // namespace

Result<void> TransportSettings::validate() const {
  if (cluster.empty() || cluster.size() > 255)
    return bad_setting("cluster must have 1 to 255 bytes");
  if (process.size() > 255) return bad_setting("process must have at most 255 bytes");
  if (frame_bytes_max < 1024 || frame_bytes_max > (std::size_t{1} << 30U)) {
    return bad_setting("frame_bytes_max is " + std::to_string(frame_bytes_max) +
                       "; it must be from 1 KiB to 1 GiB");
  }
  if (large_message_bytes < 1024 || large_message_bytes > (std::size_t{1} << 30U)) {
    return bad_setting("large_message_bytes is " + std::to_string(large_message_bytes) +
                       "; it must be from 1 KiB to 1 GiB");
  }
  if (system_messages_max == 0) return bad_setting("system_messages_max must be positive");
  if (system_waiting_max < system_messages_max) {
    return bad_setting("system_waiting_max must be at least system_messages_max");
  }
  if (system_waiting_bytes_max == 0) {
    return bad_setting("system_waiting_bytes_max must be positive");
  }
  if (outbox_bytes_max == 0) return bad_setting("outbox_bytes_max must be positive");
  if (outbox_messages_max == 0) return bad_setting("outbox_messages_max must be positive");
  if (send_waits_at_bytes == 0 || send_waits_at_bytes > outbox_bytes_max) {
    return bad_setting("send_waits_at_bytes must be from 1 to outbox_bytes_max");
  }
  if (unhandled_bytes_max == 0) return bad_setting("unhandled_bytes_max must be positive");
  if (unhandled_messages_max == 0) return bad_setting("unhandled_messages_max must be positive");
  if (pending_asks_max == 0) return bad_setting("pending_asks_max must be positive");
  if (paths_max == 0) return bad_setting("paths_max must be positive");
  if (peers_max == 0) return bad_setting("peers_max must be positive");
  if (idle_after < std::chrono::seconds(1)) {
    return bad_setting("idle_after must be at least 1 s");
  }
  if (forget_after < std::chrono::seconds(1)) {
    return bad_setting("forget_after must be at least 1 s");
  }
  if (held_bytes_max == 0) return bad_setting("held_bytes_max must be positive");
  if (ended_lives_max == 0) return bad_setting("ended_lives_max must be at least 1");
  if (announced_types_max > 8'192) {
    return bad_setting("announced_types_max is " + std::to_string(announced_types_max) +
                       "; it must be at most 8192");
  }
  if (auto checked = check_durations(*this); !checked.ok()) return checked;
  if (hello_timeout < std::chrono::milliseconds(100) || hello_timeout > std::chrono::minutes(1)) {
    return bad_setting("hello_timeout must be from 100 ms to 60 s");
  }
  if (dead_connection_after < std::chrono::seconds(3) ||
      dead_connection_after > std::chrono::hours(1)) {
    return bad_setting("dead_connection_after must be from 3 s to 1 h");
  }
  if (unproven_connections_max == 0) {
    return bad_setting("unproven_connections_max must be positive");
  }
  if (dials_at_once_max == 0) return bad_setting("dials_at_once_max must be positive");
  if (lane_bytes_per_second_min == 0) {
    return bad_setting("lane_bytes_per_second_min must be positive");
  }
  if (!(silence.threshold >= 1 && silence.threshold <= 16)) {  // Nor NaN.
    return bad_setting("silence.threshold must be from 1 to 16");
  }
  if (silence.samples_max == 0) return bad_setting("silence.samples_max must be positive");
  return {};
}

std::size_t transport::messages_under_way_max(const TransportSettings& settings) noexcept {
  constexpr std::size_t usual = 100'000;
  return twice(std::max(settings.outbox_messages_max, usual));
}

}  // namespace troupe
