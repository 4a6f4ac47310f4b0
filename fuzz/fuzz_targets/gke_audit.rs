#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::check("gke_audit", data));
