// What the tests of tasks put into a coroutine to see its frame destroyed.
#pragma once

#include <memory>
#include <utility>

namespace troupe::task_test {

/// Says when it is destroyed.
struct Witness {
  explicit Witness(std::shared_ptr<int> count) : ends(std::move(count)) {}
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() { ++*ends; }
  std::shared_ptr<int> ends;
};

}  // namespace troupe::task_test
