// Records: byte strings one after the other in one piece of memory, as they are handed to storage
// and come back from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::persistence {

/// A value. All of it together is less than 4 GiB, which is checked.
class Records {
 public:
  void add(std::string_view record);
  /// Keeps a little of its memory.
  void clear() noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }
  [[nodiscard]] bool empty() const noexcept { return ends_.empty(); }
  /// Of all together, without what tells them apart.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_.size(); }

  /// `index` is below size(). Valid until the next add() or clear().
  [[nodiscard]] std::string_view operator[](std::size_t index) const;
  /// `count` records from `first` on, one after the other.
  [[nodiscard]] std::string_view slice(std::size_t first, std::size_t count) const;

  friend bool operator==(const Records&, const Records&) = default;

 private:
  std::string bytes_;
  std::vector<std::uint32_t> ends_;
};

}  // namespace troupe::persistence
