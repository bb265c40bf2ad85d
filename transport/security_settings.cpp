#include <troupe/transport/security_settings.hpp>

#include <map>
#include <troupe/transport/key_files.hpp>
#include <troupe/transport/node_identity.hpp>

namespace troupe {
Result<void> SecuritySettings::validate() const {
  if (refusal_log_interval <= Duration::zero()) {
    return bad_setting("refusal_log_interval must be positive");
  }
  if (!is_on()) {
    if (trusted.empty()) return {};
    return bad_setting(
        "trusted lists keys, but keys is empty: a node without keys of its own trusts all");
  }
  if (!is_key(keys.public_key))
    return bad_setting("keys.public_key is no key: it has 40 characters of Z85");
  if (!is_key(keys.secret_key))
    return bad_setting("keys.secret_key is no key: it has 40 characters of Z85");
  std::map<std::string_view, std::string_view> owners;
  for (std::size_t i = 0; i < trusted.size(); ++i) {
    const TrustedKey& one = trusted[i];
    const std::string entry = "trusted[" + std::to_string(i) + "]";
    if (!transport::is_node_name(one.node)) {
      return bad_setting(
          entry + ".node is \"" + one.node.substr(0, 40) +
          "\", which is no node's name; it stands before the @ of the node's address");
    }
    if (!is_key(one.public_key)) {
      return bad_setting(entry + ".public_key, of " + one.node +
                         ", is no key: it has 40 characters of Z85");
    }
    const auto [known, is_new] = owners.try_emplace(one.public_key, one.node);
    if (!is_new && known->second != one.node) {
      return bad_setting(entry + " gives " + one.node + " the key of " +
                         std::string(known->second) + ": each node has keys of its own");
    }
  }
  return {};
}

Result<SecuritySettings> SecuritySettings::load(const std::string& keys_file,
                                                const std::string& trusted_file) {
  auto keys = read_key_file(keys_file);
  if (!keys.ok()) return std::move(keys).error();
  auto trusted = read_trusted_keys(trusted_file);
  if (!trusted.ok()) return std::move(trusted).error();
  SecuritySettings settings{.keys = *std::move(keys), .trusted = *std::move(trusted)};
  if (auto checked = settings.validate(); !checked.ok()) {
    return bad_setting(trusted_file + ": " + checked.error().context());
  }
  return settings;
}

}  // namespace troupe
