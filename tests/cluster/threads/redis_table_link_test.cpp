// The link to a table in a real Redis, and one node's core and authority on it.
#include <troupe/cluster/port/table_link.hpp>
#include <troupe/cluster/table/table_authority.hpp>

#include "../persistence/redis_fixture.hpp"
#include "../persistence/redis_listener.hpp"

namespace troupe::cluster {
namespace {

using namespace std::chrono_literals;

class TableLinks : public redis::RedisFixture {
 protected:
  [[nodiscard]] std::unique_ptr<TableLink> open(const std::string& url) {
    return open_table_link({.url = url,
                            .cluster_name = "bank",
                            .node_name = "a",
                            .timeout = times_.table_timeout,
                            .wake =
                                [this] {
                                  const std::lock_guard lock(mutex_);
                                  is_woken_ = true;
                                  woken_.notify_all();
                                }},
                           platform)
        .value();
  }
  void wait_until_woken(TimePoint until) {
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, until - platform.clock->now(), [&] { return is_woken_; });
    is_woken_ = false;
  }
  /// What the first request comes to.
  [[nodiscard]] std::string failure(const std::string& url) {
    const auto link = open(url);
    TableRequest request;
    request.actor = {"a@h:1", 1};
    link->send(request);
    while (true) {
      wait_until_woken(later(platform.clock->now(), 15s));
      for (const TableEvent& event : link->take_events()) {
        if (event.answer) return event.answer->ok() ? "" : event.answer->error().context();
      }
    }
  }

  const MembershipTimes times_ = membership_times(DetectionSettings::local(), 1);

 private:
  std::mutex mutex_;
  std::condition_variable woken_;
  bool is_woken_ = false;
};

/// A node without its links to others.
class LoneNode {
 public:
  LoneNode(TableLink& link, TimePoint now)
      : link_(link),
        core_(settings(), {"a@h:1", 7}, 1, now),
        authority_({core_.settings().detection, {}, {}}, core_.identity(), 1, now) {}

  /// Does what is due, and says when more is.
  TimePoint advance(TimePoint now) {
    for (const TableEvent& event : link_.take_events()) {
      if (event.server) {
        authority_.connected(*event.server, now);
      } else if (event.answer->ok()) {
        authority_.answered(**event.answer, now);
      } else {
        authority_.failed(event.answer->error().context(), now);
      }
    }
    authority_.tell(core_, now);
    if (core_.next_time() <= now) core_.advance(now);
    if (const auto request = authority_.ask(core_, now)) link_.send(*request);
    return std::min(core_.next_time(), authority_.next_time());
  }
  [[nodiscard]] const Membership& core() const { return core_; }
  [[nodiscard]] const TableAuthority& authority() const { return authority_; }

 private:
  static MembershipSettings settings() {
    MembershipSettings settings = MembershipSettings::local();
    settings.by_table = true;
    return settings;
  }

  TableLink& link_;
  Membership core_;
  TableAuthority authority_;
};

TEST_F(TableLinks, CarryANodeThroughTheAbsenceOfItsServerWhichComesBackEmpty) {
  RedisServer server;
  const auto link = open(server.url());
  const auto now = [this] { return platform.clock->now(); };
  LoneNode node(*link, now());
  const TimePoint end = later(now(), 60s);
  const auto run_until_owner = [&](bool owns) {
    while (node.core().may_own(now()) != owns) {
      ASSERT_LT(now(), end) << node.authority().problem();
      wait_until_woken(std::min(node.advance(now()), end));
    }
  };

  run_until_owner(true);
  const std::uint64_t cluster = node.core().cluster();
  const std::uint64_t generation = node.authority().generation();
  server.kill();
  run_until_owner(false);
  EXPECT_EQ(node.core().view()->up(), 1U);
  EXPECT_FALSE(node.core().ended());
  server.start();
  run_until_owner(true);

  EXPECT_EQ(node.core().cluster(), cluster);
  EXPECT_NE(node.authority().generation(), generation);
  EXPECT_EQ(node.authority().counts().doubts, 1U);
}

TEST_F(TableLinks, SayOfAServerThatIsOfNoUseWhatIsWrongWithIt) {
  const RedisServer closed({"--requirepass", "secret"});
  EXPECT_TRUE(contains(failure(closed.url()), "NOAUTH"));
  EXPECT_TRUE(contains(failure("unix://:wrong@" + closed.socket()), "WRONGPASS"));
  const RedisListener other("HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_TRUE(contains(failure(other.url()), "HTTP/1.1 400"));
  EXPECT_TRUE(contains(failure("redis://127.0.0.1:1"), "Connection refused"));
  EXPECT_FALSE(check_table_url("http://h").ok());
}

}  // namespace
}  // namespace troupe::cluster
