#include <troupe/persistence/rules/operation_access.hpp>

namespace troupe::persistence {

std::pair<std::string_view, std::string_view> subject(Operation& operation) {
  return visit(operation, [](auto& one) -> std::pair<std::string_view, std::string_view> {
    if constexpr (requires { one.queue; }) {
      return {"queue", one.queue};
    } else if constexpr (requires { one.key; }) {
      return {"journal", one.key};
    } else if constexpr (requires { one.tag; }) {
      return {"tag", one.tag};
    } else {
      return {};
    }
  });
}

std::size_t added_bytes(Operation& operation) {
  return visit(operation, [](auto& one) -> std::size_t {
    if constexpr (requires { one.records; }) {
      return one.records.bytes();
    } else if constexpr (requires { one.expected; }) {
      return one.events.bytes();
    } else if constexpr (requires { one.keep_from; }) {
      return one.record.size();
    } else {
      return 0;
    }
  });
}

bool adds(const Operation& operation) noexcept {
  using Kind = Operation::Kind;
  const Kind kind = operation.kind();
  return kind == Kind::append_batch || kind == Kind::append_events || kind == Kind::save_snapshot;
}

bool writes(const Operation& operation) noexcept {
  switch (operation.kind()) {
    case Operation::Kind::read_queue:
    case Operation::Kind::show_queue:
    case Operation::Kind::list_queues:
    case Operation::Kind::list_dead_letters:
    case Operation::Kind::read_events:
    case Operation::Kind::read_tag:
    case Operation::Kind::list_journals:
    case Operation::Kind::load_snapshot:
    case Operation::Kind::back_up: return false;
    default: return true;
  }
}

}  // namespace troupe::persistence
