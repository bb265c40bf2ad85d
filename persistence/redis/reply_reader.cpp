#include <troupe/persistence/redis/reply_reader.hpp>

#include <hiredis/read.h>
#include <algorithm>
#include <new>
#include <troupe/base/check.hpp>
#include <troupe/base/printable.hpp>
#include <utility>

namespace troupe::redis {
namespace {

// The reader moves what is left in its buffer forward after each kilobyte: little is left then.
constexpr std::size_t feed_bytes = 16 * 1'024;
constexpr std::size_t reserved_max = 1'024;

}  // namespace

struct ReplyReader::Building {
  redisReader* reader = nullptr;
  Reply root;
  std::size_t values = 0;
  std::size_t bytes = 0;  // In texts of the reply that is being built.
  std::size_t bytes_max = 0;
  bool over_limit = false;

  /// The place of the next value: the root, or at the end of the array that is being filled, which
  /// nothing points into until it grows again.
  [[nodiscard]] Reply* place(const redisReadTask* task, std::size_t text_bytes) {
    ++values;
    bytes += text_bytes;
    if (values > values_max || bytes > bytes_max) {
      over_limit = true;
      return nullptr;
    }
    if (task->parent == nullptr) return &root;
    auto* parent = static_cast<Reply*>(task->parent->obj);
    return &parent->elements.emplace_back();
  }

  /// Fills in a value; null, which ends the reading, where a limit is broken or memory is out.
  template <class Fill>
  static void* build(const redisReadTask* task, std::size_t text_bytes, const Fill& fill) noexcept {
    auto* self = static_cast<Building*>(task->privdata);
    try {
      Reply* reply = self->place(task, text_bytes);
      if (reply != nullptr) fill(*reply);
      return reply;
    } catch (const std::bad_alloc&) {
      self->over_limit = true;
      return nullptr;
    }
  }

  static void* on_string(const redisReadTask* task, char* text, std::size_t size) {
    return build(task, size, [&](Reply& reply) {
      reply.kind = task->type == REDIS_REPLY_ERROR    ? Reply::Kind::error
                   : task->type == REDIS_REPLY_STATUS ? Reply::Kind::status
                                                      : Reply::Kind::string;
      reply.text.assign(text, size);
    });
  }
  static void* on_array(const redisReadTask* task, int size) {
    return build(task, 0, [&](Reply& reply) {
      reply.kind = Reply::Kind::array;
      reply.elements.reserve(std::min(static_cast<std::size_t>(size), reserved_max));
    });
  }
  static void* on_integer(const redisReadTask* task, long long value) {
    return build(task, 0, [&](Reply& reply) {
      reply.kind = Reply::Kind::integer;
      reply.integer = value;
    });
  }
  static void* on_nil(const redisReadTask* task) {
    return build(task, 0, [](Reply&) {});
  }
  static void on_free(void* /*reply*/) {}  // The root is a member.
};

ReplyReader::ReplyReader(std::size_t reply_bytes_max)
    : reply_bytes_max_(reply_bytes_max), building_(std::make_unique<Building>()) {
  static redisReplyObjectFunctions functions = {&Building::on_string, &Building::on_array,
                                                &Building::on_integer, &Building::on_nil,
                                                &Building::on_free};
  building_->reader = ::redisReaderCreateWithFunctions(&functions);
  TROUPE_CHECK(building_->reader != nullptr, "there is no memory for a reader of replies");
  building_->reader->privdata = building_.get();
  building_->bytes_max = reply_bytes_max;
}

ReplyReader::~ReplyReader() { ::redisReaderFree(building_->reader); }

std::size_t ReplyReader::feed(std::string_view bytes) {
  const std::size_t size = std::min(bytes.size(), feed_bytes);
  static_cast<void>(::redisReaderFeed(building_->reader, bytes.data(), size));  // next() tells.
  return size;
}

ReplyReader::Found ReplyReader::next(Reply& reply) {
  redisReader& reader = *building_->reader;
  void* found = nullptr;
  if (::redisReaderGetReply(&reader, &found) != REDIS_OK) {
    if (building_->over_limit || reader.err == REDIS_ERR_OOM) {
      reason_ = "a reply has more than " + std::to_string(reply_bytes_max_) + " bytes or " +
                std::to_string(values_max) + " values";
      return Found::too_large;
    }
    reason_ = printable(reader.errstr);
    return Found::nonsense;
  }
  if (found == nullptr) {
    // What is buffered belongs to one text that has not come whole, or is little.
    if (reader.len - reader.pos + building_->bytes <= reply_bytes_max_ + feed_bytes)
      return Found::nothing;
    reason_ = "a reply has more than " + std::to_string(reply_bytes_max_) + " bytes";
    return Found::too_large;
  }
  reply = std::exchange(building_->root, Reply{});
  building_->values = 0;
  building_->bytes = 0;
  return Found::reply;
}

}  // namespace troupe::redis
