#include <troupe/program/effective.hpp>

#include <algorithm>
#include <troupe/base/printable.hpp>
#include <troupe/cluster/cluster.hpp>
#include <troupe/program/config_file.hpp>
#include <troupe/program/link_times.hpp>
#include <troupe/program/nearest_name.hpp>
#include <troupe/program/setting_table.hpp>
#include <troupe/transport/key_files.hpp>

namespace troupe::program {
namespace {

constexpr std::string_view variable_prefix = "TROUPE_";
constexpr std::string_view config_variable = "TROUPE_CONFIG";
/// In the order of LogLevel.
constexpr std::string_view log_levels[] = {"debug", "info", "warn", "error", "off"};

std::size_t index_of(const Setting& setting) {
  return static_cast<std::size_t>(&setting - settings().data());
}

Error at(const Origin& origin, const std::string& what) {
  return bad_setting(origin.place.empty() ? what : origin.place + ": " + what);
}

Error unknown(const GivenValue& given) {
  return at(given.origin, "there is no setting " + printable(given.key) +
                              did_you_mean(given.key, setting_keys()));
}

/// By its whole name, or without the table that it is in; null for none.
const Setting* find_by_name(std::string_view name) {
  if (const Setting* const whole = find_setting(name)) return whole;
  const auto ends = [&](const Setting& setting) {
    return !name.empty() && setting.key.ends_with("." + std::string(name));
  };
  const auto found = std::ranges::find_if(settings(), ends);
  return found != settings().end() ? &*found : nullptr;
}

/// The origin of the setting that a check objects to. Its name is how the reason begins; where that
/// is a default, what somebody has given is another one, to which the reason compares it.
Origin origin_of_reason(const Effective& effective, std::string_view reason) {
  constexpr std::string_view of_names = "abcdefghijklmnopqrstuvwxyz_.";
  bool is_first = true;
  for (std::size_t at = 0; at < reason.size();) {
    const std::size_t end = std::min(reason.find_first_not_of(of_names, at), reason.size());
    const std::string_view word = reason.substr(at, end - at);
    // The others are found by their form: a name of one word is a word of any sentence.
    const bool is_name = is_first || word.find_first_of("_.") != word.npos;
    const Setting* const setting = is_name ? find_by_name(word) : nullptr;
    if (setting != nullptr) {
      const Origin& origin = effective.origins[index_of(*setting)];
      if (origin.source != Source::built_in) return origin;
    }
    is_first = false;
    at = std::max(end, at + 1);
  }
  return {};
}

Origin origin_of(const Effective& effective, std::string_view key) {
  return effective.origins[index_of(*find_setting(key))];
}

Result<void> load_keys(Effective& effective) {
  Configuration& configuration = effective.configuration;
  const bool has_keys = !configuration.keys_file.empty();
  const bool has_trusted = !configuration.trusted_file.empty();
  if (!has_keys && !has_trusted) return {};
  if (has_keys != has_trusted) {
    return at(origin_of(effective, has_keys ? "security.keys_file" : "security.trusted_file"),
              has_keys ? "security.keys_file is set and security.trusted_file is not; a node with "
                         "keys talks to those alone whose keys it trusts, so give both or neither"
                       : "security.trusted_file is set and security.keys_file is not; a node that "
                         "trusts keys has to have its own, so give both or neither");
  }
  auto keys = read_key_file(configuration.keys_file);
  if (!keys.ok()) return at(origin_of(effective, "security.keys_file"), keys.error().context());
  auto trusted = read_trusted_keys(configuration.trusted_file);
  if (!trusted.ok()) {
    return at(origin_of(effective, "security.trusted_file"), trusted.error().context());
  }
  configuration.node.security.keys = *std::move(keys);
  configuration.node.security.trusted = *std::move(trusted);
  return {};
}

/// Text as TOML has it.
std::string quoted(const std::string& text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      result += std::string("\\u00") + digits[byte >> 4U] + digits[byte & 0xfU];
      continue;
    }
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

Error no_such_value(const Effective& effective, const std::string& key, const std::string& value,
                    const std::string& right) {
  return at(origin_of(effective, key),
            key + " is \"" + printable(value) + "\"; it has to be " + right);
}

Result<void> choose_split_brain(Effective& effective) {
  Configuration& all = effective.configuration;
  SplitBrainSettings& chosen = all.cluster.split_brain;
  if (all.split_brain == "keep_majority") {
    chosen.strategy = cluster::SplitBrainStrategy::keep_majority;
  } else if (all.split_brain == "static_quorum") {
    chosen.strategy = cluster::SplitBrainStrategy::static_quorum;
  } else if (all.split_brain == "keep_oldest") {
    chosen.strategy = cluster::SplitBrainStrategy::keep_oldest;
  } else {
    return no_such_value(effective, "cluster.split_brain", all.split_brain,
                         "keep_majority, static_quorum or keep_oldest");
  }
  const bool has_quorum = chosen.strategy == cluster::SplitBrainStrategy::static_quorum;
  if (has_quorum || chosen.quorum == 0) return {};
  return at(origin_of(effective, "cluster.quorum"),
            "cluster.quorum is " + std::to_string(chosen.quorum) + ", and cluster.split_brain is " +
                all.split_brain + ", which has none: it is for static_quorum");
}

/// "zone=1" and so on.
Result<void> read_labels(Effective& effective) {
  Configuration& all = effective.configuration;
  const auto bad = [&](const std::string& label, const std::string& what) -> Error {
    return at(origin_of(effective, "cluster.labels"),
              "cluster.labels has " + quoted(printable(label)) + ", " + what);
  };
  for (const std::string& label : all.labels) {
    const std::size_t end = label.find('=');
    if (end == std::string::npos) return bad(label, "which has no =; a label looks like zone=1");
    const std::string key = label.substr(0, end);
    if (!all.cluster.labels.emplace(key, label.substr(end + 1)).second) {
      return bad(label, "and its key has a value already: a label is given once");
    }
  }
  return {};
}

/// Those that nobody has given are of the kind that was chosen.
Result<void> set_cluster_times(Effective& effective) {
  Configuration& all = effective.configuration;
  if (all.times == "standard") return {};
  if (all.times != "local") {
    return no_such_value(effective, "cluster.times", all.times, "standard or local");
  }
  Configuration local;
  local.cluster = ClusterSettings::local();
  for (const Setting& setting : settings()) {
    if (!setting.key.starts_with("cluster.")) continue;
    if (effective.origins[index_of(setting)].source != Source::built_in) continue;
    const SettingPlace place = setting.place(all);
    if (Duration* const* const time = std::get_if<Duration*>(&place)) {
      **time = *std::get<Duration*>(setting.place(local));
    }
  }
  return {};
}

std::string said_by(const Origin& origin) {
  return origin.source == Source::built_in ? "default" : origin.place;
}

Result<void> join_cluster(Effective& effective) {
  Configuration& all = effective.configuration;
  if (!all.cluster.redis_url.empty()) {
    all.cluster.authority = Authority::redis;
    if (!all.cluster.seeds.empty()) {
      return at(origin_of(effective, "cluster.redis"),
                "cluster.redis and cluster.seeds (" +
                    said_by(origin_of(effective, "cluster.seeds")) +
                    ") are both set; a cluster has one authority: take the seeds away for a table "
                    "in Redis, or the Redis for gossip");
    }
  } else if (all.cluster.seeds.empty()) {
    for (const Setting& setting : settings()) {
      const Origin& origin = effective.origins[index_of(setting)];
      if (!setting.key.starts_with("cluster.")) continue;
      if (setting.value_in(all) == setting.value_in({})) continue;
      return at(origin,
                std::string(setting.key) +
                    " is set and neither cluster.seeds nor cluster.redis is: list the nodes "
                    "at which a cluster is found, such as a@10.0.0.1:7001, or name the "
                    "Redis that holds its table");
    }
    return {};
  }
  if (auto chosen = choose_split_brain(effective); !chosen.ok()) return chosen;
  if (auto set = set_cluster_times(effective); !set.ok()) return set;
  if (auto read = read_labels(effective); !read.ok()) return read;
  all.node.cluster = all.cluster;
  return {};
}

/// That one storage is chosen at most, and one that this program can have.
Result<void> choose_storage(Effective& effective) {
  StorageChoice& chosen = effective.configuration.storage;
  chosen.redis_cluster = effective.configuration.node.transport.cluster;
  const auto misplaced = [&](std::string_view key, const std::string& kind) {
    const Setting& setting = *find_setting(key);
    return setting.value_in(effective.configuration) == setting.value_in({})
               ? Result<void>()
               : at(origin_of(effective, key), std::string(key) + " is set and " + kind +
                                                   " is not, for which it is: set that, or take "
                                                   "this one away");
  };
  if (!chosen.sqlite.empty() && !chosen.redis.empty()) {
    return at(origin_of(effective, "storage.redis"),
              "storage.redis and storage.sqlite (" +
                  said_by(origin_of(effective, "storage.sqlite")) +
                  ") are both set; a node has one storage: take one of them away");
  }
  if (chosen.sqlite.empty()) {
    for (const char* key : {"storage.durability", "storage.file_bytes_max"}) {
      if (auto right = misplaced(key, "storage.sqlite"); !right.ok()) return right;
    }
  }
  if (chosen.redis.empty()) {
    if (auto right = misplaced("storage.redis_volatile_ok", "storage.redis"); !right.ok()) {
      return right;
    }
  }
  if (chosen.durability != "full" && chosen.durability != "normal") {
    return no_such_value(effective, "storage.durability", chosen.durability, "full or normal");
  }
  if (chosen.is_none()) return {};
  const auto checked = chosen.redis.empty() ? check_sqlite(chosen) : check_redis(chosen);
  if (checked.ok()) return {};
  const std::string& reason = checked.error().context();
  return at(origin_of_reason(effective, reason), reason);
}

/// As a file has it.
std::string written(const Setting& setting, const std::string& value) {
  if (!setting.is_list()) return setting.is_written_in_quotes() ? quoted(value) : value;
  std::string text;
  for (std::size_t begin = 0; begin < value.size();) {
    const std::size_t end = std::min(value.find(',', begin), value.size());
    text += (text.empty() ? "" : ", ") + quoted(value.substr(begin, end - begin));
    begin = end + 1;
  }
  return "[" + text + "]";
}

}  // namespace

Result<Effective> merged(const std::vector<GivenValue>& values) {
  Effective effective{{}, std::vector<Origin>(settings().size())};
  for (const GivenValue& given : values) {
    const Setting* setting = find_setting(given.key);
    if (setting == nullptr) return unknown(given);
    if (auto read = setting->read(given, effective.configuration); !read.ok()) {
      return at(given.origin, read.error().context());
    }
    effective.origins[index_of(*setting)] = given.origin;
  }
  return effective;
}

Result<void> check(const Effective& effective) {
  const std::string& level = effective.configuration.log_level;
  if (std::ranges::find(log_levels, level) == std::end(log_levels)) {
    return at(origin_of(effective, "log.level"),
              "log.level is " + quoted(printable(level)) +
                  "; it has to be debug, info, warn, error or off");
  }
  const auto checked = effective.configuration.node.validate();
  if (checked.ok()) return {};
  const std::string& reason = checked.error().context();
  return at(origin_of_reason(effective, reason), reason);
}

Result<Effective> effective(const Givers& givers) {
  std::vector<GivenValue> values;
  if (!givers.config_file.empty()) {
    auto read = read_config_file(givers.config_file);
    if (!read.ok()) return read.error();
    values = *std::move(read);
  }
  values.insert(values.end(), givers.environment.begin(), givers.environment.end());
  values.insert(values.end(), givers.flags.begin(), givers.flags.end());
  auto result = merged(values);
  if (!result.ok()) return result;
  if (auto loaded = load_keys(*result); !loaded.ok()) return loaded.error();
  if (auto joined = join_cluster(*result); !joined.ok()) return joined.error();
  if (auto chosen = choose_storage(*result); !chosen.ok()) return chosen.error();
  if (auto checked = check(*result); !checked.ok()) return checked.error();
  return result;
}

LogLevel log_level(const Configuration& configuration) noexcept {
  const auto* const found = std::ranges::find(log_levels, configuration.log_level);
  return static_cast<LogLevel>(found - std::begin(log_levels));
}

EnvironmentValues values_of(const char* const* environment) {
  EnvironmentValues result;
  std::vector<std::string> names = {std::string(config_variable)};
  for (const Setting& setting : settings()) names.push_back(setting.variable());
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    const std::size_t end = entry.find('=');
    if (!entry.starts_with(variable_prefix) || end == std::string_view::npos) continue;
    const std::string name(entry.substr(0, end));
    const std::string value(entry.substr(end + 1));
    const auto known = std::ranges::find(names, name);
    if (known == names.end()) {
      result.warnings.push_back(printable(name) + " is no variable of a setting" +
                                did_you_mean(name, names));
    } else if (name == config_variable) {
      result.config_file = value;
    } else if (!value.empty()) {
      const auto number = static_cast<std::size_t>(known - names.begin()) - 1;
      result.values.push_back(
          {std::string(settings()[number].key), Form::bare, value, {Source::environment, name}});
    }
  }
  return result;
}

