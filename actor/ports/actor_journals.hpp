// ActorJournals: the port through which persistent actors find their storage.
//
// The actor layer knows no storage, and only carries this; the persistence layer alone implements
// it. A system is given one by SystemSettings::journals, and a Node makes it of
// NodeSettings::storage.
#pragma once

namespace troupe {

class ActorJournals {
 public:
  ActorJournals(const ActorJournals&) = delete;
  ActorJournals& operator=(const ActorJournals&) = delete;
  virtual ~ActorJournals() = default;

 protected:
  ActorJournals() = default;
};

}  // namespace troupe
