"""Holds functions to their length: 60 lines from the line of the name's head to the last brace."""

import re

import tree

LINES_MAX = 60

# What is longer still, and how long it may stay.
LONGER = {
    ("transport/transport_settings.cpp", "TransportSettings::validate"): 76,
}

CONTAINER = re.compile(
    r"^(?:template\s*<.*>\s*)?(?:inline\s+)?(?:namespace|class|struct|union|enum|extern)\b",
    re.DOTALL,
)
TOKEN = re.compile(r"[{};]|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)


def functions(code):
    """Triples of first line, number of lines and head of each function. Lambdas and the bodies of
    local classes belong to the function around them."""
    open_braces = []  # For each: where its head begins, its head, and whether it is a function.
    head_begin = 0
    for token in TOKEN.finditer(code):
        sign = token.group(0)
        if sign == "{":
            head = code[head_begin : token.start()].strip()
            inside = any(is_function for _, _, is_function in open_braces)
            container = CONTAINER.match(re.sub(r"\[\[.*?\]\]\s*", "", head)) is not None
            open_braces.append((head_begin, head, not inside and not container and "(" in head))
        elif sign == "}" and open_braces:
            begin, head, is_function = open_braces.pop()
            if is_function:
                begin += len(code[begin:]) - len(code[begin:].lstrip())
                lines = code.count("\n", begin, token.end()) + 1
                yield code.count("\n", 0, begin) + 1, lines, head
        if sign in "{};" or sign.lstrip().startswith("#"):
            head_begin = token.end()


def check(source):
    if not source.is_cpp:
        return
    for line, lines, head in functions(source.code()):
        name = (re.split(r"\s*\(", head)[0].split() or ["?"])[-1]
        limit = LONGER.get((source.path, name), LINES_MAX)
        if lines > limit:
            yield f"{source.path}:{line}: {name}() has {lines} lines; the limit is {limit}"


LONG = "  x();\n" * 60
FITTING = "  x();\n" * 58
SAMPLES = [
    ("actor/a.cpp", f"int f(int a) {{\n{LONG}}}\n", "a.cpp:1: f() has 62 lines"),
    ("actor/a.cpp", f"int f(int a) {{\n{FITTING}}}\n", None),
    ("actor/a.cpp", f"int f(int a) {{\n  if (a) {{\n{LONG}  }}\n}}\n", "f() has 64 lines"),
    ("actor/a.cpp", f"\nvoid A::g() const\n{{\n{LONG}}}\n", "a.cpp:2: A::g() has 63 lines"),
    ("actor/a.cpp", f"int h() {{ return 1; }}\nnamespace a {{\n{LONG}}}\n", None),
    ("actor/a.hpp", f"template <class T>\nclass A : public B<(1)> {{\n{LONG}}};\n", None),
    ("actor/a.hpp", f"class A {{\n  void g() {{\n{LONG}  }}\n}};\n", "g() has 62 lines"),
    ("actor/a.cpp", f"#define A(x) {{\n\nA::A() : b_(1) {{\n{LONG}}}\n", "A::A() has 62 lines"),
    ("actor/a.cpp", f"auto f = [](int a) {{\n{LONG}}};\n", "has 62 lines"),
    ("tests/actor/a_test.cpp", f"TEST(A, B) {{\n{LONG}}}\n", "TEST() has 62 lines"),
    (
        "transport/transport_settings.cpp",
        f"int TransportSettings::validate() {{\n{LONG}}}\n",
        None,
    ),
    ("actor/a.cpp", f"// f() {{\nconst int a[] = {{\n{LONG}}};\n", None),
]

if __name__ == "__main__":
    tree.main(check, SAMPLES)
