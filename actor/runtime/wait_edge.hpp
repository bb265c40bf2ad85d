// Wait edges: whom an asker waits for, as its cell says it; what the wait graph is made of. The
// argument for their order is in exclusive_wait.hpp, the search for cycles in wait_graph.hpp.
#pragma once

#include <cstdint>
#include <troupe/actor/ports/envelope.hpp>

namespace troupe::runtime {

/// What tells an ask from all others of its asker that are under way.
[[nodiscard]] inline std::uint64_t number_of(const AskPart& ask) noexcept {
  return ask.sink != nullptr ? reinterpret_cast<std::uintptr_t>(ask.sink) : ask.token;
}

/// Set in the number of what waits for an actor's end, and not for its answer.
inline constexpr std::uint64_t end_edge_bit = std::uint64_t{1} << 63U;

/// The edge to `target` that belongs to the ask of this number; none to nobody. Its lowest bit says
/// whether it is one to an actor's end.
[[nodiscard]] constexpr WaitEdge wait_edge(ActorId target, std::uint64_t ask) noexcept {
  constexpr WaitEdge ask_bits = 0xffffffff;
  if (target == 0) return 0;
  const WaitEdge hash = ((ask * 0x9e3779b97f4a7c15U) >> 32U) & ~WaitEdge{1};
  return (target & ~ask_bits) | hash | (ask >> 63U);
}
[[nodiscard]] constexpr bool is_end_edge(WaitEdge edge) noexcept { return (edge & 1U) != 0; }

/// Makes `asker`, if it waits with this ask for `before`, wait for `now` instead; 0: for nobody.
/// True if it did. See the wait graph in exclusive_wait.hpp. Any thread.
bool move_wait_edge(ActorId asker, std::uint64_t ask, ActorId before, ActorId now) noexcept;

/// Says that the actor that has `request` is not kept from answering by what it waits for itself.
/// Any thread.
void clear_wait_edge(Envelope& request) noexcept;

}  // namespace troupe::runtime
