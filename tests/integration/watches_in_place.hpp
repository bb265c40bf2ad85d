// A watch travels beside messages, and an answer does not say that it has come: for tests that end
// what is watched on another node.
#pragma once

#include <chrono>
#include <cstddef>
#include <troupe/testkit/eventually.hpp>
#include <troupe/troupe.hpp>

/// Waits until there are so many watches of actors elsewhere by everybody on this node, and the
/// other nodes have all of them.
inline void expect_watches_in_place(troupe::Node& node, std::size_t count) {
  const auto are_in_place = [&] {
    std::size_t watches = 0;
    std::size_t waiting = 0;
    for (const troupe::LinkCounts& link : node.links()) {
      watches += link.watches;
      waiting += link.system_waiting;
    }
    return watches == count && waiting == 0;
  };
  troupe::testkit::eventually(node.system(), are_in_place, std::chrono::seconds(30));
}
