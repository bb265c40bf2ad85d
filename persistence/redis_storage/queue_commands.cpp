// The requests of durable queues as commands for Redis, and back.
#include <algorithm>
#include <troupe/base/printable.hpp>
#include <troupe/persistence/redis/command_text.hpp>
#include <troupe/persistence/redis_storage/owner_leases.hpp>
#include <troupe/persistence/redis_storage/queue_scripts.hpp>
#include <troupe/persistence/redis_storage/storage_commands.hpp>
#include <troupe/persistence/redis_storage/storage_keys.hpp>
#include <troupe/persistence/rules/queue_ledger.hpp>
#include <troupe/persistence/rules/record_entry.hpp>
#include <troupe/persistence/rules/request_rules.hpp>
#include <utility>

namespace troupe::persistence {
namespace {

using redis::Reply;

ScriptCall queue_call(const std::string& queue, const CommandPlace& place) {
  const std::string begin = bucket_begin(place.cluster, bucket_of(queue));
  ScriptCall call;
  call.key(begin + "q:" + queue).key(begin + "m:" + queue).key(begin + "p:" + queue);
  call.key(begin + "d:" + queue).key(begin + "queues").key(begin + "wake");
  call.text(queue);
  return call;
}

/// Of a bucket as a whole.
ScriptCall bucket_call(const std::string& begin) {
  ScriptCall call;
  call.key(begin + "q").key(begin + "m").key(begin + "p").key(begin + "d");
  call.key(begin + "queues").key(begin + "wake");
  return call;
}

QueueState queue_state(std::string name, const Reply& reply) {
  const auto number = [&](std::size_t index) { return number_in(element(reply, index)); };
  QueueState state;
  state.name = std::move(name);
  state.owner = {number(0), hex_in(element(reply, 1)), hex_in(element(reply, 2))};
  state.last = {number(4), number(3)};
  state.cursor = {number(6), number(5)};
  state.attempts = {number(7), static_cast<std::uint32_t>(number(8))};
  state.settle_number = number(9);
  state.waiting_bytes = number(11);
  state.is_paused = number(12) != 0;
  state.dead_letters = number(17);
  state.books = {.stored = number(3),
                 .settled = number(13),
                 .dead = number(14),
                 .expired = number(15),
                 .purged = number(16),
                 .waiting = number(3) - number(5)};
  return state;
}

void no_answer(Operation& request) {
  answered(request, Stored::damaged, "Redis has answered a script of the storage with other words");
}

}  // namespace

redis::Command command_for(const ClaimQueue& request, const CommandPlace& place,
                           std::uint64_t number) {
  return queue_call(request.queue, place)
      .text(hex_text(request.incarnation))
      .text(hex_text(request.instance))
      .text(to_string(request.gone))
      .text(place.sender)
      .number(number)
      .text(lease_keys(place.cluster))
      .number(place.lease_ms)
      .command(queue_scripts().claim);
}

void take_reply(ClaimQueue& request, const Reply& reply) {
  const QueueState state = queue_state(request.queue, element(reply, 1));
  request.token = state.owner;
  request.state = {};
  if (status_of(reply) == "owned") {
    answered(request, Stored::owned,
             named("queue", request.queue) + " belongs to " + to_string(state.owner) +
                 ", whose lease ends in " + element(reply, 2).text +
                 " ms if its node does not renew it");
  } else if (status_of(reply) == "stored") {
    request.state = state;
    request.state.settle_number = number_in(element(reply, 2));
    answered(request, Stored::stored);
  } else if (status_of(reply) == "late") {
    answered(request, Stored::unavailable, late_claim);
  } else {
    no_answer(request);
  }
}

redis::Command command_for(const AppendBatch& request, const CommandPlace& place) {
  ScriptCall call = queue_call(request.queue, place);
  call.text(hex_text(request.producer)).number(request.batch);
  call.number(request.messages_max).number(request.bytes_max);
  call.text(request.by_owner ? "owner" : "").number(producers_max);
  for (std::size_t first = 0; first < request.records.size();) {
    const std::size_t count = entry_count(request.records, first, request.records.size());
    call.text(pack_sizes(request.records, first, count)).text(request.records.slice(first, count));
    first += count;
  }
  return call.command(queue_scripts().append);
}

redis::Command known_command(const AppendBatch& request, const CommandPlace& place) {
  return queue_call(request.queue, place)
      .text(hex_text(request.producer))
      .number(request.batch)
      .command(queue_scripts().known);
}

void take_reply(AppendBatch& request, const Reply& reply) {
  const std::string& status = status_of(reply);
  request.taken = request.forgotten = 0;
  request.first = {};
  if (status == "stored" || status == "again") {
    request.taken = number_in(element(reply, 1));
    request.first = {number_in(element(reply, 3)), number_in(element(reply, 2))};
    request.forgotten = number_in(element(reply, 5));
    answered(request, status == "again" ? Stored::again : Stored::stored);
  } else if (status == "full") {
    answered(request, Stored::queue_full,
             named("queue", request.queue) + " holds " + element(reply, 1).text + " messages of " +
                 element(reply, 2).text + " bytes");
  } else if (status == "old") {
    answered(request, Stored::refused,
             "batch " + std::to_string(request.batch) + " comes after batch " +
                 element(reply, 1).text + " of its producer");
  } else if (status == "no") {
    answered(request, Stored::storage_full, "the memory of the Redis server is used up");
  } else {
    no_answer(request);
  }
}

redis::Command command_for(const ReadQueue& request, const CommandPlace& place) {
  return queue_call(request.queue, place)
      .number(request.after.number)
      .number(request.messages_max)
      .number(std::min(request.bytes_max, reply_page_bytes))
      .command(queue_scripts().read);
}

void take_reply(ReadQueue& request, const Reply& reply) {
  request.messages.clear();
  if (status_of(reply) != "stored") return no_answer(request);
  answered(request, Stored::stored);
  const QueueState state = queue_state(request.queue, element(reply, 1));
  request.last = state.last;
  request.is_paused = state.is_paused;
  const std::uint64_t first = number_in(element(reply, 2));
  std::size_t bytes = 0;
  for (const Reply& item : element(reply, 3).elements) {
    const RecordEntry entry{.number = number_in(element(item, 0)),
                            .sizes = element(item, 2).text,
                            .records = element(item, 4).text};
    for (std::size_t i = 0; i < entry.count(); ++i) {
      if (entry.number + i < first) continue;
      const std::string_view record = entry.record(i);
      bytes += record.size();
      if (request.messages.size() >= request.messages_max) return;
      if (bytes > request.bytes_max && !request.messages.empty()) return;
      request.messages.push_back({.position = {number_in(element(item, 1)), entry.number + i},
                                  .record = std::string(record),
                                  .history = element(item, 3).text});
    }
  }
}

redis::Command command_for(const SettleBatch& request, const CommandPlace& place) {
  ScriptCall call = queue_call(request.queue, place);
  call.number(request.token.epoch).text(hex_text(request.token.incarnation));
  call.text(hex_text(request.token.instance)).number(request.number).number(request.through);
  call.number(request.attempts.number).number(request.attempts.count);
  call.number(place.limits.dead_letters_max).number(request.releases ? 1 : 0);
  call.number(request.dead.size());
  for (const Death& death : request.dead) {
    call.number(death.number).number(death.attempts).text(kept_error(death));
    call.text(printable(kept_error(death), error_bytes_max));
  }
  for (const std::uint64_t number : request.expired) call.number(number);
  return call.command(queue_scripts().settle);
}

void take_reply(SettleBatch& request, const Reply& reply) {
  const QueueState state = queue_state(request.queue, element(reply, 1));
  request.last = state.last;
  request.cursor = state.cursor;
  request.is_paused = state.is_paused;
  request.forgotten = number_in(element(reply, 2));
  const std::string& status = status_of(reply);
  if (status == "stored" || status == "again") {
    answered(request, status == "again" ? Stored::again : Stored::stored);
  } else if (status == "fenced") {
    static_cast<void>(is_owner(request, "queue", request.queue, request.token, state.owner));
  } else if (status == "behind") {
    answered(request, Stored::refused,
             settles_too_much(request.queue, request.through, state.last.number));
  } else {
    no_answer(request);
  }
}

redis::Command command_for(const ControlQueue& request, const CommandPlace& place) {
  constexpr std::string_view actions[] = {"pause", "resume", "purge"};
  return queue_call(request.queue, place)
      .text(actions[static_cast<std::size_t>(request.action)])
      .command(queue_scripts().control);
}

void take_reply(ControlQueue& request, const Reply& reply) {
  request.purged = number_in(element(reply, 1));
  if (status_of(reply) != "stored") return no_answer(request);
  answered(request, Stored::stored);
}

redis::Command command_for(const ShowQueue& request, const CommandPlace& place) {
  return queue_call(request.queue, place).command(queue_scripts().show);
}

void take_reply(ShowQueue& request, const Reply& reply) {
  request.state = {};
  if (status_of(reply) == "none") {
    answered(request, Stored::refused, "there is no " + named("queue", request.queue));
  } else if (status_of(reply) == "stored") {
    request.state = queue_state(request.queue, element(reply, 1));
    answered(request, Stored::stored);
  } else {
    no_answer(request);
  }
}

redis::Command command_for(const ListDeadLetters& request, const CommandPlace& place) {
  return queue_call(request.queue, place)
      .number(request.after)
      .number(request.letters_max)
      .number(std::min(request.bytes_max, reply_page_bytes))
      .command(queue_scripts().letters);
}

void take_reply(ListDeadLetters& request, const Reply& reply) {
  request.letters.clear();
  request.is_end = number_in(element(reply, 2)) != 0;
  if (status_of(reply) != "stored") return no_answer(request);
  for (const Reply& item : element(reply, 1).elements) {
    const auto number = [&](std::size_t index) { return number_in(element(item, index)); };
    request.letters.push_back({.id = number(0),
                               .position = {number(1), number(2)},
                               .died_at = number(3),
                               .attempts = static_cast<std::uint32_t>(number(4)),
                               .error = element(item, 5).text,
                               .record = element(item, 7).text,
                               .history = element(item, 6).text});
  }
  answered(request, Stored::stored);
}

redis::Command command_for(const HandleDeadLetters& request, const CommandPlace& place) {
  const bool replays = request.action == HandleDeadLetters::Action::replay;
  return queue_call(request.queue, place)
      .text(replays ? "replay" : "drop")
      .number(request.first)
      .number(request.last)
      .number(letters_at_once_max)
      .number(deaths_max)
      .number(letters_bytes_at_once_max)
      .command(queue_scripts().handle_letters);
}

void take_reply(HandleDeadLetters& request, const Reply& reply) {
  request.handled = number_in(element(reply, 1));
  request.next_id = number_in(element(reply, 2));
  if (status_of(reply) != "stored") return no_answer(request);
  answered(request, Stored::stored);
}

redis::Command command_for(const DropQueue& request, const CommandPlace& place,
                           std::uint64_t number) {
  return queue_call(request.queue, place)
      .text(request.token == Token{} ? "" : to_string(request.token))
      .text(place.sender)
      .number(number)
      .command(queue_scripts().drop);
}

void take_reply(DropQueue& request, const Reply& reply) {
  const QueueState state = queue_state(request.queue, element(reply, 1));
  const std::string& status = status_of(reply);
  if (status == "stored") {
    answered(request, Stored::stored);
  } else if (status == "none") {
    answered(request, Stored::refused, is_not_there(request.queue));
  } else if (status == "in use") {
    answered(request, Stored::refused,
             is_in_use(request.queue, state.books.waiting, state.dead_letters));
  } else if (status == "late") {
    answered(request, Stored::unavailable, late_claim);
  } else if (status == "fenced") {
    static_cast<void>(is_owner(request, "queue", request.queue, request.token, state.owner));
  } else {
    no_answer(request);
  }
}

redis::Command restore_command(const std::string& queue, const ClaimedQueue& known,
                               std::uint64_t step, const CommandPlace& place) {
  constexpr std::uint64_t bytes_at_once = std::size_t{4} << 20U;
  ScriptCall call = queue_call(queue, place);
  call.number(known.token.epoch).text(hex_text(known.token.incarnation));
  call.text(hex_text(known.token.instance)).number(known.settled).number(bytes_at_once);
  call.number(step);
  if (known.marks.empty()) call.number(0).number(0);
  for (const Position& one : known.marks) call.number(one.number).number(one.milliseconds);
  return call.command(queue_scripts().restore);
}

Restored restored_in(const std::string& queue, const Reply& reply) {
  const std::string& status = status_of(reply);
  Restored restored{.state = queue_state(queue, element(reply, 1))};
  restored.step = number_in(element(reply, 2));
  if (status == "fenced") {
    restored.verdict = Restored::Verdict::fenced;
  } else if (status == "kept" || status == "restored") {
    restored.verdict = restored.step != 0 ? Restored::Verdict::more : Restored::Verdict::restored;
  }
  return restored;
}

redis::Command news_command(std::size_t bucket, std::span<const KnownQueue> queues,
                            const CommandPlace& place) {
  const std::string begin = bucket_begin(place.cluster, bucket);
  ScriptCall call = bucket_call(begin);
  call.text(begin + "m:");
  for (const KnownQueue& one : queues) call.text(one.name).number(one.last);
  return call.command(queue_scripts().news);
}

redis::Command command_for(const ListQueues& request, std::size_t bucket,
                           const CommandPlace& place) {
  const std::string begin = bucket_begin(place.cluster, bucket);
  ScriptCall call = bucket_call(begin);
  call.text(begin + "m:").text(request.after).number(request.queues_max + 1);
  return call.command(queue_scripts().list);
}

bool add_reply(ListQueues& request, const Reply& reply) {
  if (status_of(reply) != "stored") {
    no_answer(request);
    return false;
  }
  for (const Reply& item : element(reply, 1).elements) {
    request.queues.push_back(queue_state(element(item, 0).text, element(item, 1)));
  }
  return true;
}

}  // namespace troupe::persistence
