#include <troupe/persistence/sqlite_settings.hpp>

namespace troupe::persistence {

std::string_view to_string(Durability durability) noexcept {
  return durability == Durability::full ? "full" : "normal";
}

Result<void> check(const SqliteSettings& settings) {
  constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;
  if (settings.path.empty()) return bad_setting("a SQLite storage needs a path");
  if (settings.path.find('\0') != std::string::npos) return bad_setting("the path has a NUL in it");
  if (settings.checkpoint_interval <= Duration::zero()) {
    return bad_setting("checkpoint_interval is above 0");
  }
  if (settings.file_bytes_max < mebibyte) return bad_setting("file_bytes_max is at least 1 MiB");
  if (settings.reserve_bytes > 1'024 * mebibyte)
    return bad_setting("reserve_bytes is at most 1 GiB");
  if (settings.cache_bytes < mebibyte || settings.cache_bytes > 65'536 * mebibyte) {
    return bad_setting("cache_bytes goes from 1 MiB to 64 GiB");
  }
  return check(settings.limits);
}

}  // namespace troupe::persistence
