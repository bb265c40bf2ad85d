#include <troupe/transport/sessions/session_opener.hpp>

namespace troupe::transport {

void SessionOpener::open_lane(PeerLink& link, Lane lane) {
  LinkDrive& drive = link.drive;
  bool& dialled = drive.dialled[index_of(lane)];
  if (drive.reverse != nullptr) {
    dialled = say_hello(link, lane);
    return;
  }
  dialled = true;
  parts_.carrier->dial(link, lane, drive.by_route ? *drive.route : link.address(),
                       drive.server_key);
  static_cast<void>(say_hello(link, lane));
}

bool SessionOpener::say_hello(PeerLink& link, Lane lane) {
  LinkDrive& drive = link.drive;
  wire::Writer frame = hello(link, lane, drive.introducing ? 0 : link.session());
  if (lane == Lane::control && !drive.introducing) {
    drive.epoch_said = parts_.epochs.epoch(link.address());
    parts_.types.append_schemas(frame);
  }
  return parts_.sender.transmit(link, lane, frame);
}

void SessionOpener::ask_who_is_there(PeerLink& link) {
  parts_.carrier->dial(link, Lane::control, link.address(), link.drive.server_key);
  wire::Writer frame = hello(link, Lane::control, 0);
  static_cast<void>(parts_.sender.transmit_dialled(link, Lane::control, frame));
}

/// Session 0 asks who is there, and no more.
wire::Writer SessionOpener::hello(const PeerLink& link, Lane lane, std::uint64_t session) const {
  wire::Writer frame;
  begin_frame(frame, lane);
  append(frame, Hello{.incarnation = parts_.self.incarnation,
                      .session = session,
                      .cluster = parts_.settings.cluster,
                      .address = parts_.self.address.to_string(),
                      .limits = parts_.handshake.limits(),
                      .cannot_dial = link.drive.cannot_dial,
                      .process = parts_.settings.process,
                      .wanted = link.address().name,
                      .heartbeat_interval = parts_.settings.heartbeat_interval,
                      .epoch = parts_.epochs.epoch(link.address())});
  return frame;
}

}  // namespace troupe::transport
