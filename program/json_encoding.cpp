#include <troupe/program/json_encoding.hpp>

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <troupe/base/printable.hpp>
#include <troupe/program/nearest_name.hpp>
#include <troupe/wire/reader.hpp>
#include <troupe/wire/writer.hpp>

namespace troupe::program {
namespace {

using Json = nlohmann::json;
using Kind = Shape::Kind;

/// What is quoted of a value.
constexpr std::size_t quoted_max = 60;

std::string quoted(const Json& value) {
  return printable(value.dump(-1, ' ', false, Json::error_handler_t::replace), quoted_max);
}

/// Writes values until one does not fit.
class Encoder {
 public:
  explicit Encoder(wire::Writer& writer) : writer_(writer) {}

  /// False where it does not fit: then `problem` says why.
  bool write(const Json& value, const Shape& shape) {
    if (depth_ >= wire::nesting_depth_max) return fails("is nested too deeply");
    ++depth_;
    const bool fits = write_one(value, shape);
    --depth_;
    return fits;
  }

  std::string problem;

 private:
  bool write_one(const Json& value, const Shape& shape) {
    switch (shape.kind) {
      case Kind::truth: return value.is_boolean() ? put_bool(value) : is_not(value, shape);
      case Kind::integer: return write_integer(value, shape);
      case Kind::real: return write_real(value, shape);
      case Kind::text: return value.is_string() ? put_text(value) : is_not(value, shape);
      case Kind::bytes: return write_bytes(value, shape);
      case Kind::nil: return value.is_null() ? put_nil() : is_not(value, shape);
      case Kind::ref: return write_ref(value, shape);
      case Kind::list: return write_list(value, shape);
      case Kind::map: return write_map(value, shape);
      case Kind::tuple: return write_tuple(value, shape);
      case Kind::optional: return value.is_null() ? put_nil() : write(value, shape.parts[0]);
      case Kind::variant: return write_variant(value, shape);
      case Kind::wrapped: return write(value, shape.parts[0]);
      case Kind::structure: return write_structure(value, shape);
      case Kind::recursion: return write_recursion(value, shape);
      case Kind::opaque: break;
    }
    return write_as_it_is(value);
  }

  bool put_bool(const Json& value) {
    writer_.write_bool(value.get<bool>());
    return true;
  }
  bool put_text(const Json& value) {
    writer_.write_string(value.get_ref<const std::string&>());
    return true;
  }
  bool put_nil() {
    writer_.write_nil();
    return true;
  }

  bool write_integer(const Json& value, const Shape& shape) {
    const IntegerRange range = range_of(shape);
    if (value.is_number_unsigned()) {
      const auto number = value.get<std::uint64_t>();
      if (number > range.max) return is_not(value, shape);
      writer_.write_uint(number);
      return true;
    }
    if (!value.is_number_integer() || value.get<std::int64_t>() < range.min) {
      return is_not(value, shape);
    }
    writer_.write_int(value.get<std::int64_t>());
    return true;
  }

  bool write_real(const Json& value, const Shape& shape) {
    if (!value.is_number()) return is_not(value, shape);
    if (shape.bits == 32) {
      writer_.write_float(value.get<float>());
    } else {
      writer_.write_double(value.get<double>());
    }
    return true;
  }

  bool write_bytes(const Json& value, const Shape& shape) {
    if (!value.is_string()) return is_not(value, shape);
    const auto& digits = value.get_ref<const std::string&>();
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
      unsigned byte = 0;
      const char* const end = digits.data() + i + 2;
      if (std::from_chars(digits.data() + i, end, byte, 16).ptr != end) {
        return is_not(value, shape);
      }
      bytes.push_back(static_cast<std::byte>(byte));
    }
    if (digits.size() % 2 != 0) return is_not(value, shape);
    if (shape.size != 0 && bytes.size() != shape.size) {
      return fails("has " + std::to_string(bytes.size()) + " bytes; it has to have " +
                   std::to_string(shape.size));
    }
    writer_.write_binary(bytes);
    return true;
  }

  /// As what travels between nodes has it: a list of the path alone.
  bool write_ref(const Json& value, const Shape& shape) {
    if (value.is_null()) return put_nil();
    if (!value.is_string()) return is_not(value, shape);
    writer_.write_array_header(1);
    return put_text(value);
  }

