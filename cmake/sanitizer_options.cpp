// What the sanitizers are told in every program of a sanitizer build, however it is started. They
// call these functions before main(); the environment (ASAN_OPTIONS and so on) comes after them.

#define TROUPE_SYMBOLIZER_OPTION "external_symbolizer_path=" TROUPE_SYMBOLIZER

extern "C" {

const char* __asan_default_options() { return TROUPE_SYMBOLIZER_OPTION; }

const char* __ubsan_default_options() { return TROUPE_SYMBOLIZER_OPTION ":print_stacktrace=1"; }

const char* __tsan_default_options() { return TROUPE_SYMBOLIZER_OPTION ":halt_on_error=1"; }

// libzmq, and libsodium, which encrypts for it, are not built with the sanitizer, which cannot see
// how libzmq's threads synchronise: what they do to memory that passes between them looks like a
// race. The key of whoever sent a message is a std::string of libzmq's, whose functions it may take
// from this program, where they are instrumented: so the one place that reads it is named.
const char* __tsan_default_suppressions() {
  return "called_from_lib:libzmq.so\ncalled_from_lib:libsodium.so\n"
         "race:key_of\n";
}

}  // extern "C"
