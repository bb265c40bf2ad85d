#include <troupe/actor/runtime/own_node.hpp>

#include <troupe/actor/ports/remote_signal.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/signal_intake.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/wire/reader.hpp>
#include <troupe/wire/writer.hpp>

namespace troupe::runtime {

AnyRef OwnNode::actor(ActorId id) noexcept { return {find_cell(id), id}; }

void OwnNode::signal(RemoteSignal signal) noexcept {
  receive_signal(core_, *this, std::move(signal));
}

std::string OwnNode::path(RemoteId actor) const {
  return "troupe://" + core_.address.substr(0, core_.address.find('#')) +
         path_of(core_, actor.actor);
}

SystemAnchor* OwnNode::anchor(RemoteId /*actor*/) const noexcept { return core_.anchor; }

std::optional<ErrorCode> OwnNode::tell(RemoteId /*actor*/, ActorId /*sender*/,
                                       const MessageType& /*type*/,
                                       const void* /*message*/) noexcept {
  return ErrorCode::no_such_actor;
}

std::optional<ErrorCode> OwnNode::ask(RemoteId /*actor*/, Envelope* /*request*/) noexcept {
  return ErrorCode::no_such_actor;
}

void OwnNode::encode_ref(wire::Writer& writer, const wire::RefParts& ref) {
  writer.write_array_header(2);
  writer.write_uint(ref.target);
  writer.write_uint(ref.id);
}

wire::RefParts OwnNode::decode_ref(wire::Reader& reader) {
  static_cast<void>(reader.read_array_header());
  const std::uintptr_t target = reader.read_uint();
  return {target, reader.read_uint()};
}

}  // namespace troupe::runtime
