#include <troupe/transport/outgoing/actor_names.hpp>

#include <troupe/actor/actor_path.hpp>

namespace troupe::transport {

bool is_told_path(std::string_view text) {
  if (text.size() > told_name_bytes_max) return false;
  const auto parsed = ActorPath::parse(text);
  return parsed.ok() && parsed->node.name.empty();
}

}  // namespace troupe::transport
