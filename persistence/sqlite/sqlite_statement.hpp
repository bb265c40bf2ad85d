// Statement: one prepared statement of SQLite. What SQLite refuses is thrown as a SqliteFailure,
// which none but persistence/sqlite_*.cpp see.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace troupe::persistence {

/// What SQLite has said: its extended result code, and its words.
struct SqliteFailure {
  int code = 0;
  std::string text = {};

  /// SQLITE_FULL: the disk is, or the file has reached its limit.
  [[nodiscard]] bool is_full() const noexcept;
  /// Only what was asked for cannot be done; the file and all else are well.
  [[nodiscard]] bool is_of_request() const noexcept;
  /// The disk does not give back what it should have.
  [[nodiscard]] bool is_unreadable() const noexcept;
  /// A page of the file is not what it should be.
  [[nodiscard]] bool is_damage() const noexcept;
};

/// Throws what `database` says of its last failure.
[[noreturn]] void throw_failure(sqlite3* database);

/// Owner only. What is bound must live until the statement has run, or its Rows are gone.
class Statement {
 public:
  Statement(sqlite3* database, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// The rows of one run: while it lives the statement is not run anew.
  class Rows {
   public:
    explicit Rows(Statement& statement) noexcept : statement_(statement) {}
    ~Rows();
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    [[nodiscard]] bool next();
    [[nodiscard]] std::uint64_t number(int column) const;
    /// Valid until the next row.
    [[nodiscard]] std::string_view bytes(int column) const;

   private:
    Statement& statement_;
  };

  /// Arguments are numbers, which are stored with the bits that they have, and bytes.
  template <class... Arguments>
  [[nodiscard]] Rows rows(const Arguments&... arguments) {
    int place = 0;
    (bind(++place, arguments), ...);
    return Rows(*this);
  }

  /// Runs it; rows are left out.
  template <class... Arguments>
  void run(const Arguments&... arguments) {
    Rows rows = this->rows(arguments...);
    while (rows.next()) {
    }
  }

  /// Rows that the last run has changed.
  [[nodiscard]] std::uint64_t changes() const noexcept;

 private:
  void bind(int place, std::uint64_t number);
  void bind(int place, std::string_view bytes);

  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
};

}  // namespace troupe::persistence
