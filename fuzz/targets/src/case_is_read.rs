//! Looks for bytes that break the property of the same name. Never a property of its own.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| guard_fuzz::case_is_read(input));
