#include <troupe/program/json_encoding.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <troupe/actor/actor_path.hpp>
#include <troupe/base/printable.hpp>
#include <troupe/program/json_text.hpp>
#include <troupe/program/nearest_name.hpp>
#include <troupe/wire/nesting.hpp>
#include <troupe/wire/writer.hpp>

namespace troupe::program {
namespace {

using Json = nlohmann::json;
using Kind = Shape::Kind;

std::string quoted(const Json& value) {
  return printable(value.dump(-1, ' ', false, Json::error_handler_t::replace), json_quoted_max);
}

/// Writes values until one does not fit.
class Encoder {
 public:
  /// Each look at a value takes one from `looks_left`.
  Encoder(wire::Writer& writer, std::size_t& looks_left)
      : writer_(writer), looks_left_(looks_left) {}

  /// False where it does not fit: then `problem` says why.
  bool write(const Json& value, const Shape& shape) {
    if (looks_left_ == 0) return fails("is given up");
    --looks_left_;
    return write_one(value, shape);
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
    const bool is_short = shape.bits == 32;
    const int digits =
        is_short ? std::numeric_limits<float>::digits : std::numeric_limits<double>::digits;
    if (value.is_number_integer() && !holds_integer(digits, value)) {
      return fails("is " + quoted(value) + ", an integer that a number of " +
                   std::to_string(shape.bits) + " bits has not without a change");
    }
    const auto number = value.get<double>();
    if (is_short && std::abs(number) > std::numeric_limits<float>::max()) {
      return fails("is " + quoted(value) + "; a number of 32 bits is 3.4028235e+38 at most");
    }
    if (is_short) {
      writer_.write_float(static_cast<float>(number));
    } else {
      writer_.write_double(number);
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
    const auto path = ActorPath::parse(value.get_ref<const std::string&>());
    if (!path.ok()) return fails("is no path of an actor: " + path.error().context());
    if (path->node.name.empty()) {
      return fails("is " + quoted(value) +
                   ", which names no node; a path looks like "
                   "troupe://bank@127.0.0.1:7001/user/account");
    }
    return one_level_in([&] {
      writer_.write_array_header(1);
      return put_text(value);
    });
  }

  bool write_list(const Json& value, const Shape& shape) {
    if (!value.is_array()) return is_not(value, shape);
    if (shape.has_size && value.size() != shape.size) return has_not(value, shape.size);
    return write_elements(value, [&](std::size_t) -> const Shape& { return shape.parts[0]; });
  }

  bool write_tuple(const Json& value, const Shape& shape) {
    if (!value.is_array()) return is_not(value, shape);
    if (value.size() != shape.parts.size()) return has_not(value, shape.parts.size());
    return write_elements(value, [&](std::size_t i) -> const Shape& { return shape.parts[i]; });
  }

  template <class ShapeOf>
  bool write_elements(const Json& value, const ShapeOf& shape_of) {
    return one_level_in([&] {
      writer_.write_array_header(value.size());
      for (std::size_t i = 0; i < value.size(); ++i) {
        if (!write_at("[" + std::to_string(i) + "]", value[i], shape_of(i))) return false;
      }
      return true;
    });
  }

  bool write_map(const Json& value, const Shape& shape) {
    if (!value.is_structured()) return is_not(value, shape);
    return one_level_in([&] {
      writer_.write_map_header(value.size());
      return value.is_object() ? write_members(value, shape) : write_pairs(value, shape);
    });
  }

  static Json as_key(const std::string& text, const Shape& shape) {
    return shape.kind == Kind::integer ? integer_or_text(text) : Json(text);
  }

  bool write_members(const Json& value, const Shape& shape) {
    std::set<std::string> keys;
    for (const auto& [key, mapped] : value.items()) {
      const std::string place = "." + key;
      if (!write_key(place, as_key(key, shape.parts[0]), shape.parts[0], keys)) return false;
      if (!write_at(place, mapped, shape.parts[1])) return false;
    }
    return true;
  }

  bool write_pairs(const Json& value, const Shape& shape) {
    std::set<std::string> keys;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string place = "[" + std::to_string(i) + "]";
      const Json& pair = value[i];
      if (!pair.is_array() || pair.size() != 2) {
        return fails_at(place, "is " + quoted(pair) + "; it has to be a list of a key and a value");
      }
      if (!write_key(place + "[0]", pair[0], shape.parts[0], keys)) return false;
      if (!write_at(place + "[1]", pair[1], shape.parts[1])) return false;
    }
    return true;
  }

  /// Two texts may be one key, as "1" and "01": of its values the map would have one.
  bool write_key(const std::string& place, const Json& key, const Shape& shape,
                 std::set<std::string>& keys) {
    const std::size_t before = writer_.size();
    if (!write_at(place, key, shape)) return false;
    const auto bytes = writer_.bytes().subspan(before);
    if (keys.emplace(reinterpret_cast<const char*>(bytes.data()), bytes.size()).second) return true;
    return fails_at(place, "is a key that the map has already");
  }

