#include <troupe/transport/security/zmq_keys.hpp>

#include <zmq.h>
#include <array>

namespace troupe {
namespace {

using KeyText = std::array<char, key_characters + 1>;

Error no_curve() {
  return bad_setting(
      "this libzmq was built without CURVE, so that no link can be secured: take one that "
      "was built with libsodium");
}

}  // namespace

Result<KeyPair> generate_keys() {
  KeyText public_key{};
  KeyText secret_key{};
  if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) return no_curve();
  return KeyPair{public_key.data(), secret_key.data()};
}

Result<void> check_pair(const KeyPair& keys) {
  if (zmq_has("curve") == 0) return no_curve();
  KeyText public_key{};
  if (zmq_curve_public(public_key.data(), keys.secret_key.c_str()) != 0) {
    return bad_setting("keys.secret_key is no key: it has 40 characters of Z85");
  }
  if (keys.public_key != public_key.data()) {
    return bad_setting("keys.public_key, " + keys.public_key +
                       ", is not that of keys.secret_key: take both from one file");
  }
  return {};
}

}  // namespace troupe
