// A process that gets no more threads, for tests.
#pragma once

#include <gtest/gtest.h>
#include <pthread.h>

#include <cstddef>

namespace troupe {

/// While it lives the process can start no thread: each would need a stack that no machine has.
class NoMoreThreads {
 public:
  NoMoreThreads() { set_stack(std::size_t{1} << 47); }
  ~NoMoreThreads() { set_stack(std::size_t{8} << 20); }
  NoMoreThreads(const NoMoreThreads&) = delete;
  NoMoreThreads& operator=(const NoMoreThreads&) = delete;

 private:
  static void set_stack(std::size_t size) {
    pthread_attr_t attributes;
    ASSERT_EQ(pthread_attr_init(&attributes), 0);
    ASSERT_EQ(pthread_attr_setstacksize(&attributes, size), 0);
    ASSERT_EQ(pthread_setattr_default_np(&attributes), 0);
    pthread_attr_destroy(&attributes);
  }
};

}  // namespace troupe
