#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portner_fuzz::edge::vcard(bytes));
