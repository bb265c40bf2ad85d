// A program with Troupe's command line, as a user would write it.
#include <troupe/program/node_main.hpp>

int main(int argc, char** argv) { return troupe::node_main(argc, argv); }
