//! Which lexicon is in force at which place of a partition: where the partition comes to us, where a
//! control record stands, and where the log has become shorter.

use std::sync::Arc;

use fengbiao_log::{Cursor, LogError};
use fengbiao_matcher::Matcher;
use fengbiao_model::{Control, LexiconNumber, Offset, Partition, Position, Timestamp};

use super::note::Note;
use super::output::Output;
use super::{Matching, Place};
use crate::daemon::health::InForce;

impl Matching {
    /// The place after the last run; without a cursor the version comes from where the control
    /// records stand.
    pub(super) fn place(
        &mut self,
        partition: Partition,
        cursor: Option<Cursor>,
    ) -> anyhow::Result<Place> {
        let noted = cursor.as_ref().and_then(|cursor| Note::parse(&cursor.note));
        let next = match cursor {
            Some(cursor) => cursor.next,
            None => self.publications.first_post(partition)?,
        };
        let at = Position {
            partition,
            offset: next,
        };
        let number = self.number_at(at, noted.and_then(|note| note.number))?;
        let matcher = number.map(|number| self.matcher(number)).transpose()?;
        let found_at = noted.map_or(Timestamp::EPOCH, |note| note.found_at);
        Ok(Place {
            next,
            found_at,
            at_end: false,
            has_read: false,
            since: self.clock.wall(),
            matcher,
        })
    }

    /// The lexicon to go on with at a place: the one that was in force where it is still there, else the
    /// one that the control records tell of.
    pub(super) fn number_at(
        &self,
        at: Position,
        known: Option<LexiconNumber>,
    ) -> anyhow::Result<Option<LexiconNumber>> {
        if let Some(number) = known
            && self.publications.has(number)?
        {
            return Ok(known);
        }
        let found = self.publications.in_force(at)?;
        if let Some(known) = known {
            tracing::error!(
                partition = at.partition.0,
                lost = known.0,
                found = found.map(|number| number.0),
                "the lexicon in force is gone from `lexicons`, which was made anew; matching goes on \
                 with what is there"
            );
        }
        Ok(found)
    }

    pub(super) fn matcher(&mut self, number: LexiconNumber) -> anyhow::Result<Arc<Matcher>> {
        if let Some(matcher) = self.matchers.get(&number) {
            return Ok(Arc::clone(matcher));
        }
        let matcher = self.publications.matcher(number)?;
        // Older ones may still be in force in other partitions; those hold their own.
        self.matchers.retain(|other, _| *other > number);
        self.matchers.insert(number, Arc::clone(&matcher));
        Ok(matcher)
    }

    /// The partition ends below what was read of it: brokers have lost records, or the log was made
    /// anew. What comes to these places is not what was read there, so that it is matched, too. The
    /// lexicon stays as far as it is still there: lost control records are no older lexicon.
    pub(super) fn go_on_from(
        &mut self,
        partition: Partition,
        end: Offset,
        output: &mut Output,
    ) -> anyhow::Result<()> {
        let Some(before) = self.partitions.get(&partition).cloned() else {
            return Ok(());
        };
        let lost = before.next.0 - end.0;
        tracing::error!(
            partition = partition.0,
            lost,
            end = end.0,
            "`posts` ends before what was matched of it: records were lost, or it was made anew; \
             matching goes on from its end"
        );
        self.metrics.posts_lost.inc_by(lost);
        let number = before.matcher.as_ref().map(|matcher| matcher.number());
        let at = Position {
            partition,
            offset: end,
        };
        let number = self.number_at(at, number)?;
        let matcher = number.map(|number| self.matcher(number)).transpose()?;
        match self.consumer.seek(partition, end) {
            Ok(()) => {}
            // It has gone meanwhile; whoever has it finds out.
            Err(LogError::NotOwned { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let place = Place {
            next: end,
            found_at: before.found_at,
            at_end: false,
            has_read: before.has_read,
            since: before.since,
            matcher,
        };
        self.partitions.insert(partition, place);
        output.moved = true;
        self.report_version();
        Ok(())
    }

    pub(super) fn in_force(&self, partition: Partition) -> Option<&Arc<Matcher>> {
        self.partitions.get(&partition)?.matcher.as_ref()
    }

    pub(super) fn needs_a_lexicon(&self, partition: Partition) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.in_force(partition).is_some(),
            "no lexicon is in force in partition {} of `posts`\nhint: publish one",
            partition.0
        );
        Ok(())
    }

    /// Changes over exactly here. Numbers not above the one in force are an older publication's
    /// control record, written again when it was resumed.
    pub(super) fn change_over(
        &mut self,
        partition: Partition,
        control: Control,
    ) -> anyhow::Result<()> {
        let now = self
            .partitions
            .get(&partition)
            .and_then(|place| place.matcher.as_ref());
        if let Some(number) = now.map(|matcher| matcher.number())
            && number >= control.number
            // One that is gone says that numbers have begun again.
            && (number == control.number || self.publications.has(number)?)
        {
            return Ok(());
        }
        let matcher = self.matcher(control.number)?;
        if let Some(place) = self.partitions.get_mut(&partition) {
            place.matcher = Some(matcher);
        }
        tracing::info!(
            partition = partition.0,
            version = control.number.0,
            "changed over to a lexicon"
        );
        self.report_version();
        Ok(())
    }

    pub(super) fn report_version(&self) {
        let numbers = self
            .partitions
            .values()
            .map(|place| place.matcher.as_ref().map(|m| m.number()));
        // The lowest of all partitions; none where one has none.
        self.health.lexicon(match numbers.min() {
            None => InForce::NoPartition,
            Some(None) => InForce::None,
            Some(Some(number)) => InForce::From(number),
        });
    }
}
