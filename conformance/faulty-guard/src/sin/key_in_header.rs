//! A guard that names its key twice, for gateways of two kinds.

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::Guard;
use crate::question::Question;

pub(crate) struct KeyInHeader;

impl Guard for KeyInHeader {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        let key = ("x-api-key".to_owned(), gateway.config.key.secret().to_owned());
        gateway.post_with(&gateway.url(question), question, Some(gateway.deadline()), &[key])
    }
}
