//! A text without what was found in it, and where its places were before.

use std::ops::Range;

use super::Finding;

/// What is left of a text, with a marker in the place of each finding.
pub(crate) struct Left {
    pub(crate) text: String,
    /// Where each marker stands, and what it stands for.
    markers: Vec<(Range<usize>, Range<usize>)>,
}

impl Left {
    pub(crate) fn of(text: &str, found: &[Finding]) -> Self {
        let (mut left, mut kept) = (String::with_capacity(text.len()), 0);
        let mut markers = Vec::with_capacity(found.len());
        for Finding { range, class } in found {
            left.push_str(&text[kept..range.start]);
            let start = left.len();
            left.push_str(class.marker());
            markers.push((start..left.len(), range.clone()));
            kept = range.end;
        }
        left.push_str(&text[kept..]);
        Self { text: left, markers }
    }

    /// A finding in what is left, as one in the whole text. Of a marker that it reaches into, it has all.
    pub(super) fn whole(&self, Finding { range, class }: Finding) -> Finding {
        let start = self.before(range.start, |taken| taken.start);
        let end = self.before(range.end, |taken| taken.end);
        Finding { range: start..end, class }
    }

    /// Where this place was; inside a marker, an edge of what it stands for.
    fn before(&self, at: usize, edge: impl Fn(&Range<usize>) -> usize) -> usize {
        match self.markers[..self.markers.partition_point(|(marker, _)| marker.start < at)].last() {
            None => at,
            Some((marker, taken)) if at < marker.end => edge(taken),
            Some((marker, taken)) => taken.end + at - marker.end,
        }
    }
}
