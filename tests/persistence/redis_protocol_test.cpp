#include <gtest/gtest.h>
#include <troupe/base/printable.hpp>
#include <troupe/base/random.hpp>
#include <troupe/persistence/redis/back_off.hpp>
#include <troupe/persistence/redis/command.hpp>
#include <troupe/persistence/redis/deadline_heap.hpp>
#include <troupe/persistence/redis/redis_failure.hpp>
#include <troupe/persistence/redis/redis_settings.hpp>
#include <troupe/persistence/redis/reply_reader.hpp>
#include <troupe/persistence/redis/sha1.hpp>

namespace troupe::redis {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using Found = ReplyReader::Found;

TEST(RedisSha1, IsThatOfTheStandard) {
  EXPECT_EQ(sha1_hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(sha1_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(sha1_hex(std::string(1'000'000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST(RedisCommand, HoldsAnyBytes) {
  const std::string_view value("a\0\r\n", 4);
  EXPECT_EQ(Command({"SET", "", value}).bytes(),
            "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\na\0\r\n\r\n"sv);
}

TEST(RedisCommand, MayHaveManyArguments) {
  const std::vector<std::string_view> many(1'000, "x");
  const Command command{std::span<const std::string_view>(many)};
  EXPECT_TRUE(command.bytes().starts_with("*1000\r\n$1\r\nx\r\n"));
  EXPECT_EQ(command.size(), 7U + 1'000U * 7U);
}

TEST(RedisCommand, OfAScriptNamesItByItsSum) {
  const Script script("return 1");
  const Command command = Command::of_script(script, {"k"}, {"a", "b"});
  EXPECT_EQ(
      command.bytes(),
      Command({"EVALSHA", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "1", "k", "a", "b"}).bytes());
  EXPECT_TRUE(command.check().ok());
}

TEST(RedisCommand, ThatChangesItsConnectionIsRefused) {
  for (const char* name : {"SELECT", "select", "Multi", "EXEC", "WATCH", "SUBSCRIBE", "MONITOR",
                           "HELLO", "QUIT", "RESET", "AUTH", "PSUBSCRIBE"}) {
    const Result<void> checked = Command({name, "1"}).check();
    ASSERT_FALSE(checked.ok()) << name;
    EXPECT_EQ(checked.error().code(), ErrorCode::malformed);
    EXPECT_TRUE(checked.error().definitely_not_executed());
  }
  EXPECT_FALSE(Command({"client", "reply", "off"}).check().ok());
  EXPECT_FALSE(Command(std::initializer_list<std::string_view>{}).check().ok());
  EXPECT_FALSE(Command({""}).check().ok());
  EXPECT_TRUE(Command({"CLIENT", "LIST"}).check().ok());
  EXPECT_TRUE(Command({"GET", "SELECT"}).check().ok());
  EXPECT_TRUE(Command({"CLIENT"}).check().ok());
}

std::vector<Reply> read_all(ReplyReader& reader, std::string_view bytes) {
  std::vector<Reply> replies;
  while (!bytes.empty()) {
    bytes.remove_prefix(reader.feed(bytes));
    Reply reply;
    while (reader.next(reply) == Found::reply) replies.push_back(std::exchange(reply, {}));
  }
  return replies;
}

TEST(RedisReplies, AreReadWhereverTheirBytesAreCut) {
  const std::string bytes =
      "+OK\r\n:-42\r\n$4\r\na\r\nb\r\n$-1\r\n*-1\r\n*0\r\n-ERR no\r\n"
      "*3\r\n*2\r\n:1\r\n$1\r\nx\r\n*0\r\n*1\r\n*1\r\n-WRONG it\r\n";
  ReplyReader whole(1'000);
  const std::vector<Reply> expected = read_all(whole, bytes);
  ASSERT_EQ(expected.size(), 8U);
  EXPECT_TRUE(expected[0].is_status("OK"));
  EXPECT_EQ(expected[1].integer, -42);
  EXPECT_EQ(expected[2].text, "a\r\nb");
  EXPECT_TRUE(expected[3].is_nil());
  EXPECT_TRUE(expected[4].is_nil());
  EXPECT_EQ(expected[5].kind, Reply::Kind::array);
  EXPECT_EQ(expected[6].kind, Reply::Kind::error);
  EXPECT_EQ(expected[7].elements[0].elements[1].text, "x");
  EXPECT_EQ(expected[7].elements[2].elements[0].elements[0].text, "WRONG it");

  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    ReplyReader reader(1'000);
    std::vector<Reply> replies = read_all(reader, std::string_view(bytes).substr(0, cut));
    for (Reply& one : read_all(reader, std::string_view(bytes).substr(cut))) {
      replies.push_back(std::move(one));
    }
    EXPECT_EQ(replies, expected) << "cut at " << cut;
  }
}

TEST(RedisReplies, OfManyElementsGrowWithWhatCame) {
  ReplyReader reader(100'000'000);
  std::string bytes = "*20000\r\n";
  for (int i = 0; i < 20'000; ++i) bytes += ":" + std::to_string(i) + "\r\n";
  const std::vector<Reply> replies = read_all(reader, bytes);
  ASSERT_EQ(replies.size(), 1U);
  ASSERT_EQ(replies[0].elements.size(), 20'000U);
  EXPECT_EQ(replies[0].elements[19'999].integer, 19'999);
}

Found end_of(ReplyReader& reader, std::string_view bytes) {
  Found found = Found::nothing;
  while (!bytes.empty()) {
    bytes.remove_prefix(reader.feed(bytes));
    Reply reply;
    do found = reader.next(reply);
    while (found == Found::reply);
    if (found != Found::nothing) break;
  }
  return found;
}

TEST(RedisReplies, ThatAreTooLargeAreRefusedWithoutMemoryForThem) {
  ReplyReader announced(1'000);  // Two thousand million elements are no reason to make room.
  EXPECT_EQ(end_of(announced, "*2000000000\r\n:1\r\n"), Found::nothing);
  ReplyReader text(1'000);
  EXPECT_EQ(end_of(text, "$500000000\r\n" + std::string(100'000, 'x')), Found::too_large);
  ReplyReader texts(1'000);
  std::string many = "*1000\r\n";
  for (int i = 0; i < 1'000; ++i) many += "$10\r\n0123456789\r\n";
  EXPECT_EQ(end_of(texts, many), Found::too_large);
  EXPECT_NE(texts.reason().find("1000 bytes"), std::string::npos);
}

TEST(RedisReplies, ThatAreNoneAreNonsense) {
  for (const char* bytes : {"HTTP/1.1 400 Bad Request\r\n", "SSH-2.0\r\n", "\x16\x03\x01\r\n",
                            "*x\r\n", "$-7\r\n", ":12x\r\n", "*99999999999\r\n"}) {
    ReplyReader reader(1'000);
    EXPECT_EQ(end_of(reader, bytes), Found::nonsense) << bytes;
    EXPECT_FALSE(reader.reason().empty());
  }
  std::string deep;
  for (int i = 0; i < 12; ++i) deep += "*1\r\n";
  ReplyReader reader(1'000);
  EXPECT_EQ(end_of(reader, deep), Found::nonsense);
}

TEST(RedisReplies, OfRandomBytesNeverDoHarm) {
  Random random(7);
  for (int round = 0; round < 2'000; ++round) {
    ReplyReader reader(1'000);
    std::string bytes;
    const std::string_view likely = "*$+-:0123456789\r\n\r\n\r\nx";
    for (int i = 0; i < 200; ++i) bytes.push_back(likely[random.below(likely.size())]);
    static_cast<void>(end_of(reader, bytes));
  }
}

TEST(RedisBackOff, DoublesUpToItsMostAndIsShortenedByAHalfAtMost) {
  Random random(1);
  BackOff pause(100ms, 5s);
  Duration span = 100ms;
  for (int i = 0; i < 20; ++i) {
    const Duration next = pause.next(random);
    EXPECT_LE(next, span);
    EXPECT_GE(next, span / 2);
    span = std::min<Duration>(2 * span, 5s);
  }
  pause.reset();
  EXPECT_LE(pause.next(random), 100ms);
}

TEST(RedisBackOff, SpreadsManyWhoLostTheSameServer) {
  Random random(1);
  int early = 0;
  for (int i = 0; i < 1'000; ++i) early += BackOff(100ms, 5s).next(random) < 75ms ? 1 : 0;
  EXPECT_GT(early, 400);
  EXPECT_LT(early, 600);
}

struct Due {
  TimePoint deadline;
  std::size_t place = DeadlineHeap<Due>::nowhere;
};

TEST(RedisDeadlines, ComeInOrderAndAreForgottenWhenRemoved) {
  Random random(3);
  std::vector<Due> all(1'000);
  DeadlineHeap<Due> heap;
  for (Due& one : all) {
    one.deadline = TimePoint(Duration(static_cast<Duration::rep>(random.below(500))));
    heap.add(one);
  }
  for (std::size_t i = 0; i < all.size(); i += 3) heap.remove(all[i]);
  heap.remove(all[0]);  // Again: nothing.
  EXPECT_EQ(heap.size(), 666U);
  TimePoint last = TimePoint::min();
  while (!heap.empty()) {
    Due& first = heap.first();
    EXPECT_GE(first.deadline, last);
    EXPECT_NE(static_cast<std::size_t>(&first - all.data()) % 3, 0U);
    last = first.deadline;
    heap.remove(first);
  }
}

TEST(RedisFailures, OfTheServerSayWhetherTheCommandWasTurnedAwayAtTheDoor) {
  const Error oom = server_error("OOM command not allowed when used memory > 'maxmemory'.");
  EXPECT_EQ(outcome_of(oom), Outcome::refused);
  EXPECT_EQ(server_code(oom), "OOM");
  EXPECT_TRUE(oom.definitely_not_executed());
  const Error within = server_error("READONLY You can't write script: 5bd, on @user_script:3.");
  EXPECT_EQ(outcome_of(within), Outcome::refused);
  EXPECT_FALSE(within.definitely_not_executed());
  EXPECT_FALSE(server_error("ERR whatever").definitely_not_executed());
  EXPECT_EQ(server_error("").context(), "ERR without a text");
}

TEST(RedisFailures, HaveTheServersWordsEscapedAndCut) {
  EXPECT_EQ(server_error("ERR \x1b[2J\n").context(), "ERR \\x1b[2J\\x0a");
  EXPECT_LE(server_error(std::string(10'000, 'x')).context().size(), foreign_text_max);
}

TEST(RedisSettingsCheck, NamesTheFirstThatMakesNoSense) {
  const auto reason = [](auto change) {
    RedisSettings settings;
    change(settings);
    const Result<void> checked = check(settings);
    return checked.ok() ? std::string() : checked.error().context();
  };
  EXPECT_EQ(reason([](RedisSettings&) {}), "");
  EXPECT_NE(reason([](auto& s) { s.command_timeout = 0s; }).find("command_timeout"),
            std::string::npos);
  EXPECT_NE(reason([](auto& s) { s.silence_max = -1s; }).find("silence_max"), std::string::npos);
  EXPECT_NE(reason([](auto& s) { s.backoff_max = 1ms; }).find("backoff_max"), std::string::npos);
  EXPECT_NE(reason([](auto& s) { s.commands_max = 0; }).find("commands_max"), std::string::npos);
  EXPECT_NE(reason([](auto& s) { s.name = "a b"; }).find("name"), std::string::npos);
  EXPECT_EQ(reason([](auto& s) { s.command_timeout = Duration::max(); }), "");
}

}  // namespace
}  // namespace troupe::redis
