#include <troupe/base/check.hpp>

#include <cstdio>
#include <cstdlib>

namespace troupe {

void check_failed(const char* condition, std::string_view hint, const char* file,
                  int line) noexcept {
  std::fprintf(stderr, "troupe: %s:%d: %.*s (violated: %s)\n", file, line,
               static_cast<int>(hint.size()), hint.data(), condition);
  std::abort();
}

}  // namespace troupe
