// RecordEntry: some records that follow each other, as one row of a file: their sizes, their bytes,
// and a checksum over both and the place where they belong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/persistence/records.hpp>

namespace troupe::persistence {

/// Where the rest of `records` from `first` on is to be parted: how many go into the next row. At
/// most 64, and of 32 KiB but at least one. At least one record is left.
[[nodiscard]] std::size_t entry_count(const Records& records, std::size_t first,
                                      std::size_t end) noexcept;

/// Sizes of records as a row has them: 4 bytes each, least significant first. Any thread.
[[nodiscard]] std::string pack_sizes(const Records& records, std::size_t first, std::size_t count);

/// Of an entry that is read. The views are its row's.
struct RecordEntry {
  std::uint64_t place = 0;   ///< The queue or journal.
  std::uint64_t number = 0;  ///< Of the first record.
  std::string_view sizes = {};
  std::string_view records = {};

  [[nodiscard]] std::size_t count() const noexcept { return sizes.size() / 4; }
  [[nodiscard]] std::size_t size_of(std::size_t index) const noexcept;
  /// Bytes of the records before `index`; past the last one, of all.
  [[nodiscard]] std::uint64_t bytes_before(std::size_t index) const noexcept;
  /// `index` is below count(); shorter than it should be where the entry is damaged.
  [[nodiscard]] std::string_view record(std::size_t index) const noexcept;
  [[nodiscard]] std::uint32_t checksum() const noexcept;
  /// Whether it is what was written, where that had this checksum.
  [[nodiscard]] bool is_whole(std::uint64_t written) const noexcept;
};

}  // namespace troupe::persistence
