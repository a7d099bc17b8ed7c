//! What a policy says of whom to tell, made ready for questions.

mod check;

use std::collections::{BTreeMap, BTreeSet};

use fengbiao_model::{
    CalendarId, Filter, Incident, Override, Pace, Policy, ReceiverId, Route, ScheduleId, Target,
    Tier, TimeSpan, Timestamp,
};

use crate::calendar::{Hours, Roster, UnknownZone};
pub use check::RoutingFault;
pub(crate) use check::faults_of_routing;

/// The routes with their hours, who is on call, who has quiet hours.
#[derive(Clone, Debug, Default)]
pub(crate) struct Routing {
    root: Node,
    quiet: BTreeMap<ReceiverId, Hours>,
    rosters: BTreeMap<ScheduleId, Roster>,
    calendars: BTreeMap<CalendarId, Hours>,
    /// The receivers that some route leads to by name.
    pub(crate) named: BTreeSet<ReceiverId>,
}

/// How long notices wait by one route, nothing left open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Waits {
    pub(crate) group_wait: TimeSpan,
    pub(crate) group_interval: TimeSpan,
    pub(crate) repeat_interval: TimeSpan,
}

#[derive(Clone, Debug, Default)]
struct Node {
    takes: Filter,
    times: Option<Hours>,
    to: Vec<Target>,
    waits: Waits,
    goes_on: bool,
    children: Vec<Node>,
}

impl Routing {
    /// Of a policy that [`crate::check_policy`] has nothing against.
    pub(crate) fn new(policy: &Policy) -> Result<Self, UnknownZone> {
        let quiet = policy.receivers.values().filter_map(|receiver| {
            let hours = Hours::of_week(receiver.quiet.as_ref()?);
            Some(hours.map(|hours| (receiver.id.clone(), hours)))
        });
        let rosters = policy.schedules.iter();
        let rosters = rosters.map(|(id, schedule)| Ok((id.clone(), Roster::new(schedule)?)));
        let calendars = policy.calendars.iter();
        let calendars =
            calendars.map(|(id, calendar)| Ok((id.clone(), Hours::of_calendar(calendar)?)));
        let root = Node::new(&policy.route, Waits::default())?;
        let mut named = BTreeSet::new();
        root.name(&mut named);
        Ok(Self {
            root,
            quiet: quiet.collect::<Result<_, _>>()?,
            rosters: rosters.collect::<Result<_, _>>()?,
            calendars: calendars.collect::<Result<_, _>>()?,
            named,
        })
    }

    /// To whom an incident of a tier leads at an instant, each target once.
    pub(crate) fn targets(
        &self,
        incident: &Incident,
        tier: Tier,
        at: Timestamp,
    ) -> Vec<(&Target, Waits)> {
        let mut found = Vec::new();
        self.root.walk(incident, tier, at, &mut found);
        let mut once: Vec<(&Target, Waits)> = Vec::with_capacity(found.len());
        for (target, waits) in found {
            if once.iter().all(|(known, _)| *known != target) {
                once.push((target, waits));
            }
        }
        once
    }

    /// Who is on call by a schedule at an instant.
    pub(crate) fn on_call(
        &self,
        schedule: &ScheduleId,
        stand_ins: &[Override],
        at: Timestamp,
    ) -> Option<ReceiverId> {
        self.rosters.get(schedule)?.on_call(stand_ins, at)
    }

    /// When the quiet hours end in which a receiver is at an instant; none where it is in none.
    pub(crate) fn quiet_until(&self, receiver: &ReceiverId, at: Timestamp) -> Option<Timestamp> {
        let standing = self.quiet.get(receiver)?.standing(at);
        standing.is_inside().then(|| standing.until())?
    }

    /// The instant after so much time of a calendar; without one all time counts.
    pub(crate) fn after(
        &self,
        calendar: Option<&CalendarId>,
        from: Timestamp,
        span: TimeSpan,
    ) -> Timestamp {
        let hours = calendar.and_then(|id| self.calendars.get(id));
        hours
            .and_then(|hours| hours.business_after(from, span))
            .unwrap_or(from + span)
    }
}

impl Node {
    fn new(route: &Route, above: Waits) -> Result<Self, UnknownZone> {
        let Pace {
            group_wait,
            group_interval,
            repeat_interval,
        } = route.pace;
        let waits = Waits {
            group_wait: group_wait.unwrap_or(above.group_wait),
            group_interval: group_interval.unwrap_or(above.group_interval),
            repeat_interval: repeat_interval.unwrap_or(above.repeat_interval),
        };
        let children = route.routes.iter().map(|child| Self::new(child, waits));
        Ok(Self {
            takes: route.takes.clone(),
            times: route.times.as_ref().map(Hours::of_week).transpose()?,
            to: route.to.clone(),
            waits,
            goes_on: route.goes_on,
            children: children.collect::<Result<_, _>>()?,
        })
    }

    fn name(&self, named: &mut BTreeSet<ReceiverId>) {
        for target in &self.to {
            if let Target::Receiver(receiver) = target {
                named.insert(receiver.clone());
            }
        }
        self.children.iter().for_each(|child| child.name(named));
    }

    /// Whether it takes the incident; if so its targets, or those of its children, are found.
    fn walk<'a>(
        &'a self,
        incident: &Incident,
        tier: Tier,
        at: Timestamp,
        found: &mut Vec<(&'a Target, Waits)>,
    ) -> bool {
        let open = self.times.as_ref().is_none_or(|times| times.contains(at));
        if !open || !self.takes.takes(incident, tier) {
            return false;
        }
        let mut told = false;
        for child in &self.children {
            if child.walk(incident, tier, at, found) {
                told = true;
                if !child.goes_on {
                    break;
                }
            }
        }
        if !told {
            found.extend(self.to.iter().map(|target| (target, self.waits)));
        }
        true
    }
}
