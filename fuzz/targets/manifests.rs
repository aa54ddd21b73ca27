#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| smi_tests::fuzz::manifests(data));
