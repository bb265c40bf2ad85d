#include <troupe/cluster/membership_view.hpp>

#include <troupe/cluster/identities.hpp>
#include <troupe/cluster/port/view_slot.hpp>
#include <utility>

namespace troupe {
namespace {

Member shown(const cluster::Member& member) {
  const cluster::MemberRecord& record = member.record;
  return {cluster::node_identity(record.identity),
          record.rank,
          member.is_unreachable,
          !record.provisional,
          record.meta.roles,
          record.meta.labels};
}

}  // namespace

MembershipView::MembershipView() : view_(std::make_shared<cluster::View>()) {}
MembershipView::MembershipView(std::shared_ptr<const cluster::View> view) noexcept
    : view_(std::move(view)) {}
MembershipView::MembershipView(std::shared_ptr<cluster::ViewSlot> slot) noexcept
    : slot_(std::move(slot)) {}
MembershipView::MembershipView(const MembershipView& other)
    : view_((static_cast<void>(other.view()), other.view_)) {}
MembershipView::MembershipView(MembershipView&& other) noexcept = default;
MembershipView& MembershipView::operator=(MembershipView other) noexcept {
  std::swap(slot_, other.slot_);
  std::swap(view_, other.view_);
  return *this;
}
/// Whoever drops it unseen has had it.
MembershipView::~MembershipView() {
  if (slot_ != nullptr) static_cast<void>(slot_->take());
}

const cluster::View& MembershipView::view() const {
  if (slot_ != nullptr) view_ = std::exchange(slot_, nullptr)->take();
  return *view_;
}

std::uint64_t MembershipView::version() const { return view().version; }
std::uint64_t MembershipView::digest() const { return view().digest; }
std::uint64_t MembershipView::cluster() const { return view().cluster; }
bool MembershipView::is_settled() const { return view().settled; }
bool MembershipView::may_own() const { return view().may_own; }

bool MembershipView::is_member() const {
  const cluster::Member* const own = view().find(view().self);
  return view().cluster != 0 && !view().has_ended && own != nullptr &&
         own->record.rank <= Rank::exiting;
}

NodeIdentity MembershipView::self() const { return cluster::node_identity(view().self); }

std::optional<NodeIdentity> MembershipView::leader() const {
  const auto& leader = view().leader;
  return leader ? std::optional(cluster::node_identity(*leader)) : std::nullopt;
}

std::size_t MembershipView::up() const { return view().up(); }

std::vector<Member> MembershipView::members() const {
  std::vector<Member> all;
  all.reserve(view().members.size());
  for (const cluster::Member& member : view().members) all.push_back(shown(member));
  return all;
}

std::vector<NodeIdentity> MembershipView::with_role(std::string_view role) const {
  std::vector<NodeIdentity> found;
  for (const cluster::Identity& one : view().with_role(role)) {
    found.push_back(cluster::node_identity(one));
  }
  return found;
}

std::optional<Member> MembershipView::find(const NodeIdentity& identity) const {
  const cluster::Member* const found = view().find(cluster::identity(identity));
  return found != nullptr ? std::optional(shown(*found)) : std::nullopt;
}

}  // namespace troupe
