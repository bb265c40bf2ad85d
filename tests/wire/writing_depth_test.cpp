// Tests of how deep a value may be that is written: no deeper than one that is read, whatever holds
// it and whatever it holds.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <troupe/base/result.hpp>
#include <troupe/wire/codec.hpp>
#include <vector>

namespace troupe::wire {
namespace depth_test {

struct Tree {
  std::vector<Tree> children;
};
struct Line {
  int item = 0;
  std::optional<std::string> note;
};
struct Garden {
  Tree root;
};
/// The list and the struct in it are never inside themselves.
struct Branch {
  std::vector<Branch> children;
  std::vector<Line> lines;
};

/// One that follows another.
struct Link;
struct Next {
  std::shared_ptr<Link> link;
};
struct Link {
  Next next;
};

}  // namespace depth_test

template <>
struct Codec<depth_test::Next> {
  static void encode(Writer& writer, const depth_test::Next& next) {
    if (next.link == nullptr) return writer.write_nil();
    Codec<depth_test::Link>::encode(writer, *next.link);
  }
  static void decode(Reader& reader, depth_test::Next& next) {
    if (reader.try_read_nil()) return next.link.reset();
    next.link = std::make_shared<depth_test::Link>();
    Codec<depth_test::Link>::decode(reader, *next.link);
  }
};

namespace depth_test {
namespace {

// Each level of a Tree is two arrays: the struct and its list of children.
Tree tree_of(int levels) {
  Tree tree;
  Tree* at = &tree;
  for (int i = 1; i < levels; ++i) at = &at->children.emplace_back();
  return tree;
}

/// The code with which it was refused.
template <class T>
std::optional<Error> refusal(Writer& writer, const T& value) {
  try {
    encode(writer, value);
  } catch (const Failure& failure) {
    return failure.error();
  }
  return std::nullopt;
}

TEST(WritingDepth, EndsWhereReadingEnds) {
  Writer writer;
  ASSERT_EQ(refusal(writer, tree_of(32)), std::nullopt);
  EXPECT_TRUE(decode<Tree>(writer.bytes()).ok());

  writer.clear();
  const auto refused = refusal(writer, tree_of(33));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code(), ErrorCode::not_serialisable);
  EXPECT_NE(refused->context().find("nested deeper than 64"), std::string::npos);
}

TEST(WritingDepth, OfAnyDepthNeedsNoMoreStackAndLeavesTheWriterAsGoodAsBefore) {
  Writer writer;
  for (const int levels : {10'000, 20'000}) {
    EXPECT_TRUE(refusal(writer, tree_of(levels)));
    writer.clear();
  }
  EXPECT_EQ(refusal(writer, tree_of(32)), std::nullopt);
}

TEST(WritingDepth, IsCountedThroughCodecsOfUsers) {
  Link first;
  Link* at = &first;
  for (int i = 0; i < 1'000; ++i) {
    at->next.link = std::make_shared<Link>();
    at = at->next.link.get();
  }
  Writer writer;
  EXPECT_TRUE(refusal(writer, first));
}

TEST(WritingDepth, CountsWhatHoldsATypeThatMayBeInsideItself) {
  Writer writer;
  EXPECT_TRUE(refusal(writer, Garden{tree_of(32)}));

  writer.clear();
  ASSERT_EQ(refusal(writer, Garden{tree_of(31)}), std::nullopt);
  EXPECT_TRUE(decode<Garden>(writer.bytes()).ok());
}

TEST(WritingDepth, CountsWhatATypeThatMayBeInsideItselfHolds) {
  const auto branch_of = [](int levels) {
    Branch branch;
    Branch* at = &branch;
    for (int i = 1; i < levels; ++i) at = &at->children.emplace_back();
    at->lines.emplace_back();
    return branch;
  };
  Writer writer;
  EXPECT_TRUE(refusal(writer, branch_of(32)));

  writer.clear();
  ASSERT_EQ(refusal(writer, branch_of(31)), std::nullopt);
  EXPECT_TRUE(decode<Branch>(writer.bytes()).ok());
}

}  // namespace
}  // namespace depth_test
}  // namespace troupe::wire
