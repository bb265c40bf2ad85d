// The requests of journals, snapshots and tags as commands for Redis, and back.
#include <algorithm>
#include <troupe/persistence/redis/command_text.hpp>
#include <troupe/persistence/redis_storage/journal_scripts.hpp>
#include <troupe/persistence/redis_storage/owner_leases.hpp>
#include <troupe/persistence/redis_storage/storage_commands.hpp>
#include <troupe/persistence/redis_storage/storage_keys.hpp>
#include <troupe/persistence/rules/record_entry.hpp>
#include <troupe/persistence/rules/request_rules.hpp>
#include <utility>

namespace troupe::persistence {
namespace {

using redis::Reply;

ScriptCall journal_call(const std::string& key, const CommandPlace& place) {
  const std::string begin = bucket_begin(place.cluster, bucket_of(key));
  ScriptCall call;
  call.key(begin + "j:" + key).key(begin + "k:" + key).key(begin + "s:" + key);
  call.key(begin + "x:" + key).key(begin + "journals");
  call.text(key).text(begin);
  return call;
}

JournalState journal_state(std::string key, const Reply& reply) {
  const auto number = [&](std::size_t index) { return number_in(element(reply, index)); };
  JournalState state;
  state.key = std::move(key);
  state.owner = {number(0), hex_in(element(reply, 1)), hex_in(element(reply, 2))};
  state.last = number(3);
  state.first = number(4);
  state.applied = {number(5), number(6)};
  state.write_number = number(7);
  state.snapshot = number(8);
  state.is_erased = number(9) != 0;
  return state;
}

void answered_strangely(Operation& request) {
  answered(request, Stored::damaged, "Redis has answered a script of the storage with other words");
}

/// An owner of an earlier epoch than the token's: the server has lost the claim itself.
template <class Request>
void fenced(Request& request, const Token& owner) {
  if (owner.epoch < request.token.epoch) {
    answered(request, Stored::unknown,
             named("journal", request.key) +
                 " was claimed in a life of the server that it has "
                 "forgotten: claim it anew");
  } else {
    static_cast<void>(is_owner(request, "journal", request.key, request.token, owner));
  }
}

}  // namespace

redis::Command command_for(const ClaimJournal& request, const CommandPlace& place,
                           std::uint64_t number) {
  return journal_call(request.key, place)
      .text(hex_text(request.incarnation))
      .text(hex_text(request.instance))
      .text(to_string(request.gone))
      .text(place.sender)
      .number(number)
      .text(lease_keys(place.cluster))
      .number(place.lease_ms)
      .command(journal_scripts().claim);
}

void take_reply(ClaimJournal& request, const Reply& reply) {
  const JournalState state = journal_state(request.key, element(reply, 1));
  request.token = state.owner;
  request.state = {};
  if (status_of(reply) == "owned") {
    answered(request, Stored::owned,
             named("journal", request.key) + " belongs to " + to_string(state.owner) +
                 ", whose lease ends in " + element(reply, 2).text +
                 " ms if its node does not renew it");
  } else if (status_of(reply) == "stored") {
    request.state = state;
    request.state.write_number = number_in(element(reply, 2));
    answered(request, Stored::stored);
  } else if (status_of(reply) == "late") {
    answered(request, Stored::unavailable, late_claim);
  } else {
    answered_strangely(request);
  }
}

redis::Command command_for(const AppendEvents& request, const CommandPlace& place) {
  std::size_t count = 0;
  ScriptCall call = journal_call(request.key, place);
  call.text(to_string(request.token)).number(request.number).number(request.expected);
  call.number(request.events.size()).number(request.applied.milliseconds);
  call.number(request.applied.number).number(request.keep_from).number(request.releases ? 1 : 0);
  for (std::size_t first = 0; first < request.events.size(); ++count) {
    first += entry_count(request.events, first, request.events.size());
  }
  call.number(count);
  for (std::size_t first = 0; first < request.events.size();) {
    const std::size_t some = entry_count(request.events, first, request.events.size());
    call.text(pack_sizes(request.events, first, some)).text(request.events.slice(first, some));
    first += some;
  }
  for (const Tag& tag : request.tags) {
    call.text(tag.name).number(tag.events.size());
    for (const std::uint32_t event : tag.events) call.number(event);
  }
  return call.command(journal_scripts().append);
}

redis::Command known_command(const AppendEvents& request, const CommandPlace& place) {
  return journal_call(request.key, place)
      .text(to_string(request.token))
      .number(request.number)
      .command(journal_scripts().known);
}

void take_reply(AppendEvents& request, const Reply& reply) {
  const JournalState state = journal_state(request.key, element(reply, 1));
  request.last = state.last;
  const std::string& status = status_of(reply);
  if (status == "stored" || status == "again") {
    answered(request, status == "again" ? Stored::again : Stored::stored);
  } else if (status == "fenced") {
    fenced(request, state.owner);
  } else if (status == "conflict") {
    answered(request, Stored::conflict, ends_elsewhere(request.key, state.last, request.expected));
  } else if (status == "no") {
    answered(request, Stored::storage_full, "the memory of the Redis server is used up");
  } else {
    answered_strangely(request);
  }
}

redis::Command command_for(const ReadEvents& request, const CommandPlace& place) {
  return journal_call(request.key, place)
      .number(std::max<std::uint64_t>(request.first, 1))
      .number(request.events_max)
      .number(std::min(request.bytes_max, reply_page_bytes))
      .command(journal_scripts().read);
}

void take_reply(ReadEvents& request, const Reply& reply) {
  request.begins = request.last = 0;
  request.events.clear();
  if (status_of(reply) != "stored") return answered_strangely(request);
  answered(request, Stored::stored);
  request.last = journal_state(request.key, element(reply, 1)).last;
  const std::uint64_t first = number_in(element(reply, 2));
  for (const Reply& item : element(reply, 3).elements) {
    const RecordEntry entry{.number = number_in(element(item, 0)),
                            .sizes = element(item, 1).text,
                            .records = element(item, 2).text};
    for (std::size_t i = 0; i < entry.count(); ++i) {
      if (entry.number + i < first) continue;
      const std::string_view record = entry.record(i);
      const std::size_t count = request.events.size();
      if (count >= request.events_max) return;
      if (count > 0 && request.events.bytes() + record.size() > request.bytes_max) return;
      if (count == 0) request.begins = entry.number + i;
      request.events.add(record);
    }
  }
}

redis::Command command_for(const EraseJournal& request, const CommandPlace& place,
                           std::uint64_t number) {
  return journal_call(request.key, place)
      .text(request.token == Token{} ? "" : to_string(request.token))
      .text(place.sender)
      .number(number)
      .command(journal_scripts().erase);
}

void take_reply(EraseJournal& request, const Reply& reply) {
  request.erased = 0;
  const std::string& status = status_of(reply);
  if (status == "stored") {
    request.erased = number_in(element(reply, 1));
    answered(request, Stored::stored);
  } else if (status == "none") {
    answered(request, Stored::refused, "there is no " + named("journal", request.key));
  } else if (status == "fenced") {
    const JournalState state = journal_state(request.key, element(reply, 1));
    static_cast<void>(is_owner(request, "journal", request.key, request.token, state.owner));
  } else if (status == "late") {
    answered(request, Stored::unavailable, late_claim);
  } else {
    answered_strangely(request);
  }
}

redis::Command command_for(const SaveSnapshot& request, const CommandPlace& place) {
  return journal_call(request.key, place)
      .text(to_string(request.token))
      .number(request.number)
      .number(request.keep_from)
      .text(request.record)
      .command(journal_scripts().save);
}

void take_reply(SaveSnapshot& request, const Reply& reply) {
  const JournalState state = journal_state(request.key, element(reply, 1));
  const std::string& status = status_of(reply);
  if (status == "stored") {
    answered(request, Stored::stored);
  } else if (status == "fenced") {
    fenced(request, state.owner);
  } else if (status == "conflict") {
    answered(request, Stored::conflict, ends_elsewhere(request.key, state.last, request.number));
  } else if (status == "older") {
    answered(request, Stored::refused, is_older(request.number, state.snapshot));
  } else {
    answered_strangely(request);
  }
}

redis::Command command_for(const LoadSnapshot& request, const CommandPlace& place) {
  return journal_call(request.key, place).command(journal_scripts().load);
}

void take_reply(LoadSnapshot& request, const Reply& reply) {
  request.number = number_in(element(reply, 1));
  request.record = element(reply, 2).text;
  if (status_of(reply) != "stored") return answered_strangely(request);
  answered(request, Stored::stored);
}

redis::Command command_for(const ListJournals& request, std::size_t bucket,
                           const CommandPlace& place) {
  const std::string begin = bucket_begin(place.cluster, bucket);
  ScriptCall call;
  call.key(begin + "j").key(begin + "k").key(begin + "s").key(begin + "x");
  call.key(begin + "journals");
  call.text(begin + "k:").text(request.after).number(request.journals_max + 1);
  return call.command(journal_scripts().list);
}

bool add_reply(ListJournals& request, const Reply& reply) {
  if (status_of(reply) != "stored") {
    answered_strangely(request);
    return false;
  }
  for (const Reply& item : element(reply, 1).elements) {
    request.journals.push_back(journal_state(element(item, 0).text, element(item, 1)));
  }
  return true;
}

redis::Command command_for(const ReadTag& request, std::size_t bucket, const CommandPlace& place) {
  const std::string begin = bucket_begin(place.cluster, bucket);
  std::size_t bytes = 0;
  for (const TaggedEvent& event : request.events) bytes += event.record.size();
  ScriptCall call;
  call.key(begin + "j").key(begin + "k").key(begin + "s").key(begin + "x");
  call.key(begin + "journals");
  call.text(request.tag).text(begin);
  call.number(request.after.empty() ? 0 : request.after[bucket].number);
  call.number(request.events_max - std::min(request.events_max, request.events.size()));
  call.number(request.bytes_max - std::min(request.bytes_max, bytes));
  call.text(request.events.empty() ? "1" : "0");
  return call.command(journal_scripts().read_tag);
}

bool add_reply(ReadTag& request, std::size_t bucket, const Reply& reply) {
  const std::string& status = status_of(reply);
  if (status == "behind") {
    return answered(request, Stored::refused, tag_is_behind(request.tag));
  }
  if (status != "stored") {
    answered_strangely(request);
    return false;
  }
  for (const Reply& item : element(reply, 1).elements) {
    request.events.push_back({.key = element(item, 0).text,
                              .number = number_in(element(item, 1)),
                              .record = element(item, 2).text});
  }
  request.through[bucket] = {0, number_in(element(reply, 2))};
  if (number_in(element(reply, 3)) == 0) request.is_end = false;
  return true;
}

}  // namespace troupe::persistence
