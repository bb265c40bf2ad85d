// How a persistent actor compares its types with those on storage, before its first recovery in the
// life of a system, and adds those that are new. Any node may add to that journal: whoever is
// fenced, or finds more than it has read, reads on and tries again.
#include <troupe/persistence/actors/awaited_operation.hpp>
#include <troupe/persistence/actors/journaled_actor.hpp>
#include <troupe/persistence/actors/journals.hpp>
#include <utility>

namespace troupe::persistence {
namespace {

// Others may add to the journal just then, but not for ever.
constexpr int rounds_max = 10;

}  // namespace

Task<JournaledActor::Recovery> JournaledActor::check_schemas() {
  const std::vector<StoredType> types = stored_types();
  SchemaBook& book = journals_.schemas();
  for (int round = 0; !book.fits(types); ++round) {
    if (round >= rounds_max) co_return Recovery::again;  // After a pause.
    Recovery recovery = co_await read_schemas();
    if (recovery != Recovery::done) co_return recovery;
    if (const auto words = book.difference(types)) {
      co_return damaged("its events or its state were stored as another type: " + *words +
                        "; append fields, or give the changed type a wire_name of its own");
    }
    recovery = co_await add_schemas(types);
    if (recovery != Recovery::done) co_return recovery;
  }
  co_return Recovery::done;
}

Task<JournaledActor::Recovery> JournaledActor::read_schemas() {
  using Read = AwaitedOperation<ReadEvents>;
  SchemaBook& book = journals_.schemas();
  while (true) {
    auto request = std::make_unique<Read>();
    request->key = schemas_key;
    request->first = book.last() + 1;
    Future<Read::Answer> answer = Read::submit(journals_.storage(), std::move(request));
    const Result<Read::Answer> answered = co_await std::move(answer);
    const ReadEvents& page = *answered.value().request;
    if (!is_stored(page.outcome)) co_return failed(page);
    if (page.events.empty()) co_return Recovery::done;
    // Others of this system may have read the same meanwhile.
    for (std::size_t i = 0; i < page.events.size(); ++i) {
      const Result<void> learned = book.learn(page.begins + i, page.events[i]);
      if (!learned.ok()) co_return damaged(learned.error().to_string());
    }
  }
}

Task<JournaledActor::Recovery> JournaledActor::add_schemas(std::vector<StoredType> types) {
  using Claim = AwaitedOperation<ClaimJournal>;
  Token gone = {};
  while (true) {
    auto request = std::make_unique<Claim>();
    request->key = schemas_key;
    request->incarnation = journals_.incarnation();
    request->instance = journals_.next_instance();
    request->gone = gone;
    Future<Claim::Answer> answer = Claim::submit(journals_.storage(), std::move(request));
    const Result<Claim::Answer> answered = co_await std::move(answer);
    const ClaimJournal& claimed = *answered.value().request;
    if (claimed.outcome == Stored::owned) {  // By a node that added something once.
      gone = claimed.token;
      continue;
    }
    if (!is_stored(claimed.outcome)) co_return failed(claimed);
    SchemaBook& book = journals_.schemas();
    const std::uint64_t known = book.last();
    if (claimed.state.last < known || claimed.state.first > known + 1) {
      book.begin_after(claimed.state.first - 1);
      if (claimed.state.first <= claimed.state.last) co_return Recovery::done;  // Read again.
    } else if (claimed.state.last != known) {
      co_return Recovery::done;
    }
    using Append = AwaitedOperation<AppendEvents>;
    auto append = std::make_unique<Append>();
    append->key = schemas_key;
    append->token = claimed.token;
    append->number = 1;
    append->expected = claimed.state.last;
    for (const std::string& record : journals_.schemas().missing(types)) {
      append->events.add(record);
    }
    Future<Append::Answer> appended = Append::submit(journals_.storage(), std::move(append));
    const Result<Append::Answer> stored = co_await std::move(appended);
    const AppendEvents& written = *stored.value().request;
    const bool is_overtaken =
        written.outcome == Stored::fenced || written.outcome == Stored::conflict;
    if (!is_stored(written.outcome) && !is_overtaken) co_return failed(written);
    co_return co_await read_schemas();
  }
}

}  // namespace troupe::persistence
