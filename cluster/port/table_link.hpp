// TableLink: how a node reaches the table of its cluster, wherever that lies. What it is made of is
// in redis/; a build without Redis has none of it, and says so when it is asked for a link.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <troupe/base/platform.hpp>
#include <troupe/base/result.hpp>
#include <troupe/cluster/table/table_protocol.hpp>
#include <vector>

namespace troupe::cluster {

/// What has come of the link since the last look.
struct TableEvent {
  /// Of a new connection: the life and the history of the server that answers on it.
  std::optional<std::string> server;
  /// Else what came of the request. An Error does not say that it was not executed.
  std::optional<Result<TableAnswer>> answer;
};

/// One thread, where nothing else is said.
class TableLink {
 public:
  virtual ~TableLink() = default;

  /// Returns at once; what comes of it is one event. One request at a time.
  virtual void send(const TableRequest& request) = 0;
  /// In the order in which they came: a connection before what was answered on it.
  [[nodiscard]] virtual std::vector<TableEvent> take_events() = 0;
  /// The server's URL without its password. Any thread.
  [[nodiscard]] virtual const std::string& place() const noexcept = 0;
};

struct TableLinkSettings {
  std::string url;
  std::string cluster_name;
  std::string node_name;
  Duration timeout;          ///< Of one request.
  std::size_t replicas = 0;  ///< That have all that an answer rests on; less is an error.
  /// Called on the link's thread when there are events; must not block, and outlives the link.
  std::function<void()> wake;
};

/// What opens a link: open_table_link(), or what a test has instead.
using OpenTableLink = std::function<Result<std::unique_ptr<TableLink>>(TableLinkSettings)>;

/// Dials at once; a server that is away is no error. Errors: `invalid_setting`, `limit_reached`.
[[nodiscard]] Result<std::unique_ptr<TableLink>> open_table_link(TableLinkSettings settings,
                                                                 const Platform& platform);

/// Whether a link can be opened with it. Errors: `invalid_setting`. Any thread.
[[nodiscard]] Result<void> check_table_url(std::string_view url);

}  // namespace troupe::cluster
