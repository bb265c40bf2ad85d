#include <troupe/persistence/records.hpp>

#include <limits>
#include <troupe/base/check.hpp>

namespace troupe::persistence {
namespace {

// Of the memory of a large batch, what stays for the next one: there may be very many owners.
constexpr std::size_t kept_bytes_max = std::size_t{16} << 10U;

}  // namespace

void Records::add(std::string_view record) {
  TROUPE_CHECK(record.size() <= std::numeric_limits<std::uint32_t>::max() - bytes_.size(),
               "records together are less than 4 GiB");
  bytes_.append(record);
  ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
}

void Records::clear() noexcept {
  if (bytes_.capacity() + ends_.capacity() * sizeof(std::uint32_t) > kept_bytes_max) {
    bytes_ = std::string();
    ends_ = std::vector<std::uint32_t>();
    return;
  }
  bytes_.clear();
  ends_.clear();
}

std::string_view Records::operator[](std::size_t index) const { return slice(index, 1); }

std::string_view Records::slice(std::size_t first, std::size_t count) const {
  TROUPE_CHECK(first <= size() && count <= size() - first, "records from 0 to size()");
  if (count == 0) return {};
  const std::size_t begin = first == 0 ? 0 : ends_[first - 1];
  return std::string_view(bytes_).substr(begin, ends_[first + count - 1] - begin);
}

}  // namespace troupe::persistence
