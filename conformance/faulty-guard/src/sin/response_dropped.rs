//! A guard that offers the second tool and does nothing with what it is given.

use crate::gateway::{Answer, Gateway, Trouble};
use crate::guard::Guard;
use crate::question::Question;
use crate::question::Tool;

pub(crate) struct ResponseDropped;

impl Guard for ResponseDropped {
    fn send(&self, gateway: &Gateway, question: &Question) -> Result<Answer, Trouble> {
        match question.tool {
            Tool::Scan => gateway.ask(question, Some(gateway.config.budget)),
            Tool::ScanResponse => {
                let body = br#"{"data_classes":[],"fields_redacted_count":0}"#.to_vec();
                Ok(Answer { status: 200, body, ..Answer::default() })
            }
        }
    }
}
