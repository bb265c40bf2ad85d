"""Makes a test of each page of the documentation: every ```cpp block is compiled, and what can run
is run.

  snippets.py PAGE.md OUTPUT.cpp
  snippets.py --self-test

The blocks of one page share one namespace, in the order in which they stand there. A block with a
`main` is a program: it runs, and what it prints is compared with the block that follows it, if that
is marked so. Any other block stands where declarations stand. A comment in the line before a block,
which a reader of the page does not see, says what else it is:

  <!-- snippet: statements -->            stands in a function, which runs
  <!-- snippet: statements, not run -->   stands in a function, which is compiled only
  <!-- snippet: program, not run -->      is compiled only
  <!-- snippet: afresh -->                begins a namespace of its own, for itself and what follows
  <!-- snippet: prints -->                is what the program before it prints
  <!-- snippet: not compiled: reason -->  is left out

And code between `<!-- code` and `-->` is compiled where it stands, for what the page leaves out.
"""

import os
import re
import sys

TOKEN = re.compile(
    r"^ *<!-- code\n(?P<hidden>.*?)^ *-->$"
    r"|^ *<!-- snippet: (?P<mark>[^\n]*?) -->$"
    r"|^(?P<indent> *)```(?P<language>\w*)\n(?P<block>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)
MARKS = re.compile(
    r"statements(, not run)?|program, not run|afresh|prints|not compiled: \w.*"
)
INCLUDE = re.compile(r"^#include [^\n]*\n", re.MULTILINE)
MAIN = re.compile(r"^int main\(\) \{$", re.MULTILINE)

BEGIN = """// Made of {page}.
#include <gtest/gtest.h>

#include <iostream>
#include <sstream>

{includes}
namespace {{

/// What a program prints while it lives.
class Printed {{
 public:
  Printed() : before_(std::cout.rdbuf(text_.rdbuf())) {{}}
  ~Printed() {{ std::cout.rdbuf(before_); }}
  Printed(const Printed&) = delete;
  Printed& operator=(const Printed&) = delete;
  [[nodiscard]] std::string text() const {{ return text_.str(); }}

 private:
  std::ostringstream text_;
  std::streambuf* const before_;
}};

"""


class Page:
    """What has been read of a page, as the source that is made of it."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.suite = "Page_" + re.sub(r"\W", "_", os.path.basename(path).rsplit(".", 1)[0])
        self.body = []
        self.includes = []
        self.scopes = 0
        self.program = None  # The name of the last test that ran a program, and its place in body.
        self.begin_scope()

    def begin_scope(self):
        if self.scopes:
            self.body.append("}  // namespace\n")
        self.scopes += 1
        self.body.append(f"namespace scope_{self.scopes} {{\n")

    def append(self, code, position, before="", after=""):
        line = self.text.count("\n", 0, position) + 1
        for include in INCLUDE.findall(code):
            if include not in self.includes:
                self.includes.append(include)
        code = INCLUDE.sub("\n", code)
        place = f'#line {line} "{self.path}"\n'
        self.body.append(f"{before}{place}{code}{after}")
        return line

    def declarations(self, code, position):
        self.append(code, position)

    def statements(self, code, position, runs):
        line = self.text.count("\n", 0, position) + 1
        head = f"TEST({self.suite}, Line{line}) {{\n" if runs else f"void line_{line}() {{\n"
        self.append(code, position, head, "}\n")

    def run_program(self, code, position, runs):
        line = self.text.count("\n", 0, position) + 1
        main = MAIN.search(code)
        end = code.index("\n}", main.end()) + 1
        code = (
            code[: main.start()] + f"int program_{line}() {{" + code[main.end() : end]
            + "  return 0;\n" + code[end:]
        )
        self.append(code, position)
        self.program = None
        if runs:
            self.program = (line, len(self.body))
            self.body.append(self.test_of_program(line, ""))

    def test_of_program(self, line, expected):
        check = f'  EXPECT_EQ(printed.text(), R"_({expected})_");\n' if expected else ""
        return (
            f"TEST({self.suite}, Line{line}) {{\n  Printed printed;\n"
            f"  EXPECT_EQ(program_{line}(), 0);\n{check}}}\n"
        )

    def prints(self, expected):
        if self.program is None:
            raise ValueError("'prints' follows no program that runs")
        line, place = self.program
        self.body[place] = self.test_of_program(line, expected)

    def source(self):
        head = BEGIN.format(page=self.path, includes="".join(self.includes))
        return head + "".join(self.body) + "}  // namespace\n}  // namespace\n"


def read(path, text):
    """The page as a source; raises ValueError where it cannot be."""
    page = Page(path, text)
    mark, mark_end = "", 0
    for token in TOKEN.finditer(text):
        line = text.count("\n", 0, token.start()) + 1
        if token["hidden"] is not None:
            page.declarations(token["hidden"], token.start("hidden"))
        elif token["mark"] is not None:
            if not MARKS.fullmatch(token["mark"]):
                raise ValueError(f"{path}:{line}: unknown mark '{token['mark']}'")
            mark, mark_end = token["mark"], token.end()
        else:
            marked = mark if text[mark_end : token.start()] == "\n" else ""
            block(page, marked, token)
            mark = ""
    return page.source()


def block(page, mark, token):
    code, position = token["block"], token.start("block")
    if token["indent"]:
        code = re.sub(f"^{token['indent']}", "", code, flags=re.MULTILINE)
    if mark == "prints":
        page.prints(code)
    elif token["language"] == "cpp" and not mark.startswith("not compiled"):
        if mark == "afresh":
            page.begin_scope()
        if mark.startswith("statements"):
            page.statements(code, position, runs=mark == "statements")
        elif MAIN.search(code):
            page.run_program(code, position, runs="not run" not in mark)
        else:
            page.declarations(code, position)


SAMPLE = """
```cpp
#include <string>
struct A {};
int main() {
  f();
}
```
<!-- snippet: prints -->
```
hello
```
<!-- code
struct Hidden {};
-->
<!-- snippet: statements -->
```cpp
int x = 1;
```
<!-- snippet: not compiled: what it is not -->
```cpp
nonsense
```
<!-- snippet: afresh -->
   ```cpp
   struct A {};
   ```
"""


def self_test():
    made = read("docs/a-b.md", SAMPLE)
    for words in (
        "#include <string>\n", "int program_3() {\n  f();\n  return 0;\n}\n", 'R"_(hello\n)_"',
        "TEST(Page_a_b, Line3)", "struct Hidden {};", "TEST(Page_a_b, Line18) {", "int x = 1;",
        "namespace scope_2 {\n", "\nstruct A {};\n", '#line 26 "docs/a-b.md"',
    ):  # fmt: skip
        if words not in made:
            sys.exit(f"the sample should give {words!r}, and gives\n{made}")
    if "nonsense" in made:
        sys.exit("what is not compiled is")
    for bad in ("<!-- snippet: mystery -->\n", "<!-- snippet: not compiled: -->\n"):
        try:
            read("docs/a.md", bad)
        except ValueError:
            continue
        sys.exit(f"{bad!r} should be refused")
    print("the samples are as expected")


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    page, output = sys.argv[1:]
    with open(page, encoding="utf-8") as file:
        made = read(page, file.read())
    with open(output, "w", encoding="utf-8") as file:
        file.write(made)
    return None


if __name__ == "__main__":
    main()
