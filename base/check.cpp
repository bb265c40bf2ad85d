#include <troupe/base/check.hpp>

#include <cstdio>
#include <cstdlib>

namespace troupe {

void check_failed(const char* condition, std::string_view words, const char* file,
                  int line) noexcept {
  std::fprintf(stderr, "troupe: %s:%d: %.*s (violated: %s)\n", file, line,
               static_cast<int>(words.size()), words.data(), condition);
  std::abort();
}

}  // namespace troupe