  bool write_variant(const Json& value, const Shape& shape) {
    return one_level_in([&] {
      writer_.write_array_header(2);
      const bool is_said = value.is_object() && value.size() == 2 &&
                           value.contains("alternative") && value.contains("value");
      return is_said ? write_alternative(value, shape) : write_fitting(value, shape);
    });
  }

  bool write_alternative(const Json& value, const Shape& shape) {
    const Json& index = value["alternative"];
    if (!index.is_number_unsigned() || index.get<std::uint64_t>() >= shape.parts.size()) {
      return fails_at(".alternative", "is " + quoted(index) + "; it has to be from 0 to " +
                                          std::to_string(shape.parts.size() - 1));
    }
    const auto place = index.get<std::size_t>();
    writer_.write_uint(place);
    return write_at(".value", value["value"], shape.parts[place]);
  }

  /// The only alternative that fits, which is encoded once.
  bool write_fitting(const Json& value, const Shape& shape) {
    std::optional<std::size_t> fits;
    wire::Writer bytes;
    for (std::size_t i = 0; i < shape.parts.size(); ++i) {
      wire::Writer tried;
      Encoder encoder(tried, looks_left_);
      encoder.open_ = open_;
      encoder.depth_ = depth_;
      encoder.is_trial_ = true;
      if (!encoder.write(value, shape.parts[i])) continue;
      if (fits) {
        return fails("is " + quoted(value) +
                     ", which fits more than one of its alternatives; say which: "
                     "{\"alternative\": " +
                     std::to_string(*fits) + ", \"value\": ...}");
      }
      fits = i;
      bytes = std::move(tried);
    }
    if (!fits) return is_not(value, shape);
    writer_.write_uint(*fits);
    writer_.write(bytes.bytes());
    return true;
  }

  bool write_structure(const Json& value, const Shape& shape) {
    if (!value.is_object()) return is_not(value, shape);
    for (const auto& [key, unused] : value.items()) {
      if (std::find(shape.fields.begin(), shape.fields.end(), key) != shape.fields.end()) continue;
      return fails("has a field " + printable(key, json_quoted_max) + ", which " + shape.name +
                   " has not" + fields_of(shape) + did_you_mean(key, shape.fields));
    }
    open_.push_back(&shape);
    const bool fits = one_level_in([&] {
      writer_.write_array_header(shape.fields.size());
      for (std::size_t i = 0; i < shape.fields.size(); ++i) {
        if (!write_field(value, shape.fields[i], shape.parts[i])) return false;
      }
      return true;
    });
    open_.pop_back();
    return fits;
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
    if (depth_ + levels_of(value) > wire::nesting_depth_max) return is_too_deep();
    const std::vector<std::uint8_t> bytes = Json::to_msgpack(value);
    writer_.write(std::as_bytes(std::span(bytes)));
    return true;
  }

  /// Within one more array or map of the message: what reads it counts these.
  template <class Write>
  bool one_level_in(const Write& write_inside) {
    if (depth_ >= wire::nesting_depth_max) return is_too_deep();
    ++depth_;
    const bool fits = write_inside();
    --depth_;
    return fits;
  }

  bool write_at(const std::string& place, const Json& value, const Shape& shape) {
    const std::size_t before = place_.size();
    place_ += place;
    if (!write(value, shape)) return false;
    place_.resize(before);
    return true;
  }

  bool is_too_deep() {
    return fails("is nested more deeply than the " + std::to_string(wire::nesting_depth_max) +
                 " levels that messages may have");
  }
  bool is_not(const Json& value, const Shape& shape) {
    return !is_trial_ && fails("is " + quoted(value) + "; it has to be " + name_of(shape));
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
    if (is_trial_) return false;
    const std::string where = place_.starts_with('.') ? place_.substr(1) : place_;
    problem = (where.empty() ? "the message" : printable(where)) + " " + what;
    return false;
  }

  wire::Writer& writer_;
  std::size_t& looks_left_;
  std::string place_;               ///< Of the value, in the message: ".lines[2].price".
  std::vector<const Shape*> open_;  ///< The structures around it.
  std::size_t depth_ = 0;           ///< Arrays and maps of the message that are open.
  bool is_trial_ = false;           ///< Nobody wants to know why it does not fit.
};

}  // namespace

Result<void> check_json(std::string_view json) {
  Json value;
  return parse_json(json, value);
}

Result<std::vector<std::byte>> encode_json(std::string_view json, const Shape& shape) {
  Json value;
  if (const auto parsed = parse_json(json, value); !parsed.ok()) return parsed.error();
  const auto bad = [](std::string reason) {
    return Error(ErrorCode::malformed, std::move(reason), Execution::not_executed);
  };
  wire::Writer writer;
  std::size_t looks_left = json_looks_max + looks_per_json_byte_max * json.size();
  Encoder encoder(writer, looks_left);
  const bool fits = encoder.write(value, shape);
  if (looks_left == 0) {
    return bad(
        "it takes too long to find which alternatives of its variants fit; say which: "
        "{\"alternative\": 0, \"value\": ...}");
  }
  if (!fits) return bad(std::move(encoder.problem));
  return std::vector<std::byte>(writer.bytes().begin(), writer.bytes().end());
}

}  // namespace troupe::program
