//! The two clocks: the wall clock with its doubts, and the event clock with its marks.
//!
//! Neither goes back. Where the wall clock ran ahead and was set right, our time is ahead of it: it
//! goes on from where it stands, [more slowly](SLOWER_WHEN_AHEAD), so that whatever waits still
//! comes, until the wall clock has caught up. The event clock stands still meanwhile: what is found
//! bears the time of the wall clock.

use fengbiao_model::{Offset, Partition, PartitionMark, Position, TimeSpan, Timestamp, TopicId};

use crate::alerter::Alerter;
use crate::limits::{BEHIND_AFTER, LEFT_OUT_AFTER, MAX_CLOCK_GAP, SLOWER_WHEN_AHEAD};
use crate::outcome::Outcome;
use crate::record::{Watermark, WatermarkKey};
use crate::step::{Remark, Step};

impl Alerter {
    /// Moves the clocks to a step's reading.
    pub(crate) fn advance(&mut self, step: &Step, out: &mut Outcome) {
        let before = self.clocks.wall;
        let clocks = &self.clocks;
        let first = clocks.wall == Timestamp::EPOCH && clocks.anchor == Timestamp::EPOCH;
        if first || clocks.process != step.process {
            self.begin_process(step, out);
        } else {
            let walled = step.wall.as_millis() - clocks.anchor.as_millis();
            let passed = step.monotonic.as_millis() - clocks.monotonic.as_millis();
            let gap = TimeSpan::from_millis((walled - passed).abs());
            if gap > MAX_CLOCK_GAP {
                if !clocks.held {
                    self.clocks.held = true;
                    out.remark(Remark::ClocksParted { by: gap });
                }
                return;
            }
            self.anchor(step, out);
        }
        self.leave_out_silent(out);
        self.read_marks(out);
        self.watch(before, out);
    }

    /// Believes a reading: from here on both clocks are compared with it.
    pub(crate) fn anchor(&mut self, step: &Step, out: &mut Outcome) {
        let clocks = &mut self.clocks;
        let unbroken = clocks.process == step.process && !clocks.held;
        let before = unbroken.then_some(clocks.anchor);
        let passed = before.map_or(TimeSpan::ZERO, |before| step.wall.since(before));
        let slowly = passed.as_millis() / SLOWER_WHEN_AHEAD;
        clocks.wall = step.wall.max(clocks.wall + TimeSpan::from_millis(slowly));
        clocks.anchor = step.wall;
        clocks.monotonic = step.monotonic;
        if std::mem::take(&mut clocks.held) {
            out.remark(Remark::ClocksAgree);
            self.excuse_silence(out);
        }
        self.watch_anew_after(before);
    }

    /// The wall clock has jumped: the silence of partitions counts from now.
    fn excuse_silence(&mut self, out: &mut Outcome) {
        for (key, mark) in &mut self.marks {
            mark.marked_at = self.clocks.wall;
            out.touched.watermarks.insert(*key);
        }
    }

    /// Another process reads other clocks. What the marks say of ends was true of the one before:
    /// until the next mark they only say how far reading has come, and silence counts from now.
    fn begin_process(&mut self, step: &Step, out: &mut Outcome) {
        self.anchor(step, out);
        self.clocks.process = step.process;
        for mark in self.marks.values_mut() {
            mark.at_end = false;
        }
        self.excuse_silence(out);
    }

    /// Leaves out the partitions that have had no mark for too long.
    fn leave_out_silent(&mut self, out: &mut Outcome) {
        let wall = self.clocks.wall;
        for (key, mark) in &mut self.marks {
            if !mark.left_out && wall >= mark.marked_at + LEFT_OUT_AFTER {
                mark.left_out = true;
                out.touched.watermarks.insert(*key);
                out.remark(Remark::Unmarked(*key));
            }
        }
    }

    /// When the next partition is left out (wall clock).
    pub(crate) fn next_left_out(&self) -> Option<Timestamp> {
        let marks = self.marks.values().filter(|mark| !mark.left_out);
        marks.map(|mark| mark.marked_at + LEFT_OUT_AFTER).min()
    }

