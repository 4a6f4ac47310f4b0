//! A signed statement of how many entries a log had and what its root was.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use model::Sha256;

use crate::note::{NoteError, SignerKey, VerifierKey};

/// Largest checkpoint file that is read: a few lines and the signatures of some witnesses.
pub const CHECKPOINT_BYTES_MAX: u64 = 64 * 1024;

/// The text of a C2SP tlog-checkpoint: origin, size and root, each on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: `yobitsugi/CASE`.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root of the tree of those entries.
    pub root: Sha256,
}

impl Checkpoint {
    /// The unsigned text.
    pub fn to_text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root.0))
    }

    /// Reads the unsigned text; extension lines behind the root are allowed and ignored.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        // One number, one spelling: no sign, no leading zeros.
        let size = size.parse::<u64>().ok().filter(|number| number.to_string() == size)?;
        let root = Sha256(BASE64.decode(root).ok()?.try_into().ok()?);
        (!origin.is_empty()).then(|| Self { origin: origin.to_string(), size, root })
    }

    /// The signed note.
    pub fn sign(&self, key: &SignerKey) -> Result<String, NoteError> {
        key.sign(&self.to_text())
    }

    /// Reads a signed checkpoint after checking its signature by `key`.
    pub fn open(note: &str, key: &VerifierKey) -> Result<Self, NoteError> {
        let text = key.open(note)?;
        Self::parse(text).ok_or(NoteError::Note("its text is not a checkpoint (origin, size, root)"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_survives_its_text_and_nothing_else_passes() {
        let checkpoint = Checkpoint { origin: "yobitsugi/a".into(), size: 20_852_163, root: Sha256::of(b"x") };
        assert_eq!(Checkpoint::parse(&checkpoint.to_text()), Some(checkpoint.clone()));
        assert_eq!(Checkpoint::parse(&format!("{}extension\n", checkpoint.to_text())), Some(checkpoint.clone()));
        let root = BASE64.encode([0; 32]);
        for bad in ["", "a\n1\n", &format!("a\n01\n{root}\n"), &format!("a\n+1\n{root}\n"), &format!("\n1\n{root}\n")] {
            assert_eq!(Checkpoint::parse(bad), None, "{bad:?}");
        }
        assert_eq!(Checkpoint::parse(&format!("a\n1\n{root}")), None, "no final line break");
    }
}
