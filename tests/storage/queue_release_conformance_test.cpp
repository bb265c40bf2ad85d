// What every storage does where the owner of a queue gives it up.
#include "storages.hpp"

namespace troupe::persistence {
namespace {

using Texts = std::vector<std::string>;

class QueueReleaseConformance : public StorageConformance {};

TEST_P(QueueReleaseConformance, AnOwnerThatReleasesAQueueLeavesItToAnybody) {
  append("orders", {"a", "b"});
  Asked<SettleBatch> last;
  last.queue = "orders";
  last.token = claim("orders", this_node);
  last.number = last.through = 1;
  last.releases = true;
  EXPECT_EQ(ask(last), Stored::stored) << last.why;
  EXPECT_EQ(state("orders").owner.incarnation, 0U);
  EXPECT_EQ(ask(last), Stored::fenced);
  EXPECT_EQ(settle("orders", last.token, 2, 2), Stored::fenced);
  EXPECT_EQ(settle("orders", state("orders").owner, 2, 2), Stored::fenced);

  const Token next = claim("orders", other_node);
  EXPECT_EQ(next.epoch, last.token.epoch + 1);
  EXPECT_EQ(texts("orders"), Texts{"b"});
  EXPECT_EQ(settle("orders", next, 1, 2), Stored::stored);
}

TEST_P(QueueReleaseConformance, AReleasedQueueIsFreeForTheNextProcessToo) {
  Asked<SettleBatch> last;
  last.queue = "orders";
  last.token = claim("orders", this_node);
  last.number = 1;
  last.releases = true;
  EXPECT_EQ(ask(last), Stored::stored) << last.why;
  if (GetParam().lasts) place().reopen();

  claim("orders", other_node);
}

INSTANTIATE_TEST_SUITE_P(Storages, QueueReleaseConformance, testing::ValuesIn(storage_kinds()),
                         name_of);

}  // namespace
}  // namespace troupe::persistence
