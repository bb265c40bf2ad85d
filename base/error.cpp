#include <troupe/base/error.hpp>

namespace troupe {

std::string_view to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::timeout: return "timeout";
    case ErrorCode::actor_stopped: return "actor_stopped";
    case ErrorCode::no_such_actor: return "no_such_actor";
    case ErrorCode::mailbox_full: return "mailbox_full";
    case ErrorCode::node_down: return "node_down";
    case ErrorCode::node_unreachable: return "node_unreachable";
    case ErrorCode::handler_failed: return "handler_failed";
    case ErrorCode::not_serialisable: return "not_serialisable";
    case ErrorCode::cancelled: return "cancelled";
    case ErrorCode::deadlock: return "deadlock";
    case ErrorCode::link_full: return "link_full";
    case ErrorCode::frame_too_large: return "frame_too_large";
    case ErrorCode::unknown_type: return "unknown_type";
    case ErrorCode::malformed: return "malformed";
    case ErrorCode::expired: return "expired";
    case ErrorCode::shutdown: return "shutdown";
    case ErrorCode::name_taken: return "name_taken";
    case ErrorCode::invalid_name: return "invalid_name";
    case ErrorCode::invalid_path: return "invalid_path";
    case ErrorCode::start_failed: return "start_failed";
    case ErrorCode::address_in_use: return "address_in_use";
    case ErrorCode::invalid_setting: return "invalid_setting";
    case ErrorCode::refused: return "refused";
    case ErrorCode::killed: return "killed";
    case ErrorCode::limit_reached: return "limit_reached";
    case ErrorCode::storage_unavailable: return "storage_unavailable";
    case ErrorCode::storage_full: return "storage_full";
    case ErrorCode::fenced: return "fenced";
  }
  return "unknown_code";
}

Error::~Error() = default;

std::string Error::to_string() const {
  std::string text(troupe::to_string(code_));
  if (!context_.empty()) text.append(": ").append(context_);
  return text;
}

}  // namespace troupe
