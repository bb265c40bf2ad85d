#include <troupe/cluster/port/table_link.hpp>

namespace troupe::cluster {
namespace {

Error no_redis() {
  return bad_setting(
      "this build of Troupe has no Redis client; build it with -DTROUPE_WITH_REDIS=ON, which needs "
      "hiredis, or take the authority gossip");
}

}  // namespace

Result<std::unique_ptr<TableLink>> open_table_link(TableLinkSettings /*settings*/,
                                                   const Platform& /*platform*/) {
  return no_redis();
}

Result<void> check_table_url(std::string_view /*url*/) { return no_redis(); }

}  // namespace troupe::cluster
