#include <troupe/transport/key_files.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <troupe/transport/node_identity.hpp>

namespace troupe {
namespace {

constexpr std::string_view spaces = " \t\r";
constexpr mode_t owner_only = S_IRUSR | S_IWUSR;

std::string why(int error) { return std::generic_category().message(error); }

/// A file descriptor that is closed with its owner.
class File {
 public:
  explicit File(int descriptor) noexcept : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] int get() const noexcept { return descriptor_; }

 private:
  const int descriptor_;
};

Result<std::string> read_all(const std::string& name, const File& file) {
  std::string text;
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return bad_setting("cannot read " + name + ": " + why(errno));
    if (size == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(size));
    if (text.size() > key_file_bytes_max) {
      return bad_setting(name + " is longer than " + std::to_string(key_file_bytes_max) + " bytes");
    }
  }
}

/// Takes the first word off a line; empty at its end.
std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(spaces), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(spaces));
  line.remove_prefix(word.size());
  return word;
}

/// Calls take(first word, second word, "source:line: ") for every line that says something; its
/// Result, and a third word that begins no comment, end the reading.
template <class Take>
Result<void> for_each_line(std::string_view text, const std::string& source, const Take& take) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::string_view first = next_word(line);
    if (first.empty() || first.front() == '#') continue;
    const std::string_view second = next_word(line);
    const std::string_view rest = next_word(line);
    const std::string place = source + ":" + std::to_string(number) + ": ";
    if (!rest.empty() && rest.front() != '#') {
      return bad_setting(place + "has more than two words; a comment begins with #");
    }
    if (Result<void> taken = take(first, second, place); !taken.ok()) return taken;
  }
  return {};
}

std::string octal(mode_t mode) {
  std::array<char, 8> digits;
  char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), mode, 8).ptr;
  return "0" + std::string(digits.data(), end);
}

}  // namespace

Result<KeyPair> parse_keys(std::string_view text, const std::string& source) {
  KeyPair keys;
  const auto take = [&](std::string_view label, std::string_view key,
                        const std::string& place) -> Result<void> {
    std::string* const field = label == "public-key"   ? &keys.public_key
                               : label == "secret-key" ? &keys.secret_key
                                                       : nullptr;
    if (field == nullptr) {
      return bad_setting(place + "begins with neither public-key nor secret-key");
    }
    if (!field->empty()) return bad_setting(place + "is a second " + std::string(label));
    if (!is_key(key)) return bad_setting(place + "has no key: it has 40 characters of Z85");
    *field = key;
    return {};
  };
  if (auto read = for_each_line(text, source, take); !read.ok()) return std::move(read).error();
  if (keys.public_key.empty()) return bad_setting(source + " has no line with public-key");
  if (keys.secret_key.empty()) return bad_setting(source + " has no line with secret-key");
  return keys;
}

Result<std::vector<TrustedKey>> parse_trusted_keys(std::string_view text,
                                                   const std::string& source) {
  std::vector<TrustedKey> trusted;
  const auto take = [&](std::string_view node, std::string_view key,
                        const std::string& place) -> Result<void> {
    if (!transport::is_node_name(node)) {
      return bad_setting(place + "\"" + std::string(node.substr(0, 40)) +
                         "\" is no node's name; it stands before the @ of the node's address");
    }
    if (!is_key(key)) {
      return bad_setting(place + "has no key after " + std::string(node) +
                         ": it has 40 characters of Z85, and the line looks like NODE KEY");
    }
    trusted.push_back({std::string(node), std::string(key)});
    return {};
  };
  if (auto read = for_each_line(text, source, take); !read.ok()) return std::move(read).error();
  return trusted;
}

std::string trusted_line(const TrustedKey& key) { return key.node + " " + key.public_key; }

Result<KeyPair> read_key_file(const std::string& name) {
  const File file(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status{};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
    return bad_setting("cannot open the keys file " + name + ": " + why(errno));
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return bad_setting("the keys file " + name + " has mode " + octal(status.st_mode & 0777U) +
                       ", so that others can get at the secret key: run chmod 600 " + name);
  }
  const auto text = read_all(name, file);
  if (!text.ok()) return text.error();
  return parse_keys(*text, name);
}

Result<void> write_key_file(const std::string& name, const KeyPair& keys) {
  const File file(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, owner_only));
  if (file.get() < 0 && errno == EEXIST) {
    return bad_setting(name + " is there already, and is left as it is: it may hold keys in use");
  }
  if (file.get() < 0) return bad_setting("cannot make " + name + ": " + why(errno));
  const std::string text =
      "# The keys of one Troupe node. The secret key stays in this file.\n"
      "public-key " +
      keys.public_key +
      "\n"
      "secret-key " +
      keys.secret_key + "\n";
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::fsync(file.get()) != 0) {
    const int error = errno;
    ::unlink(name.c_str());
    return bad_setting("cannot write " + name + ": " + why(error));
  }
  return {};
}

Result<std::vector<TrustedKey>> read_trusted_keys(const std::string& name) {
  const File file(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0)
    return bad_setting("cannot open the trusted keys " + name + ": " + why(errno));
  const auto text = read_all(name, file);
  if (!text.ok()) return text.error();
  return parse_trusted_keys(*text, name);
}

}  // namespace troupe
