//! Bounds against hostile evidence, each with its reason.

use stdx::capped::Expansion;

/// Decoded bytes per compressed byte, once [`EXPANSION_FREE_BYTES`] are exceeded. Real logs reach
/// about 100:1 in zstd and xz; a gzip bomb reaches 1,032:1, an xz or zstd bomb far more.
pub const EXPANSION_RATIO_MAX: u64 = 1_000;

/// Decoded bytes that every compressed stream may give whatever its ratio: a small file of equal
/// lines compresses extremely well and decodes in a second.
pub const EXPANSION_FREE_BYTES: u64 = 256 << 20;

/// Decoded bytes of one original, over all its layers together: beyond any log of one host, and
/// about half an hour of decoding.
pub const EXPANDED_BYTES_MAX: u64 = 1 << 40;

/// Layers that are opened on the way to a source. A support bundle needs five:
/// tar in xz, holding a tar in gzip, holding rotated logs in gzip.
pub const LAYERS_MAX: usize = 6;

/// Sources of one original. The archive of a whole root file system has about as many files.
pub const MEMBERS_MAX: usize = 200_000;

/// Files of one intake, links and special files included.
pub const FILES_MAX: usize = 200_000;

/// Directories inside each other. Deeper trees are made to exhaust programs, not to hold logs.
pub const DIRECTORY_DEPTH_MAX: usize = 64;

/// Memory of an xz decoder: `xz -9` needs 65 MiB. One inside another decoder of xz or zstd gets half of it, and so
/// on: so an `xz -9` within an `xz -9` is read, and six layers together stay below 384 MiB.
pub(crate) const XZ_MEMORY_BYTES_MAX: u64 = 192 << 20;

/// Window of a zstd frame, as a power of two: 128 MiB, the default bound of the `zstd` program. `zstd -19` needs 8 MiB.
/// Halved inside other decoders as [`XZ_MEMORY_BYTES_MAX`] is.
pub(crate) const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// Bytes beyond the size at opening that are still read of a file that grows meanwhile.
pub(crate) const GROWTH_BYTES_MAX: u64 = 64 << 20;

/// The bounds that a caller may widen or narrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How far one compressed stream may grow.
    pub expansion: Expansion,
    /// Decoded bytes of one original, over all its layers.
    pub expanded_bytes_max: u64,
    /// Layers inside each other, 1 to [`LAYERS_MAX`].
    pub layers_max: usize,
    /// Sources of one original.
    pub members_max: usize,
    /// Files of one intake.
    pub files_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            expansion: Expansion {
                ratio_max: EXPANSION_RATIO_MAX,
                free_bytes: EXPANSION_FREE_BYTES,
                bytes_max: EXPANDED_BYTES_MAX,
            },
            expanded_bytes_max: EXPANDED_BYTES_MAX,
            layers_max: LAYERS_MAX,
            members_max: MEMBERS_MAX,
            files_max: FILES_MAX,
        }
    }
}

impl Limits {
    /// No bounds on growth, for reading again what an intake measured: the recorded sizes bound it.
    pub(crate) fn as_recorded() -> Self {
        Self {
            expansion: Expansion { ratio_max: u64::MAX, free_bytes: u64::MAX, bytes_max: u64::MAX },
            expanded_bytes_max: u64::MAX,
            layers_max: usize::MAX,
            members_max: usize::MAX,
            files_max: usize::MAX,
        }
    }
}
