#include <troupe/persistence/redis_storage/server_check.hpp>

#include <charconv>
#include <string_view>

namespace troupe::persistence {
namespace {

int major_version(std::string_view version) noexcept {
  int major = 0;
  std::from_chars(version.data(), version.data() + version.size(), major);
  return major;
}

}  // namespace

Result<void> check_server(const redis::ServerFacts& facts, bool volatile_ok) {
  if (!facts.known) {
    return bad_setting("INFO is forbidden to this user, so nobody knows what the server keeps");
  }
  if (major_version(facts.version) < 7) {
    return bad_setting("it is Redis " + facts.version + ", and 7.0 is the first that will do");
  }
  if (facts.role != "master") {
    return bad_setting(
        "it is a replica, which loses what is written to it: give the master's name");
  }
  if (facts.eviction_policy != "noeviction") {
    return bad_setting("maxmemory-policy is '" + facts.eviction_policy +
                       "', which drops what is stored: set it to noeviction");
  }
  if (!facts.append_only && !volatile_ok) {
    return bad_setting(
        "appendonly is no, so the end of the server loses all that is stored: set it to yes, or "
        "say volatile_ok");
  }
  if (facts.append_sync == "no" && !volatile_ok) {
    return bad_setting(
        "appendfsync is no, so a crash of its machine loses half a minute: set it to everysec or "
        "always, or say volatile_ok");
  }
  return {};
}

}  // namespace troupe::persistence
