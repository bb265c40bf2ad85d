// expect: add MSGPACK_DEFINE to its class, specialise troupe::wire::Codec
// expect: CannotSerialise<Money,
#include <cstdint>
#include <troupe/wire/codec.hpp>

class Money {
 public:
  Money() = default;
  explicit Money(std::int64_t cents) : cents_(cents) {}
  std::int64_t cents() const { return cents_; }

 private:
  std::int64_t cents_ = 0;
};

#ifdef FIXED
template <>
struct troupe::wire::Codec<Money> {
  static void encode(Writer& writer, const Money& money) { writer.write_int(money.cents()); }
  static void decode(Reader& reader, Money& money) { money = Money(reader.read_int()); }
};
#endif

int main() { troupe::wire::require_serialisable<Money>(); }
