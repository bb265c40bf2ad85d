#include <troupe/persistence/rules/operation_access.hpp>

#include <algorithm>
#include <type_traits>

namespace troupe::persistence {
namespace {

// What a double holds exactly, as the scripts in Redis have numbers.
constexpr std::uint64_t number_max = (std::uint64_t{1} << 53U) - 1;
constexpr std::size_t page_max = std::size_t{1} << 30U;

}  // namespace

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
  if (kind == Kind::append_events) {  // Who only gives a journal up adds nothing.
    const auto& append = static_cast<const AppendEvents&>(operation);
    return !append.releases || !append.events.empty();
  }
  return kind == Kind::append_batch || kind == Kind::append_events || kind == Kind::save_snapshot;
}

std::string_view woken_by(Operation& operation) noexcept {
  if (!is_stored(operation.outcome)) return {};
  switch (operation.kind()) {
    case Operation::Kind::append_batch: {
      const auto& one = static_cast<const AppendBatch&>(operation);
      return one.by_owner ? std::string_view() : one.queue;
    }
    case Operation::Kind::control_queue: return static_cast<const ControlQueue&>(operation).queue;
    case Operation::Kind::handle_dead_letters: {
      const auto& one = static_cast<const HandleDeadLetters&>(operation);
      const bool replays = one.action == HandleDeadLetters::Action::replay;
      return replays && one.handled > 0 ? one.queue : std::string_view();
    }
    default: return {};
  }
}

void into_range(Operation& operation) noexcept {
  const auto page = [](std::size_t& size) { size = std::clamp<std::size_t>(size, 1, page_max); };
  const auto number = [](std::uint64_t& one) { one = std::min(one, number_max); };
  visit(operation, [&](auto& one) {
    using Request = std::remove_reference_t<decltype(one)>;
    if constexpr (std::is_same_v<Request, ReadQueue>) {
      number(one.after.number);
      one.messages_max = std::min(one.messages_max, page_max);  // None is a page, too.
      page(one.bytes_max);
    } else if constexpr (std::is_same_v<Request, ListQueues>) {
      page(one.queues_max);
    } else if constexpr (std::is_same_v<Request, ListDeadLetters>) {
      number(one.after);
      page(one.letters_max);
      page(one.bytes_max);
    } else if constexpr (std::is_same_v<Request, HandleDeadLetters>) {
      number(one.first);
      number(one.last);
    } else if constexpr (std::is_same_v<Request, ReadEvents>) {
      number(one.first);
      page(one.events_max);
      page(one.bytes_max);
    } else if constexpr (std::is_same_v<Request, ReadTag>) {
      page(one.events_max);
      page(one.bytes_max);
    } else if constexpr (std::is_same_v<Request, ListJournals>) {
      page(one.journals_max);
    }
  });
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
