// A thread that nobody joins, for what cannot be broken off: it outlives whoever has started it.
#pragma once

namespace troupe {

/// Starts one that runs `run` with `argument`, without signals of the program's. False where the
/// process gets no more threads. Any thread.
[[nodiscard]] bool start_detached(void* (*run)(void*), void* argument) noexcept;

}  // namespace troupe
