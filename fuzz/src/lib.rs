//! What every decoder must keep for any bytes at all. One target per format calls it:
//! `scripts/fuzz.sh 600 auditd`.

use model::Sha256;
use parse::Batch;

/// Reads `data` as a source of `format`, whole and in chunks whose sizes its first byte decides.
///
/// # Panics
/// When a byte is lost or counted twice, an address lies outside the source, or the chunks change the result.
pub fn check(format: &str, data: &[u8]) {
    let Some((&first, log)) = data.split_first() else { return };
    let whole = read(format, log, usize::MAX);
    assert_eq!(whole.record_bytes + whole.problem_bytes, log.len() as u64, "every byte is accounted for");
    let addresses = whole.drafts.iter().flat_map(|draft| &draft.addresses);
    for address in addresses.chain(whole.problems.iter().map(|problem| &problem.address)) {
        assert!(address.length > 0 && address.offset + address.length <= log.len() as u64, "{address:?}");
    }
    assert_eq!(read(format, log, usize::from(first) + 1), whole, "chunks of {} bytes", usize::from(first) + 1);
}

fn read(format: &str, log: &[u8], size: usize) -> Batch {
    let mut decoder = parse::by_name(format).expect("the format exists").decoder(Sha256([1; 32]).into());
    let mut batch = Batch::default();
    log.chunks(size).for_each(|chunk| decoder.push(chunk, &mut batch));
    decoder.finish(&mut batch);
    batch
}
