//! `expressions` of `tests/src/decoders.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    plumbline_tests::decoders::read("expressions", bytes);
});
