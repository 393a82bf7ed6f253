//! How much is held at once, counted in bytes: a bound, the shares taken of it, and what they are held
//! for. Never what the bytes say.

use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A bound on what is held at once.
#[derive(Debug)]
pub struct Room(Arc<Semaphore>);

/// A part of a [`Room`], given back when it is dropped.
#[derive(Debug)]
pub struct Share(OwnedSemaphorePermit);

/// A value, and the share of a room that is taken as long as it or anything made of it is held.
#[derive(Debug, Clone)]
pub struct Held<T> {
    value: T,
    share: Option<Arc<Share>>,
}

impl Room {
    /// Room for so many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes)))
    }

    /// A share of so many bytes, if there is room for them now.
    #[must_use]
    pub fn try_take(&self, bytes: usize) -> Option<Share> {
        Arc::clone(&self.0).try_acquire_many_owned(permits(bytes)).ok().map(Share)
    }

    /// A share of so many bytes, once there is room for them; who came first is served first.
    pub async fn take(&self, bytes: usize) -> Share {
        let permit = Arc::clone(&self.0).acquire_many_owned(permits(bytes)).await;
        Share(permit.expect("the semaphore of a room is never closed"))
    }
}

fn permits(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("no line and no answer is as long as 4 GiB")
}

impl Share {
    /// Its bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.num_permits()
    }

    /// Takes another share of the same room into this one.
    pub fn add(&mut self, other: Self) {
        self.0.merge(other.0);
    }

    /// Gives back what is more than so many bytes.
    pub fn shrink(&mut self, bytes: usize) {
        drop(self.0.split(self.size().saturating_sub(bytes)));
    }

    /// Holds a value for as long as the share is needed.
    #[must_use]
    pub fn hold<T>(self, value: T) -> Held<T> {
        Held { value, share: Some(Arc::new(self)) }
    }
}

impl<T> Held<T> {
    /// What is made of the value, under the same share.
    pub fn map<U>(&self, make: impl FnOnce(&T) -> U) -> Held<U> {
        Held { value: make(&self.value), share: self.share.clone() }
    }

    /// As [`Held::map`], where the making can fail.
    ///
    /// # Errors
    /// What `make` gave.
    pub fn try_map<U, E>(&self, make: impl FnOnce(&T) -> Result<U, E>) -> Result<Held<U>, E> {
        Ok(Held { value: make(&self.value)?, share: self.share.clone() })
    }
}

/// A value too small to be counted.
impl<T> From<T> for Held<T> {
    fn from(value: T) -> Self {
        Self { value, share: None }
    }
}

impl<T> Deref for Held<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Held<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_share_is_given_back_with_the_last_that_was_made_of_it() {
        let room = Room::new(10);
        let mut share = room.take(4).await;
        share.add(room.take(4).await);
        assert_eq!((share.size(), room.try_take(3).is_some()), (8, false));
        share.shrink(6);
        assert!(room.try_take(4).is_some());
        let answer = share.hold("answer");
        let line = answer.map(|text| text.len());
        drop(answer);
        assert_eq!((*line, room.try_take(5).is_some()), (6, false));
        drop(line);
        assert!(room.try_take(10).is_some());
    }
}