std::string print(const Effective& effective) {
  Configuration used = effective.configuration;
  if (used.node.cluster) {
    used.node.transport = Cluster::links(std::move(used.node.transport), *used.node.cluster);
  }
  std::string text;
  std::string table;
  for (const Setting& setting : settings()) {
    const std::size_t dot = setting.key.rfind('.');
    const std::string in(setting.key.substr(0, dot == std::string_view::npos ? 0 : dot));
    if (in != table) text += "\n[" + in + "]\n";
    table = in;
    const std::string value = setting.shown_in(used);
    const bool is_given = value == setting.shown_in(effective.configuration);
    text += std::string(setting.key.substr(in.empty() ? 0 : in.size() + 1)) + " = " +
            written(setting, value) + "  # " + said_by(effective.origins[index_of(setting)]) +
            (is_given ? "\n" : ", lowered for the cluster\n");
  }
  text += "\n" + print(link_times(used.node));
  if (!used.storage.is_none()) {
    text += "#   what is stored survives                  " + promise_of(used.storage) + "\n";
  }
  const auto& cluster = used.node.cluster;
  if (cluster) text += print_cluster_times(cluster->detection);
  if (cluster && cluster->authority == Authority::redis) {
    text += print_table_times(cluster->detection);
  }
  return text;
}

}  // namespace troupe::program
