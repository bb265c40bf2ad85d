#include <troupe/persistence/operation.hpp>

namespace troupe::persistence {

std::string_view to_string(Stored outcome) noexcept {
  switch (outcome) {
    case Stored::stored: return "stored";
    case Stored::again: return "again";
    case Stored::queue_full: return "queue_full";
    case Stored::storage_full: return "storage_full";
    case Stored::fenced: return "fenced";
    case Stored::owned: return "owned";
    case Stored::conflict: return "conflict";
    case Stored::refused: return "refused";
    case Stored::damaged: return "damaged";
    case Stored::unavailable: return "unavailable";
    case Stored::unknown: return "unknown";
  }
  return "?";
}

}  // namespace troupe::persistence
