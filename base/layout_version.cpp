#include <troupe/base/layout_version.hpp>

namespace troupe {

const char TROUPE_LAYOUT = 0;

}  // namespace troupe
