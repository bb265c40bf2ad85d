#include <troupe/cluster/port/view_changes.hpp>

#include <gtest/gtest.h>
#include <algorithm>

namespace troupe::cluster {
namespace {

using Kind = ViewChange::Kind;

const Identity a{"a@h:1", 1};
const Identity b{"b@h:1", 2};
const Identity c{"c@h:1", 3};

View view_of(std::vector<Member> members) {
  View view;
  view.members = std::move(members);
  std::ranges::sort(view.members, {}, [](const Member& member) { return member.record.identity; });
  return view;
}

Member member(const Identity& identity, Rank rank, bool is_unreachable = false) {
  Member made;
  made.record.identity = identity;
  made.record.rank = rank;
  made.record.up_number = rank == Rank::joining ? 0 : 1;
  made.is_unreachable = is_unreachable;
  return made;
}

std::optional<Cause> nobody_ended(const Identity& /*member*/) { return std::nullopt; }
std::optional<Cause> all_left(const Identity& /*member*/) { return Cause::left; }
std::optional<Cause> all_were_down(const Identity& /*member*/) { return Cause::down; }

std::vector<Kind> kinds(const std::vector<ViewChange>& changes) {
  std::vector<Kind> found;
  for (const ViewChange& change : changes) found.push_back(change.kind);
  return found;
}

TEST(ViewChanges, OfTwoEqualViewsAreNone) {
  const View view = view_of({member(a, Rank::up), member(b, Rank::leaving, true)});

  EXPECT_TRUE(changes_between(view, view, &nobody_ended).empty());
}

TEST(ViewChanges, TellOfEachStepOfALifeOnce) {
  const View nobody = view_of({});
  const View joining = view_of({member(a, Rank::joining)});
  const View up = view_of({member(a, Rank::up)});
  const View marked = view_of({member(a, Rank::up, true)});
  const View leaving = view_of({member(a, Rank::leaving)});
  const View down = view_of({member(a, Rank::down)});

  EXPECT_TRUE(changes_between(nobody, joining, &nobody_ended).empty());
  EXPECT_EQ(kinds(changes_between(joining, up, &nobody_ended)), std::vector{Kind::up});
  EXPECT_EQ(kinds(changes_between(up, marked, &nobody_ended)), std::vector{Kind::unreachable});
  EXPECT_EQ(kinds(changes_between(marked, up, &nobody_ended)), std::vector{Kind::reachable});
  EXPECT_EQ(kinds(changes_between(up, leaving, &nobody_ended)), std::vector{Kind::leaving});
  EXPECT_EQ(kinds(changes_between(leaving, down, &nobody_ended)), std::vector{Kind::down});
  EXPECT_EQ(kinds(changes_between(down, nobody, &all_were_down)), std::vector{Kind::removed});
}

TEST(ViewChanges, TellOfStepsThatWereNotSeen) {
  const View nobody = view_of({});
  const View up = view_of({member(a, Rank::up)});

  EXPECT_EQ(kinds(changes_between(nobody, view_of({member(a, Rank::leaving)}), &nobody_ended)),
            (std::vector{Kind::up, Kind::leaving}));
  EXPECT_EQ(kinds(changes_between(up, nobody, &all_were_down)),
            (std::vector{Kind::down, Kind::removed}));
  EXPECT_EQ(kinds(changes_between(up, nobody, &all_left)),
            (std::vector{Kind::leaving, Kind::removed}));
}

TEST(ViewChanges, DoNotTellThatOneCameUpThatNeverDid) {
  Member left = member(a, Rank::exiting);
  left.record.up_number = 0;
  Member down = member(a, Rank::down);
  down.record.up_number = 0;
  const View nobody = view_of({});

  EXPECT_EQ(kinds(changes_between(nobody, view_of({left}), &nobody_ended)),
            std::vector{Kind::leaving});
  EXPECT_EQ(kinds(changes_between(nobody, view_of({down}), &nobody_ended)),
            std::vector{Kind::down});
}

TEST(ViewChanges, DoNotTellOfThoseThatAreOnlyNotKnownAnyMore) {
  const View all = view_of({member(a, Rank::up), member(b, Rank::up), member(c, Rank::up)});
  const View alone = view_of({member(b, Rank::joining)});

  EXPECT_TRUE(changes_between(all, view_of({member(b, Rank::up)}), &nobody_ended).empty());
  EXPECT_TRUE(changes_between(all, alone, &nobody_ended).empty());
}

TEST(ViewChanges, KeepMembersApart) {
  const View before = view_of({member(a, Rank::up), member(c, Rank::up)});
  const View after = view_of({member(b, Rank::up), member(c, Rank::down)});

  const std::vector<ViewChange> expected = {{Kind::leaving, a, Cause::left},
                                            {Kind::removed, a, Cause::left},
                                            {Kind::up, b, Cause::left},
                                            {Kind::down, c, Cause::left}};
  EXPECT_EQ(changes_between(before, after, &all_left), expected);
}

}  // namespace
}  // namespace troupe::cluster
