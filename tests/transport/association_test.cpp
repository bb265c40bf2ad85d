#include <gtest/gtest.h>
#include <array>
#include <troupe/transport/link/association.hpp>

namespace {

using namespace troupe::transport;
using S = AssociationState;
using E = AssociationEvent;
using A = AssociationAction;

struct Row {
  S from;
  E event;
  AssociationStep expected;
};

// The table in association.hpp, but for its dots.
constexpr std::array rows = {
    Row{S::idle, E::wanted, {S::handshaking, A::dial}},
    Row{S::handshaking, E::welcomed, {S::open, A::release}},
    Row{S::handshaking, E::lost, {S::gated, A::give_up}},
    Row{S::open, E::lost, {S::gated, A::give_up}},
    Row{S::gated, E::gate_over, {S::probing, A::dial}},
    Row{S::probing, E::welcomed, {S::open, A::release}},
    Row{S::probing, E::lost, {S::gated, A::give_up}},
    Row{S::gated, E::heard, {S::handshaking, A::dial}},
    Row{S::probing, E::heard, {S::handshaking}},
    Row{S::open, E::moved, {S::handshaking, A::dial}},
    Row{S::open, E::unused, {S::idle, A::give_up}},
    Row{S::idle, E::declared_down, {S::quarantined, A::quarantine}},
    Row{S::quarantined, E::declared_down, {S::quarantined, A::quarantine}},
    Row{S::handshaking, E::declared_down, {S::quarantined, A::quarantine}},
    Row{S::open, E::declared_down, {S::quarantined, A::quarantine}},
    Row{S::gated, E::declared_down, {S::quarantined, A::quarantine}},
    Row{S::probing, E::declared_down, {S::quarantined, A::quarantine}},
    Row{S::quarantined, E::wanted, {S::handshaking, A::dial}},
    Row{S::idle, E::ended, {S::closed, A::drop}},
    Row{S::handshaking, E::ended, {S::closed, A::drop}},
    Row{S::open, E::ended, {S::closed, A::drop}},
    Row{S::gated, E::ended, {S::closed, A::drop}},
    Row{S::probing, E::ended, {S::closed, A::drop}},
    Row{S::quarantined, E::ended, {S::closed, A::drop}},
};

TEST(Association, FollowsItsTable) {
  for (const S state :
       {S::idle, S::handshaking, S::open, S::gated, S::probing, S::quarantined, S::closed}) {
    for (const E event : {E::wanted, E::welcomed, E::lost, E::gate_over, E::heard, E::moved,
                          E::unused, E::declared_down, E::ended}) {
      AssociationStep expected{state};  // A dot: stay, do nothing.
      for (const Row& row : rows) {
        if (row.from == state && row.event == event) expected = row.expected;
      }
      EXPECT_EQ(step(state, event), expected)
          << "state " << static_cast<int>(state) << ", event " << static_cast<int>(event);
    }
  }
}

TEST(Association, TakesMessagesUnlessThePeerIsKnownToBeUnreachable) {
  EXPECT_TRUE(takes_messages(S::handshaking));
  EXPECT_TRUE(takes_messages(S::open));
  EXPECT_FALSE(takes_messages(S::gated));
  EXPECT_FALSE(takes_messages(S::probing));
  EXPECT_FALSE(takes_messages(S::quarantined));
  EXPECT_FALSE(takes_messages(S::closed));
}

}  // namespace