  bool write_list(const Json& value, const Shape& shape) {
    if (!value.is_array()) return is_not(value, shape);
    if (shape.has_size && value.size() != shape.size) return has_not(value, shape.size);
    writer_.write_array_header(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (!write_at("[" + std::to_string(i) + "]", value[i], shape.parts[0])) return false;
    }
    return true;
  }

  bool write_tuple(const Json& value, const Shape& shape) {
    if (!value.is_array()) return is_not(value, shape);
    if (value.size() != shape.parts.size()) return has_not(value, shape.parts.size());
    writer_.write_array_header(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (!write_at("[" + std::to_string(i) + "]", value[i], shape.parts[i])) return false;
    }
    return true;
  }

  bool write_map(const Json& value, const Shape& shape) {
    const Shape& key_shape = shape.parts[0];
    if (value.is_object()) {
      writer_.write_map_header(value.size());
      for (const auto& [key, mapped] : value.items()) {
        if (!write_at("." + key, as_key(key, key_shape), key_shape)) return false;
        if (!write_at("." + key, mapped, shape.parts[1])) return false;
      }
      return true;
    }
    if (!value.is_array()) return is_not(value, shape);
    writer_.write_map_header(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string place = "[" + std::to_string(i) + "]";
      const Json& pair = value[i];
      if (!pair.is_array() || pair.size() != 2) {
        return fails_at(place, "is " + quoted(pair) + "; it has to be a list of a key and a value");
      }
      if (!write_at(place + "[0]", pair[0], key_shape)) return false;
      if (!write_at(place + "[1]", pair[1], shape.parts[1])) return false;
    }
    return true;
  }

  /// A key of an object is text; one that is an integer is read.
  static Json as_key(const std::string& text, const Shape& shape) {
    if (shape.kind != Kind::integer) return text;
    std::int64_t number = 0;
    std::uint64_t large = 0;
    const char* const end = text.data() + text.size();
    if (std::from_chars(text.data(), end, large).ptr == end && !text.empty()) return large;
    if (std::from_chars(text.data(), end, number).ptr == end && !text.empty()) return number;
    return text;
  }

  bool write_variant(const Json& value, const Shape& shape) {
    if (value.is_object() && value.size() == 2 && value.contains("alternative") &&
        value.contains("value")) {
      const Json& index = value["alternative"];
      if (!index.is_number_unsigned() || index.get<std::uint64_t>() >= shape.parts.size()) {
        return fails_at(".alternative", "is " + quoted(index) + "; it has to be from 0 to " +
                                            std::to_string(shape.parts.size() - 1));
      }
      return put_alternative(index.get<std::size_t>(), value["value"], shape);
    }
    std::optional<std::size_t> fits;
    for (std::size_t i = 0; i < shape.parts.size(); ++i) {
      wire::Writer tried;
      Encoder encoder(tried);
      encoder.open_ = open_;
      encoder.depth_ = depth_;
      if (!encoder.write(value, shape.parts[i])) continue;
      if (fits) {
        return fails("is " + quoted(value) +
                     ", which fits more than one of its alternatives; say which: "
                     "{\"alternative\": " +
                     std::to_string(*fits) + ", \"value\": ...}");
      }
      fits = i;
    }
    if (!fits) return is_not(value, shape);
    return put_alternative(*fits, value, shape);
  }

  bool put_alternative(std::size_t index, const Json& value, const Shape& shape) {
    writer_.write_array_header(2);
    writer_.write_uint(index);
    return write_at(".value", value, shape.parts[index]);
  }

  bool write_structure(const Json& value, const Shape& shape) {
    if (!value.is_object()) return is_not(value, shape);
    for (const auto& [key, unused] : value.items()) {
      if (std::find(shape.fields.begin(), shape.fields.end(), key) != shape.fields.end()) continue;
      return fails("has a field " + printable(key, quoted_max) + ", which " + shape.name +
                   " has not" + fields_of(shape) + did_you_mean(key, shape.fields));
    }
    open_.push_back(&shape);
    writer_.write_array_header(shape.fields.size());
    for (std::size_t i = 0; i < shape.fields.size(); ++i) {
      if (!write_field(value, shape.fields[i], shape.parts[i])) return false;
    }
    open_.pop_back();
    return true;
  }

