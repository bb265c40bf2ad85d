// Frames, and system messages, from any bytes: what is read of them can be written again, as the
// same bytes where the format leaves no choice, and then reads as the same.
#include <troupe/base/check.hpp>
#include <troupe/transport/frame/frame.hpp>
#include <troupe/transport/frame/system_payload.hpp>
#include <vector>

#include "target.hpp"

namespace {

using namespace troupe::transport;
using troupe::wire::Writer;

constexpr std::size_t frame_bytes_max = 2'048;  // Less than the fuzzer's inputs may have.

void write_tell(Writer& frame, const Request& tell) {
  const std::size_t begun = begin_message(frame, tell);
  const std::size_t part = begin_part(frame);
  frame.write(tell.payload);
  end_part(frame, part);
  frame.write(tell.more);
  end_message(frame, begun);
  const Request last = last_of(tell, 1);
  TROUPE_CHECK(last.count == 1 && last.more.empty(), "reduce a tell to its last part");
}

void write(Writer& frame, const FrameMessage& message) {
  if (const auto* request = std::get_if<Request>(&message); request && request->correlation == 0) {
    return write_tell(frame, *request);
  }
  const auto write_one = [&]<class M>(const M& one) {
    if constexpr (requires { one.type_key, one.payload; }) {
      const std::size_t begun = begin_message(frame, one);
      frame.write(one.payload);
      end_message(frame, begun);
    } else if constexpr (std::is_same_v<M, Schemas>) {
      std::vector<Schema> all;
      for (std::size_t i = 0; i < one.size(); ++i) all.push_back(one[i]);
      append(frame, all);
    } else if constexpr (std::is_same_v<M, Holds>) {
      append(frame, one.targets(), 2 * frame_bytes_max);
    } else if constexpr (!std::is_same_v<M, Unknown>) {
      append(frame, one);
    }
  };
  std::visit(write_one, message);
}

/// Whether what a later version says in it is passed over.
bool is_extensible(const FrameMessage& message) {
  return std::visit(
      []<class M>(const M&) {
        return std::is_same_v<M, Hello> || std::is_same_v<M, Welcome> ||
               std::is_same_v<M, Heartbeat> || std::is_same_v<M, Progress> ||
               std::is_same_v<M, After> || std::is_same_v<M, Withdrawn> ||
               std::is_same_v<M, Unknown>;
      },
      message);
}

void check_system(std::span<const std::byte> bytes) {
  const auto payload = decode_system(bytes);
  if (!payload) return;
  const auto written = encode_system(*payload);
  const auto again = decode_system(written);
  TROUPE_CHECK(again, "write system messages that can be read");
  TROUPE_CHECK(encode_system(*again) == written, "read system messages as they were written");
}

/// The frame of all messages of `bytes` up to its end or its refusal.
std::vector<std::byte> rewritten(std::span<const std::byte> bytes, bool& is_canonical) {
  FrameReader reader(bytes, frame_bytes_max);
  Writer frame;
  begin_frame(frame, reader.lane(), reader.first());
  if (reader.is_reverse()) set_reverse(frame);
  while (const auto message = reader.next()) {
    write(frame, *message);
    if (const auto* system = std::get_if<System>(&*message)) check_system(system->payload);
    if (is_extensible(*message)) is_canonical = false;
  }
  return {frame.bytes().begin(), frame.bytes().end()};
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = as_input(data, size);
  check_system(input);
  if (FrameReader(input, frame_bytes_max).error() != nullptr) return 0;
  bool is_canonical = true;
  const auto written = rewritten(input, is_canonical);
  TROUPE_CHECK(!is_canonical || std::ranges::equal(written, input.first(written.size())),
               "write a message as the bytes that it was read from");
  TROUPE_CHECK(rewritten(written, is_canonical) == written, "read a frame as it was written");
  return 0;
}
