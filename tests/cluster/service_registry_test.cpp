#include <troupe/cluster/service_registry.hpp>

#include <gtest/gtest.h>
#include <string>
#include <troupe/base/random.hpp>
#include <vector>

namespace troupe::cluster {
namespace {

const Identity a{"a@h:1", 1};
const Identity b{"b@h:1", 2};
constexpr std::size_t plenty = 1'000'000;

std::map<std::uint64_t, ServiceRegistry::Owner> owners(std::vector<Identity> identities) {
  std::map<std::uint64_t, ServiceRegistry::Owner> all;
  for (const Identity& identity : identities) all[identity.hash()] = {identity, false};
  return all;
}

ServiceEntry entry(std::string key, std::uint64_t actor) { return {std::move(key), actor}; }

void enroll(ServiceRegistry& registry, std::string key, std::uint64_t actor) {
  ASSERT_TRUE(registry.enroll(entry(std::move(key), actor)).ok());
}

std::vector<std::uint64_t> actors_under(const ServiceRegistry& registry, std::string_view key) {
  std::vector<std::uint64_t> actors;
  registry.find(key,
                [&](const auto&, const ServiceEntry& found) { actors.push_back(found.actor); });
  return actors;
}

ServiceList all_of(const ServiceRegistry& registry, const Identity& owner, std::uint64_t since) {
  ServiceList list;
  std::size_t room = plenty;
  EXPECT_TRUE(registry.changes_since(owner.hash(), since, room, list));
  return list;
}

TEST(ServiceRegistry, FindsWhatWasEnrolledAndNotWithdrawn) {
  ServiceRegistry registry(a, 10);
  enroll(registry, "orders", 7);
  enroll(registry, "orders", 8);
  enroll(registry, "bills", 7);

  EXPECT_EQ(actors_under(registry, "orders"), (std::vector<std::uint64_t>{7, 8}));
  EXPECT_TRUE(registry.withdraw("orders", 7));
  EXPECT_FALSE(registry.withdraw("orders", 7));
  EXPECT_EQ(actors_under(registry, "orders"), std::vector<std::uint64_t>{8});
  EXPECT_EQ(actors_under(registry, "bills"), std::vector<std::uint64_t>{7});
  EXPECT_TRUE(registry.withdraw(7));
  EXPECT_TRUE(actors_under(registry, "bills").empty());
  EXPECT_EQ(registry.own(), 1U);
  EXPECT_EQ(registry.size(), 1U);
}

TEST(ServiceRegistry, AnActorIsUnderAKeyOnceWithTheProtocolThatWasGivenLast) {
  ServiceRegistry registry(a, 10);

  EXPECT_TRUE(registry.enroll({"orders", 7, "", {3, 1}}).value());
  EXPECT_FALSE(registry.enroll({"orders", 7, "", {1, 3}}).value());
  EXPECT_TRUE(registry.enroll({"orders", 7, "", {1}}).value());

  EXPECT_EQ(registry.own(), 1U);
  registry.find("orders", [](const auto&, const ServiceEntry& found) {
    EXPECT_EQ(found.accepts, std::vector<std::uint64_t>{1});
  });
}

TEST(ServiceRegistry, KeepsToTheLimitsOfItsOwnListAndSaysWhich) {
  ServiceRegistry registry(a, 2);
  enroll(registry, "orders", 1);
  enroll(registry, "orders", 2);

  const auto refused = registry.enroll(entry("orders", 3));
  EXPECT_EQ(refused.error().code(), ErrorCode::limit_reached);
  EXPECT_NE(refused.error().context().find("services_max"), std::string::npos);
  registry.withdraw(1);
  EXPECT_TRUE(registry.enroll(entry("orders", 3)).ok());

  EXPECT_EQ(registry.enroll(entry("", 1)).error().code(), ErrorCode::invalid_setting);
  EXPECT_EQ(registry.enroll(entry(std::string(256, 'k'), 1)).error().code(),
            ErrorCode::invalid_setting);
  ServiceEntry wide = entry("orders", 2);
  wide.accepts.resize(101);
  EXPECT_EQ(registry.enroll(wide).error().code(), ErrorCode::invalid_setting);
}

TEST(ServiceRegistry, WhatComesAndGoesTakesNoMorePlacesThanThereWereAtOneTime) {
  ServiceRegistry registry(a, 10);
  for (std::uint64_t actor = 1; actor <= 10'000; ++actor) {
    enroll(registry, "k" + std::to_string(actor % 3), actor);
    if (actor > 2) registry.withdraw(actor - 2);
  }

  const ServiceList changes = all_of(registry, a, 0);
  EXPECT_LE(changes.places.size(), 3U);
}

TEST(ServiceRegistry, ACopyIsCompleteUpToItsVersionAndTakesNoGap) {
  ServiceRegistry mine(a, 10);
  ServiceRegistry theirs(b, 10);
  theirs.keep(owners({a, b}));
  enroll(mine, "orders", 1);
  const ServiceList first = all_of(mine, a, 0);
  enroll(mine, "orders", 2);
  mine.withdraw(1);
  const ServiceList later = all_of(mine, a, 2);

  EXPECT_EQ(theirs.merge(later), ServiceRegistry::Merged::gap);
  EXPECT_EQ(theirs.merge(first), ServiceRegistry::Merged::news);
  EXPECT_EQ(theirs.merge(first), ServiceRegistry::Merged::known);
  EXPECT_EQ(theirs.merge(later), ServiceRegistry::Merged::gap);
  EXPECT_EQ(actors_under(theirs, "orders"), std::vector<std::uint64_t>{1});
  EXPECT_EQ(theirs.merge(all_of(mine, a, 1)), ServiceRegistry::Merged::news);
  EXPECT_EQ(actors_under(theirs, "orders"), std::vector<std::uint64_t>{2});
  EXPECT_EQ(theirs.digest(), mine.digest());
}

TEST(ServiceRegistry, TakesNoListOfAStrangerNorOfItself) {
  ServiceRegistry mine(a, 10);
  ServiceRegistry theirs(b, 10);
  enroll(mine, "orders", 1);

  EXPECT_EQ(theirs.merge(all_of(mine, a, 0)), ServiceRegistry::Merged::stranger);
  ServiceList own = all_of(mine, a, 0);
  own.until = 99;
  own.places[0].entry = entry("forged", 5);
  EXPECT_EQ(mine.merge(own), ServiceRegistry::Merged::known);
  EXPECT_TRUE(actors_under(mine, "forged").empty());
}

TEST(ServiceRegistry, ForgetsTheListOfWhoIsNoMemberAnyMore) {
  ServiceRegistry mine(a, 10);
  ServiceRegistry theirs(b, 10);
  theirs.keep(owners({a, b}));
  enroll(theirs, "orders", 9);
  enroll(mine, "orders", 1);
  ASSERT_EQ(theirs.merge(all_of(mine, a, 0)), ServiceRegistry::Merged::news);
  static_cast<void>(theirs.take_changed());

  theirs.keep(owners({b}));

  EXPECT_EQ(actors_under(theirs, "orders"), std::vector<std::uint64_t>{9});
  EXPECT_TRUE(theirs.take_changed().contains("orders"));
  EXPECT_EQ(theirs.merge(all_of(mine, a, 0)), ServiceRegistry::Merged::stranger);
  EXPECT_EQ(theirs.size(), 1U);
  EXPECT_EQ(theirs.version_of(a.hash()), 0U);
}

TEST(ServiceRegistry, TellsOfAKeyWhenItsOwnersBecomeUnreachable) {
  ServiceRegistry mine(a, 10);
  ServiceRegistry theirs(b, 10);
  theirs.keep(owners({a, b}));
  enroll(mine, "orders", 1);
  static_cast<void>(theirs.merge(all_of(mine, a, 0)));
  static_cast<void>(theirs.take_changed());

  auto marked = owners({a, b});
  marked[a.hash()].is_unreachable = true;
  theirs.keep(marked);

  EXPECT_TRUE(theirs.take_changed().contains("orders"));
  theirs.find("orders", [](const ServiceRegistry::Owner& owner, const ServiceEntry&) {
    EXPECT_TRUE(owner.is_unreachable);
  });
  theirs.keep(marked);
  EXPECT_TRUE(theirs.take_changed().empty());
}

TEST(ServiceRegistry, ListsThatMakeNoSenseChangeNothing) {
  ServiceRegistry theirs(b, 10);
  theirs.keep(owners({a, b}));
  const ServicePlace good{0, 1, entry("orders", 1)};
  const auto list = [&](std::uint64_t until, std::vector<ServicePlace> places) {
    return ServiceList{a.hash(), 0, until, std::move(places)};
  };
  std::vector<ServiceList> bad = {
      list(1, {good, good}),                               // The same version twice.
      list(1, {{0, 2, entry("orders", 1)}}),               // After its end.
      list(1, {{0, 0, entry("orders", 1)}}),               // Not after its beginning.
      list(1, {{100'000, 1, entry("orders", 1)}}),         // Too many places.
      list(1, {{0, 1, entry(std::string(256, 'k'), 1)}}),  // Too long a key.
      list(1, {{0, 1, entry("orders", 0)}}),               // Nobody.
      list(1, {{0, 1, entry("", 1)}}),                     // Under no key.
  };
  for (const ServiceList& one : bad) {
    EXPECT_EQ(theirs.merge(one), ServiceRegistry::Merged::malformed);
  }
  EXPECT_EQ(theirs.size(), 0U);
  EXPECT_EQ(theirs.digest(), 0U);
  EXPECT_EQ(theirs.merge(list(1, {good})), ServiceRegistry::Merged::news);
}

/// Pages of all sizes, repeated, late and from a copy of a copy: whoever has taken them up to the
/// last version knows what the owner has.
TEST(ServiceRegistry, CopiesOfPagesInAnyOrderComeToTheOwnersList) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    ServiceRegistry owner(a, 40);
    ServiceRegistry between(b, 10);
    ServiceRegistry last({"c@h:1", 3}, 10);
    between.keep(owners({a, b}));
    last.keep(owners({a}));
    std::vector<ServiceList> pages;
    for (int step = 0; step < 300; ++step) {
      const std::uint64_t actor = 1 + random.below(20);
      const std::string key = "k" + std::to_string(random.below(3));
      if (random.below(2) == 0) {
        static_cast<void>(owner.enroll({key, actor, "", {random.below(4)}}));
      } else {
        owner.withdraw(key, actor);
      }
      const bool is_first = random.below(2) == 0;
      ServiceRegistry& from = is_first ? owner : between;
      ServiceRegistry& to = is_first ? between : last;
      ServiceList page;
      std::size_t room = random.below(400);
      const std::uint64_t known = from.version_of(a.hash());
      from.changes_since(a.hash(), random.below(2) * random.below(1 + known), room, page);
      pages.push_back(page);
      static_cast<void>(to.merge(pages[random.below(pages.size())]));
      static_cast<void>(last.merge(pages[random.below(pages.size())]));
    }
    for (int round = 0; round < 1'000 && last.digest() != owner.digest(); ++round) {
      ServiceList page;
      std::size_t room = 100;
      owner.changes_since(a.hash(), last.version_of(a.hash()), room, page);
      EXPECT_EQ(last.merge(page), ServiceRegistry::Merged::news);
    }
    for (const char* key : {"k0", "k1", "k2"}) {
      EXPECT_EQ(actors_under(last, key), actors_under(owner, key)) << "seed " << seed;
    }
    EXPECT_EQ(last.size(), owner.size());
  }
}

}  // namespace
}  // namespace troupe::cluster