    /// Whether what was found then comes later than it should. The marks alone do not tell: a matcher
    /// may stand at the end while a crawler still holds what it could not write. While the clocks have
    /// parted nobody knows.
    pub(crate) fn comes_late(&self, found_at: Timestamp) -> bool {
        // Not our time, which may be ahead of it.
        let clock = self.clocks.wall.min(self.clocks.anchor);
        !self.clocks.held && clock.since(found_at) > BEHIND_AFTER
    }

    /// Moves the event clock to the lowest mark, and notices when it falls behind or catches up.
    fn read_marks(&mut self, out: &mut Outcome) {
        let wall = self.clocks.wall;
        // Not our time, which may be ahead of it.
        let clock = wall.min(self.clocks.anchor);
        let mut lowest = None::<Timestamp>;
        let mut reading = false;
        for mark in self.marks.values().filter(|mark| !mark.left_out) {
            let at = if mark.at_end { clock } else { mark.found_at };
            lowest = Some(lowest.map_or(at, |lowest| lowest.min(at)));
            reading |= !mark.at_end;
        }
        self.clocks.event = self.clocks.event.max(lowest.unwrap_or_default());
        let behind = reading && clock.since(self.clocks.event) > BEHIND_AFTER;
        match (behind, self.clocks.behind_since) {
            (true, None) => self.clocks.behind_since = Some(wall),
            (false, Some(since)) => {
                self.clocks.behind_since = None;
                self.release_late(since, out);
            }
            _ => {}
        }
    }

    /// Takes the marks of one record.
    pub(crate) fn take_marks(
        &mut self,
        hits: Partition,
        marks: &[PartitionMark],
        out: &mut Outcome,
    ) {
        for mark in marks {
            let key = WatermarkKey {
                hits,
                posts: mark.partition,
            };
            let known_since = self.marks.get(&key).and_then(|known| known.since);
            if mark.at_end && self.has_come_further(key, mark.next) {
                // Who had the partition before and has slept since does not know of what came.
                if mark.since.is_some_and(|since| Some(since) < known_since) {
                    out.remark(Remark::LateMark(key));
                    continue;
                }
                self.clocks.recreated = true;
                out.remark(Remark::LogRecreated(key));
            }
            let watermark = Watermark {
                next: mark.next,
                found_at: mark.found_at,
                at_end: mark.at_end,
                since: mark.since.max(known_since),
                marked_at: self.clocks.wall,
                left_out: false,
            };
            let before = self.marks.insert(key, watermark);
            if before.is_some_and(|before| before.left_out) {
                out.remark(Remark::MarkedAgain(key));
            }
            out.touched.watermarks.insert(key);
        }
        if !self.clocks.recreated {
            self.read_marks(out);
        }
    }

    /// Whether more of a partition of `posts` is known than there is up to `end`. Partitions of `hits`
    /// are not read in step with each other: what one of them says is held against what that very
    /// one has said before, and against hits only where all come by it.
    fn has_come_further(&self, key: WatermarkKey, end: Offset) -> bool {
        let alone = self.marks.keys().all(|other| other.hits == key.hits);
        let marked = self.marks.get(&key).is_some_and(|mark| mark.next > end);
        marked || alone && self.highest_seen(key.posts) >= Some(end)
    }

    /// The highest position of a partition of `posts` seen for any topic.
    fn highest_seen(&self, partition: Partition) -> Option<Offset> {
        let from = self.seen.iter().filter(|((of, _), _)| *of == partition);
        from.map(|(_, offset)| *offset).max()
    }

    /// Whether a delivery is new to a topic; if so it is the highest one from now on.
    pub(crate) fn see(&mut self, topic: &TopicId, origin: Position, out: &mut Outcome) -> bool {
        let highest = self.seen.entry((origin.partition, topic.clone()));
        if let std::collections::btree_map::Entry::Occupied(highest) = &highest
            && origin.offset <= *highest.get()
        {
            out.remark(Remark::Redelivered);
            return false;
        }
        *highest.or_default() = origin.offset;
        out.touched.seen.insert((topic.clone(), origin.partition));
        true
    }
}
