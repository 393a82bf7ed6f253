//! Small decisions, read off a list of bytes. Once the list is used up every decision is the first
//! one, so that whatever is made of it comes to an end. Never what is decided about.

/// Decisions still to be made.
#[derive(Debug, Clone)]
pub struct Choices<'b>(&'b [u8]);

impl<'b> Choices<'b> {
    /// The decisions that these bytes stand for.
    #[must_use]
    pub const fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    /// One of `count` numbers from zero; `count` is 1 to 256.
    pub fn below(&mut self, count: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first) % count
    }

    /// One of these; the first is the simplest.
    pub fn of<T: Copy>(&mut self, options: &[T]) -> T {
        options[self.below(options.len())]
    }

    /// Yes, once in so many times; never once the list is used up.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }

    /// No decision is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_used_up_decides_for_the_first() {
        let mut choices = Choices::new(&[1, 7, 255]);
        assert_eq!((choices.of(&['a', 'b']), choices.below(5), choices.once_in(4)), ('b', 2, true));
        assert!(choices.is_empty());
        assert_eq!((choices.of(&['a', 'b']), choices.below(5), choices.once_in(4)), ('a', 0, false));
    }
}
