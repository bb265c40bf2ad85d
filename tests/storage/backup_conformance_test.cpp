// What every storage says to whoever wants a backup, and how queues and journals are listed page
// by page, as operators do.
#include <filesystem>

#include "storages.hpp"
#include "temporary_folder.hpp"

namespace troupe::persistence {
namespace {

class BackupConformance : public StorageConformance {
 protected:
  Stored back_up(Asked<BackUp>& request) {
    request.is_first = true;
    while (ask(request) == Stored::stored && !request.is_end) request.is_first = false;
    return request.outcome;
  }
};

TEST_P(BackupConformance, ItIsMadeOrRefusedInWordsAndNothingElseIsHurt) {
  const TemporaryFolder folder;
  append("orders", {"a", "b"});
  Asked<BackUp> request;
  request.file = folder.file("backup");

  const Stored outcome = back_up(request);

  EXPECT_TRUE(outcome == Stored::stored || outcome == Stored::refused) << to_string(outcome);
  EXPECT_EQ(outcome == Stored::stored, std::filesystem::exists(request.file));
  EXPECT_EQ(outcome == Stored::refused, !request.why.empty()) << request.why;
  EXPECT_EQ(texts("orders"), (std::vector<std::string>{"a", "b"}));
}

TEST_P(BackupConformance, AStepOfNoneThatIsOnItsWayIsRefused) {
  const TemporaryFolder folder;
  Asked<BackUp> request;
  request.file = folder.file("backup");
  EXPECT_EQ(ask(request), Stored::refused);
  EXPECT_FALSE(request.why.empty());
}

TEST_P(BackupConformance, AllQueuesAreListedPageByPageInTheirOrder) {
  std::vector<std::string> names;
  for (char last = 'a'; last <= 'g'; ++last) {
    names.push_back(std::string("orders-") + last);
    append(names.back(), {"x"});
  }
  std::vector<std::string> listed;
  Asked<ListQueues> request;
  request.queues_max = 3;
  do {
    ASSERT_EQ(ask(request), Stored::stored) << request.why;
    ASSERT_LE(request.queues.size(), 3U);
    for (const QueueState& one : request.queues) listed.push_back(one.name);
    request.after = listed.back();
  } while (!request.is_end);
  EXPECT_EQ(listed, names);
}

INSTANTIATE_TEST_SUITE_P(Storages, BackupConformance, testing::ValuesIn(storage_kinds()), name_of);

}  // namespace
}  // namespace troupe::persistence