  static std::string fields_of(const Shape& shape) {
    std::string text;
    for (const std::string& field : shape.fields) text += (text.empty() ? "" : ", ") + field;
    return text.empty() ? "; it has none" : "; it has " + text;
  }

  bool write_field(const Json& value, const std::string& field, const Shape& shape) {
    const auto found = value.find(field);
    if (found != value.end()) return write_at("." + field, *found, shape);
    if (shape.kind == Kind::optional) return put_nil();
    return fails_at("." + field, "is missing; it has to be " + name_of(shape));
  }

  bool write_recursion(const Json& value, const Shape& shape) {
    for (auto around = open_.rbegin(); around != open_.rend(); ++around) {
      if ((*around)->name != shape.name) continue;
      // What is open inside of it is not around the value.
      const auto kept = open_;
      open_.erase(around.base() - 1, open_.end());
      const Shape& structure = *kept[open_.size()];
      const bool fits = write(value, structure);
      open_ = kept;
      return fits;
    }
    return write_as_it_is(value);
  }

  bool write_as_it_is(const Json& value) {
    const std::vector<std::uint8_t> bytes = Json::to_msgpack(value);
    writer_.write(std::as_bytes(std::span(bytes)));
    return true;
  }

  bool write_at(const std::string& place, const Json& value, const Shape& shape) {
    const std::size_t before = place_.size();
    place_ += place;
    if (!write(value, shape)) return false;
    place_.resize(before);
    return true;
  }

  bool is_not(const Json& value, const Shape& shape) {
    return fails("is " + quoted(value) + "; it has to be " + name_of(shape));
  }
  bool has_not(const Json& value, std::size_t size) {
    return fails("has " + std::to_string(value.size()) + " elements; it has to have " +
                 std::to_string(size));
  }
  bool fails_at(const std::string& place, const std::string& what) {
    place_ += place;
    return fails(what);
  }
  bool fails(const std::string& what) {
    const std::string where = place_.starts_with('.') ? place_.substr(1) : place_;
    problem = (where.empty() ? "the message" : printable(where)) + " " + what;
    return false;
  }

  wire::Writer& writer_;
  std::string place_;               ///< Of the value, in the message: ".lines[2].price".
  std::vector<const Shape*> open_;  ///< The structures around it.
  std::size_t depth_ = 0;
};

/// What nlohmann's parser says, without its own numbers.
std::string reason_of(const Json::parse_error& error) {
  const std::string text = error.what();
  const std::size_t end = text.find("] ");
  return printable(end == std::string::npos ? text : text.substr(end + 2));
}

/// Deeper than messages may be; what is so deep is not even parsed, as printing it recurses.
bool is_too_deep(std::string_view json) {
  std::size_t depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (in_text && json[i] == '\\') {
      ++i;
    } else if (json[i] == '"') {
      in_text = !in_text;
    } else if (!in_text && (json[i] == '[' || json[i] == '{')) {
      if (++depth > wire::nesting_depth_max) return true;
    } else if (!in_text && (json[i] == ']' || json[i] == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

Result<void> parse(std::string_view json, Json& value) {
  if (is_too_deep(json)) {
    return Error(ErrorCode::malformed, "the message is nested more deeply than messages may be",
                 Execution::not_executed);
  }
  try {
    value = Json::parse(json);
    return {};
  } catch (const Json::parse_error& error) {
    return Error(ErrorCode::malformed, "the message is no JSON: " + reason_of(error),
                 Execution::not_executed);
  }
}

}  // namespace

Result<void> check_json(std::string_view json) {
  Json value;
  return parse(json, value);
}

Result<std::vector<std::byte>> encode_json(std::string_view json, const Shape& shape) {
  Json value;
  if (const auto parsed = parse(json, value); !parsed.ok()) return parsed.error();
  wire::Writer writer;
  Encoder encoder(writer);
  if (!encoder.write(value, shape)) {
    return Error(ErrorCode::malformed, encoder.problem, Execution::not_executed);
  }
  return std::vector<std::byte>(writer.bytes().begin(), writer.bytes().end());
}

}  // namespace troupe::program
