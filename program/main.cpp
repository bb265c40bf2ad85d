// The `troupe` program: a node without actors of its own, and the commands of the shell for any.
#include <troupe/program/node_main.hpp>

int main(int argc, char** argv) { return troupe::node_main(argc, argv); }
