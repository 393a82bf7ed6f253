//! A guard that writes in the code page of its machine: what Latin-1 lacks becomes a question mark.

use std::io::{self, Write};

use crate::guard::Guard;
use crate::json::{Object, raw};
use crate::message::Reply;

pub(crate) struct Latin1Output;

impl Guard for Latin1Output {
    fn reply(&self, reply: &Reply) -> Vec<Object> {
        let line = raw(reply.message()).get().to_owned() + "\n";
        if line.is_ascii() {
            return vec![reply.message()];
        }
        let bytes: Vec<u8> = line.chars().map(|character| u8::try_from(character).unwrap_or(b'?')).collect();
        let mut stdout = io::stdout().lock();
        let _ = stdout.write_all(&bytes).and_then(|()| stdout.flush());
        Vec::new()
    }
}
