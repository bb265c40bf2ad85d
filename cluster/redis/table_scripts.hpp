// The scripts that change a cluster's table in Redis. Each is one step that happens as a whole or
// not at all, on whichever server runs it, and all that can change the table are these.
//
//   script  effect                                              done unless
//   join    a row, of rank joining; the table, if there is      the member is down, or no place
//           none, with the caller's cluster and generation      is left
//   change  of one's own row: a later rank up to exiting, a     the row is missing, or down
//           higher refutation, newer notes. Whoever comes up
//           is given the next number
//   renew   the caller's lease: the table's counter of          the row is missing, or down
//           renewals goes on by one, and the caller is at it
//   vote    the caller's word that the subject is lost, or that subject or voter are not of that
//           it is not; with enough of them the subject is down  rank, or the vote is stale (1)
//   down    an operator's word: the subject is down             the caller has no row
//   remove  who has been exiting, or down, for long enough, is  the row is not the one that the
//           removed                                             caller has waited for (2)
//   merge   all rows that the caller knows: of each field what  the cluster is another one (3)
//           is greater
//   read    nothing
//
// All but join and merge fail as `absent` or `generation`, with nothing else in the answer, where
// there is no table or its generation is not that of the caller. All others answer with the rows
// that have changed since the caller's version, a page at a time.
//
// (1) A voter is up, and its lease fresh; it is `stale` otherwise, and where the subject has
// refuted more than the voter knew. Fresh is a lease that was renewed within three renewals for
// each member that renews, by the table's counter: no clock of a server comes into it. A vote
// counts for ten. Enough are two voters. One is, where no other one is up and fresh, against
// whoever came up after it or has no fresh lease: so of two that are cut off from each other the
// older stays, and nobody ends alone those who still renew.
// (2) By version: a row that has changed meanwhile has to be waited for anew.
// (3) And has seen as many versions; one that has seen fewer began in a table that was emptied, and
// gives way as a whole. The version becomes higher than that which the caller has seen, and the
// generation a new one where the caller's is the table's, because that is how a node tells the
// others of a history that it does not trust: they find another generation and merge as well.
//
// Keys are `troupe:{NAME}:` and a word, with the name of the cluster as hash tag, so that a Redis
// Cluster keeps them in one slot. Nothing expires. Scripts name all keys, read no clock and draw no
// lots, and read what may be of a wrong type before they write, so that they write all or nothing.
//
//   word      type  content
//   cluster   hash  number, generation, version, floor, renewals, ups (the last number of up)
//   rows      hash  key of a member -> [rank, cause, refutation, up number, number of the notes,
//                   notes, version] as msgpack
//   log       zset  key of a member -> version of its row
//   leases    hash  key of a member -> the counter at its last renewal
//   votes     hash  key of a subject -> [voter, refutation, counter, voter, ...] as msgpack
//   graves    zset  those of the log that are removed
#pragma once

#include <string>
#include <string_view>
#include <troupe/cluster/table/table_protocol.hpp>
#include <troupe/persistence/redis/command.hpp>
#include <vector>

namespace troupe::cluster {

/// The script of a kind of request. Any thread.
[[nodiscard]] const redis::Script& table_script(TableRequest::Kind kind);
/// All of them, for a client to load.
[[nodiscard]] std::vector<redis::Script> table_scripts();

/// The keys of the table of the cluster of that name, in the order in which scripts take them. What
/// would end a hash tag, or make it empty, is written as %XX.
[[nodiscard]] std::vector<std::string> table_keys(std::string_view cluster_name);

}  // namespace troupe::cluster
