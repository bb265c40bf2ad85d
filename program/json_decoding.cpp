#include <troupe/program/json_decoding.hpp>

#include <nlohmann/json.hpp>
#include <troupe/wire/reader.hpp>

namespace troupe::program {
namespace {

/// Objects whose keys keep their order.
using Ordered = nlohmann::ordered_json;
using Kind = Shape::Kind;

/// Reads values; once one is malformed the reader has failed, and what is returned means nothing.
class Decoder {
 public:
  explicit Decoder(wire::Reader& reader) : reader_(reader) {}

  Ordered read(const Shape& shape) {
    switch (shape.kind) {
      case Kind::truth: return reader_.read_bool();
      case Kind::integer: return read_integer(shape);
      case Kind::real: return reader_.read_double();
      case Kind::text: return std::string(reader_.read_string());
      case Kind::bytes: return read_bytes();
      case Kind::nil: reader_.read_nil(); return nullptr;
      case Kind::ref: return read_ref();
      case Kind::list: return read_list(shape);
      case Kind::map: return read_map(shape);
      case Kind::tuple: return read_tuple(shape);
      case Kind::optional: return reader_.try_read_nil() ? Ordered(nullptr) : read(shape.parts[0]);
      case Kind::variant: return read_variant(shape);
      case Kind::wrapped: return read(shape.parts[0]);
      case Kind::structure: return read_structure(shape);
      case Kind::recursion: return read_recursion(shape);
      case Kind::opaque: break;
    }
    return read_as_it_is();
  }

 private:
  Ordered read_integer(const Shape& shape) {
    const IntegerRange range = range_of(shape);
    if (!shape.is_signed) return reader_.read_uint(range.max);
    return reader_.read_int(range.min, static_cast<std::int64_t>(range.max));
  }

  Ordered read_bytes() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::byte byte : reader_.read_binary()) {
      text += digits[std::to_integer<unsigned>(byte) >> 4U];
      text += digits[std::to_integer<unsigned>(byte) & 0xfU];
    }
    return text;
  }

  /// A path, or an address with its incarnation and the number of an actor there: "...#1f/7".
  Ordered read_ref() {
    if (reader_.peek() == wire::Kind::boolean) return reader_.read_bool();
    if (reader_.try_read_nil()) return nullptr;
    const std::size_t parts = reader_.read_array_header();
    const wire::Reader::Nested nested(reader_);
    std::string text(reader_.read_string());
    if (parts == 2) text += "/" + std::to_string(reader_.read_uint());
    if (parts != 1 && parts != 2) reader_.fail("a ref is a list of one or two");
    return text;
  }

  Ordered read_list(const Shape& shape) {
    Ordered list = Ordered::array();
    const std::size_t count = reader_.read_array_header();
    const wire::Reader::Nested nested(reader_);
    for (std::size_t i = 0; i < count && reader_.ok(); ++i) list.push_back(read(shape.parts[0]));
    return list;
  }

  Ordered read_tuple(const Shape& shape) {
    Ordered list = Ordered::array();
    if (reader_.read_array_header() != shape.parts.size()) {
      reader_.fail("an array of another length than the tuple");
    }
    const wire::Reader::Nested nested(reader_);
    for (const Shape& part : shape.parts) list.push_back(read(part));
    return list;
  }

  Ordered read_map(const Shape& shape) {
    const Kind key = shape.parts[0].kind;
    const bool is_object = key == Kind::text || key == Kind::integer;
    Ordered map = is_object ? Ordered::object() : Ordered::array();
    const std::size_t count = reader_.read_map_header();
    const wire::Reader::Nested nested(reader_);
    for (std::size_t i = 0; i < count && reader_.ok(); ++i) {
      Ordered name = read(shape.parts[0]);
      Ordered value = read(shape.parts[1]);
      if (!is_object) {
        map.push_back(Ordered::array({std::move(name), std::move(value)}));
      } else {
        // Its own operator[] looks at all that are there; keys that are equal are both printed.
        map.get_ref<Ordered::object_t&>().emplace_back(
            name.is_string() ? name.get<std::string>() : name.dump(), std::move(value));
      }
    }
    return map;
  }

  Ordered read_variant(const Shape& shape) {
    if (reader_.read_array_header() != 2) reader_.fail("a variant is a list of index and value");
    const wire::Reader::Nested nested(reader_);
    const std::size_t index = reader_.read_uint(shape.parts.size() - 1);
    if (!reader_.ok()) return nullptr;
    Ordered result = Ordered::object();
    result["alternative"] = index;
    result["value"] = read(shape.parts[index]);
    return result;
  }

  /// Fields that the writer did not know are left out; those that the shape has not are skipped.
  Ordered read_structure(const Shape& shape) {
    Ordered object = Ordered::object();
    std::size_t left = reader_.read_array_header();
    const wire::Reader::Nested nested(reader_);
    open_.push_back(&shape);
    for (std::size_t i = 0; i < shape.fields.size() && left > 0; ++i, --left) {
      object[shape.fields[i]] = read(shape.parts[i]);
    }
    open_.pop_back();
    for (; left > 0 && reader_.ok(); --left) reader_.skip();
    return object;
  }

  Ordered read_recursion(const Shape& shape) {
    for (auto around = open_.rbegin(); around != open_.rend(); ++around) {
      if ((*around)->name != shape.name) continue;
      const auto kept = open_;
      open_.erase(around.base() - 1, open_.end());
      Ordered value = read(*kept[open_.size()]);
      open_ = kept;
      return value;
    }
    return read_as_it_is();
  }

  Ordered read_as_it_is() {
    const auto bytes = reader_.skip();
    const auto* const first = reinterpret_cast<const std::uint8_t*>(bytes.data());
    Ordered value = Ordered::from_msgpack(first, first + bytes.size(), true, false);
    if (value.is_discarded()) reader_.fail("msgpack that JSON has nothing for");
    return value;
  }

  wire::Reader& reader_;
  std::vector<const Shape*> open_;  ///< The structures around the value.
};

/// JSON with what moves a terminal's cursor as an escape: nlohmann's writer leaves those of the
/// second set of control characters, and DEL, as they are. They stand in text only.
std::string for_terminals(const std::string& json) {
  std::string result;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto byte = static_cast<unsigned char>(json[i]);
    const auto next = i + 1 < json.size() ? static_cast<unsigned char>(json[i + 1]) : 0U;
    if (byte == 0x7f) {
      result += "\\u007f";
    } else if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {
      result += next < 0x90 ? "\\u008" : "\\u009";
      result += "0123456789abcdef"[next & 0xfU];
      ++i;
    } else {
      result += json[i];
    }
  }
  return result;
}

}  // namespace

Result<std::string> decode_to_json(std::span<const std::byte> bytes, const Shape& shape) {
  wire::Reader reader(bytes);
  const Ordered value = Decoder(reader).read(shape);
  if (!reader.ok()) return reader.error();
  if (!reader.at_end()) return Error(ErrorCode::malformed, "more than one value");
  return for_terminals(value.dump(-1, ' ', false, Ordered::error_handler_t::replace));
}

}  // namespace troupe::program
