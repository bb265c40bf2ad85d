#include <nlohmann/json.hpp>
#include <troupe/base/printable.hpp>
#include <troupe/program/storage/stored_text.hpp>
#include <troupe/wire/reader.hpp>

namespace troupe::program {

std::string json_of_msgpack(std::span<const std::byte> bytes) {
  wire::Reader reader(bytes);
  static_cast<void>(reader.skip());  // The parser goes into each level by a call.
  if (!reader.ok() || !reader.at_end()) return hexadecimal(bytes);
  const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto value = nlohmann::json::from_msgpack(data, data + bytes.size(), true, false);
  if (value.is_discarded()) return hexadecimal(bytes);
  using Handler = nlohmann::json::error_handler_t;
  return printable(value.dump(-1, ' ', false, Handler::replace), std::string::npos);
}

}  // namespace troupe::program
