#include <gtest/gtest.h>

#include <string>
#include <troupe/actor/actor_path.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>

namespace troupe {
namespace {

using testkit::TestSystem;

TEST(ActorPath, IsReadAndWrittenTheSame) {
  for (const char* text :
       {"/user", "/user/manager/worker", "/user/$100000002",
        "troupe://bank@127.0.0.1:7002/user/account", "troupe://bank@db.example.org:65535/user/a/b",
        "troupe://bank@[::1]:7002/user/a"}) {
    const auto path = ActorPath::parse(text);
    ASSERT_TRUE(path.ok()) << text;
    EXPECT_EQ(path->to_string(), text);
  }
}

TEST(ActorPath, HasANodeAndALocalPart) {
  const auto path = ActorPath::parse("troupe://bank@[::1]:7002/user/account").value();

  EXPECT_EQ(path.node, (NodeAddress{"bank", "[::1]", 7002}));
  EXPECT_EQ(path.local, "/user/account");
  EXPECT_EQ(ActorPath::parse("/user/account").value().node.name, "");
}

TEST(ActorPath, ThatIsMalformedIsRefusedWithWhatIsWrong) {
  struct Case {
    std::string text;
    std::string reason;
  };
  for (const Case& bad : {Case{"", "does not begin"},
                          Case{"user/a", "does not begin"},
                          Case{"/user/", "ends with '/'"},
                          Case{"/user//a", "empty name"},
                          Case{"/user/a b", "space"},
                          Case{"/user/a\n", "a control"},
                          Case{"/user/\xc2\x9b", "a control"},
                          Case{"/user/\xff", "no UTF-8"},
                          Case{"troupe://ba\xffnk@host:1/user/a", "no UTF-8"},
                          Case{"troupe://bank@ho\xc2\x9bst:1/user/a", "a control"},
                          Case{"troupe://bank@host:1", "names no actor"},
                          Case{"troupe://host:1/user/a", "no '@'"},
                          Case{"troupe://bank@host/user/a", "no port"},
                          Case{"troupe://bank@host:0/user/a", "1 to 65535"},
                          Case{"troupe://bank@host:65536/user/a", "1 to 65535"},
                          Case{"troupe://bank@host:12x/user/a", "1 to 65535"},
                          Case{"troupe://@host:1/user/a", "no node name"},
                          Case{"troupe://bank@:1/user/a", "no host"},
                          Case{"troupe://bank@::1:7002/user/a", "brackets"},
                          Case{"http://bank@host:1/user/a", "does not begin"},
                          Case{"/user/" + std::string(5'000, 'x'), "4096"}}) {
    const auto path = ActorPath::parse(bad.text);
    ASSERT_FALSE(path.ok()) << bad.text;
    EXPECT_EQ(path.error().code(), ErrorCode::invalid_path);
    EXPECT_NE(path.error().context().find(bad.reason), std::string::npos) << path.error().context();
    EXPECT_NE(path.error().context().find("/user/name"), std::string::npos);
  }
}

TEST(ActorName, HasOneTo255PrintableBytesWithoutASlash) {
  EXPECT_TRUE(check_actor_name("a").ok());
  EXPECT_TRUE(check_actor_name("größe-7_(x)").ok());
  EXPECT_TRUE(check_actor_name(std::string(255, 'x')).ok());
  for (const std::string& bad :
       {std::string(), std::string(256, 'x'), std::string("a/b"), std::string("$1"),
        std::string("a b"), std::string("a\tb"), std::string("a\0b", 3), std::string("\x7f"),
        std::string("a\xff"), std::string("a\xc2\x9b")}) {
    EXPECT_EQ(check_actor_name(bad).error().code(), ErrorCode::invalid_name) << bad;
  }
}

struct Get {
  using Reply = std::string;
};
struct MakeChild {
  using Reply = AnyRef;
  std::string name;
};

class Echo : public Actor {
 public:
  using Protocol = Accepts<Get, MakeChild>;
  std::string on(Get) { return path(); }
  AnyRef on(const MakeChild& child) { return spawn<Echo>(child.name); }
};
using EchoRef = ActorRef<Echo::Protocol>;

TEST(Path, OfARootActorIsBelowUserAndOfAChildBelowItsParent) {
  TestSystem system;
  auto parent = system.spawn<Echo>("parent");
  const AnyRef child = parent.ask(MakeChild{"child"}).get().value();

  EXPECT_EQ(parent.path(), "/user/parent");
  EXPECT_EQ(parent.ask(Get{}).get().value(), "/user/parent");
  EXPECT_EQ(child.path(), "/user/parent/child");
  EXPECT_EQ(EchoRef(child).ask(Get{}).get().value(), "/user/parent/child");
}

TEST(Path, FindsTheActorWhileItLives) {
  TestSystem system;
  auto parent = system.spawn<Echo>("parent");
  const AnyRef child = parent.ask(MakeChild{"child"}).get().value();
  const AnyRef unnamed = parent.ask(MakeChild{""}).get().value();

  EXPECT_EQ(system.actors().find_any("/user/parent"), AnyRef(parent));
  EXPECT_EQ(system.actors().find_any("/user/parent/child"), child);
  EXPECT_EQ(system.actors().find_any(unnamed.path()), unnamed);
  EXPECT_TRUE(unnamed.path().starts_with("/user/parent/$"));

  system.stop(parent);
  system.run();
  EXPECT_EQ(system.actors().try_find_any("/user/parent").error().code(), ErrorCode::no_such_actor);
  EXPECT_EQ(system.actors().try_find_any(unnamed.path()).error().code(), ErrorCode::no_such_actor);
  EXPECT_EQ(child.path(), "/user/parent/child") << "remembered for dead letters";
}

TEST(Path, ThatIsUnknownIsAClearNotFound) {
  TestSystem system;
  system.spawn<Echo>("echo");

  for (const char* unknown : {"/user/nobody", "/user/echo/child", "/user/$1", "/user/$zz",
                              "/system/echo", "/userecho", "/", "/user/ech", "/user/echo2"}) {
    const auto found = system.actors().try_find<Echo::Protocol>(unknown);
    ASSERT_FALSE(found.ok()) << unknown;
    EXPECT_EQ(found.error().code(), ErrorCode::no_such_actor);
    EXPECT_NE(found.error().context().find(unknown), std::string::npos);
  }
  EXPECT_EQ(system.actors().try_find_any("echo").error().code(), ErrorCode::invalid_path);
}

TEST(Path, OfAnotherNodeIsNotFoundHere) {
  TestSystem system;
  system.spawn<Echo>("echo");

  const auto found = system.actors().try_find_any("troupe://bank@127.0.0.1:7002/user/echo");

  EXPECT_EQ(found.error().code(), ErrorCode::no_such_actor);
}

TEST(Path, ThatCannotBeFoundOrSelectedThrowsUnlessItIsOnlyTried) {
  TestSystem system;
  ActorSystem& actors = system.actors();
  EXPECT_THROW(static_cast<void>(actors.find<Echo>("/user/nobody")), Failure);
  EXPECT_THROW(static_cast<void>(actors.find_any("nobody")), Failure);
  EXPECT_THROW(static_cast<void>(actors.select<Echo>("/user/nobody")), Failure);
  EXPECT_THROW(static_cast<void>(actors.select_any("nobody")), Failure);
  EXPECT_EQ(actors.try_select<Echo>("/user/nobody").error().code(), ErrorCode::no_such_actor);
  EXPECT_EQ(actors.try_select_any("nobody").error().code(), ErrorCode::invalid_path);
}

TEST(Path, IsSelectedByActorsAndOfAnotherNodeNotWithoutATransport) {
  TestSystem system;
  auto echo = system.spawn<Echo>("echo");
  auto chooser = system.actors().spawn("chooser", behavior([](Context& context, MakeChild path) {
                                         return context.try_select_any(path.name).value();
                                       }));

  EXPECT_EQ(chooser.ask(MakeChild{"/user/echo"}).get(), AnyRef(echo));
  EXPECT_EQ(chooser.ask(MakeChild{"/user/nobody"}).get().error().code(), ErrorCode::handler_failed);
  EXPECT_EQ(system.actors().try_select_any("troupe://bank@127.0.0.1:7002/user/a").error().code(),
            ErrorCode::node_unreachable);
}

TEST(RefToAClass, IsARefToItsProtocol) {
  static_assert(std::is_same_v<RefTo<Echo>, ActorRef<Echo::Protocol>>);
  static_assert(std::is_same_v<RefTo<Echo::Protocol>, ActorRef<Echo::Protocol>>);
  TestSystem system;
  const RefTo<Echo> echo = system.spawn<Echo>("echo");

  EXPECT_EQ(system.actors().find<Echo>("/user/echo"), echo);
  EXPECT_EQ(system.actors().find<Echo::Protocol>("/user/echo"), echo);
  EXPECT_EQ(system.actors().select<Echo>("/user/echo"), echo);
}

}  // namespace
}  // namespace troupe
