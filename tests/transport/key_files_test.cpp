#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cstdio>
#include <fstream>
#include <troupe/transport/key_files.hpp>

namespace {

using troupe::ErrorCode;
using troupe::KeyPair;
using troupe::TrustedKey;

// From RFC 32; the second begins as a comment would.
const std::string first_key = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
const std::string second_key = "#TKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6";

/// A file of this test's own, gone after it.
class KeyFiles : public testing::Test {
 protected:
  KeyFiles() { ::unlink(file.c_str()); }
  ~KeyFiles() override { ::unlink(file.c_str()); }

  void write(const std::string& text, mode_t mode) const {
    std::ofstream(file) << text;
    ::chmod(file.c_str(), mode);
  }

  const std::string file =
      testing::TempDir() + "troupe_key_files_test." + std::to_string(::getpid());
};

template <class T>
void expect_reason(const troupe::Result<T>& result, std::string_view reason) {
  ASSERT_FALSE(result.ok()) << reason;
  EXPECT_EQ(result.error().code(), ErrorCode::invalid_setting);
  EXPECT_NE(result.error().context().find(reason), std::string::npos) << result.error().context();
}

TEST(TrustedKeys, AreReadLineByLine) {
  const auto trusted = troupe::parse_trusted_keys(
      "# All of the cluster.\n\nbank " + first_key + "  # since spring\r\n\tshop\t" + second_key,
      "trusted");

  ASSERT_TRUE(trusted.ok()) << trusted.error().context();
  EXPECT_EQ(*trusted, (std::vector<TrustedKey>{{"bank", first_key}, {"shop", second_key}}));
}

TEST(TrustedKeys, MayBeNone) { EXPECT_TRUE(troupe::parse_trusted_keys("", "trusted")->empty()); }

TEST(TrustedKeys, AreReadAsTheyAreWritten) {
  const TrustedKey key{"bank", second_key};

  EXPECT_EQ(troupe::parse_trusted_keys(troupe::trusted_line(key), "trusted")->front(), key);
}

TEST(TrustedKeys, ErrorsNameTheFileAndTheLine) {
  const struct {
    std::string line;
    std::string_view reason;
  } cases[] = {
      {"bank", "has no key after bank"},
      {"bank " + first_key.substr(1), "has no key after bank"},
      {"bank ~" + first_key.substr(1), "has no key after bank"},
      {"bank@host " + first_key, "\"bank@host\" is no node's name"},
      {"bank " + first_key + " shop", "more than two words"},
  };
  for (const auto& [line, reason] : cases) {
    expect_reason(troupe::parse_trusted_keys("# head\n" + line + "\n", "trusted.keys"),
                  "trusted.keys:2: ");
    expect_reason(troupe::parse_trusted_keys(line, "trusted.keys"), reason);
  }
}

TEST(KeysOfANode, AreReadInAnyOrder) {
  const auto keys = troupe::parse_keys(
      "secret-key " + second_key + "\n# words\npublic-key " + first_key + "\n", "keys");

  ASSERT_TRUE(keys.ok()) << keys.error().context();
  EXPECT_EQ(*keys, (KeyPair{first_key, second_key}));
}

TEST(KeysOfANode, ErrorsSayWhatIsMissingAndShowNoSecret) {
  expect_reason(troupe::parse_keys("public-key " + first_key, "keys"),
                "keys has no line with secret");
  expect_reason(troupe::parse_keys("secret-key " + first_key, "keys"),
                "keys has no line with public");
  expect_reason(troupe::parse_keys("bank " + first_key, "keys"), "keys:1: begins with neither");
  const std::string secret = "secret-key " + second_key + "\n";
  expect_reason(troupe::parse_keys(secret + secret, "keys"), "keys:2: is a second secret-key");
  const auto cut = troupe::parse_keys(secret.substr(0, 30), "keys");
  expect_reason(cut, "keys:1: has no key");
  EXPECT_EQ(cut.error().context().find("TKVSB"), std::string::npos);
}

TEST_F(KeyFiles, AreReadAsTheyWereWritten) {
  const KeyPair keys{first_key, second_key};

  ASSERT_TRUE(troupe::write_key_file(file, keys).ok());

  EXPECT_EQ(troupe::read_key_file(file), keys);
}

TEST_F(KeyFiles, AreMadeForTheirOwnerAlone) {
  ASSERT_TRUE(troupe::write_key_file(file, {first_key, second_key}).ok());

  struct stat status{};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(KeyFiles, AreNeverOverwritten) {
  write("something", 0600);

  expect_reason(troupe::write_key_file(file, {first_key, second_key}), "is there already");

  std::string text;
  std::getline(std::ifstream(file), text);
  EXPECT_EQ(text, "something");
}

TEST_F(KeyFiles, ThatOthersCanReadAreRefused) {
  write("public-key " + first_key + "\nsecret-key " + second_key + "\n", 0640);

  expect_reason(troupe::read_key_file(file), "has mode 0640");
  expect_reason(troupe::read_key_file(file), "chmod 600 " + file);
}

TEST_F(KeyFiles, ThatAreNotThereAreNamed) {
  expect_reason(troupe::read_key_file(file), "cannot open the keys file " + file);
  expect_reason(troupe::read_trusted_keys(file), "cannot open the trusted keys " + file);
}

TEST_F(KeyFiles, ThatAreFarTooLongAreRefused) {
  write(std::string(troupe::key_file_bytes_max + 1, '\n'), 0600);

  expect_reason(troupe::read_trusted_keys(file), "is longer than");
}

TEST_F(KeyFiles, MakeTheSettingsOfANode) {
  const std::string trusted = file + ".trusted";
  write("public-key " + first_key + "\nsecret-key " + first_key + "\n", 0600);
  std::ofstream(trusted) << "bank " << second_key << "\n";

  const auto settings = troupe::SecuritySettings::load(file, trusted);
  ::unlink(trusted.c_str());

  ASSERT_TRUE(settings.ok()) << settings.error().context();
  EXPECT_TRUE(settings->is_on());
  EXPECT_EQ(settings->trusted, (std::vector<TrustedKey>{{"bank", second_key}}));
}

}  // namespace
