// Fails each test that starts a thread although the thread sanitizer does not look at it: see
// troupe_add_tests().
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <atomic>
#include <string_view>

namespace {

std::atomic<unsigned> threads_started{0};

class ThreadRule : public testing::EmptyTestEventListener {
 public:
  void OnTestStart(const testing::TestInfo& /*test*/) override { before_ = threads_started; }
  void OnTestEnd(const testing::TestInfo& test) override {
    if (threads_started == before_) return;
    if (std::string_view(test.file()).find("/threads/") != std::string_view::npos) return;
    ADD_FAILURE_AT(test.file(), test.line())
        << "starts a thread, so its file belongs into the folder threads/ beside it: the thread "
           "sanitizer runs what lies there, and nothing else of this program";
  }

 private:
  unsigned before_ = 0;
};

const bool is_in_force = [] {
  testing::UnitTest::GetInstance()->listeners().Append(new ThreadRule);
  return true;
}();

}  // namespace

/// Stands before libc's, for the libraries as well.
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*run)(void*), void* argument) noexcept {
  static const auto create =
      reinterpret_cast<decltype(&pthread_create)>(::dlsym(RTLD_NEXT, "pthread_create"));
  ++threads_started;
  return create(thread, attributes, run, argument);
}
