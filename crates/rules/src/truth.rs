//! Yes, no, or cannot tell: Kleene's strong logic.

/// An answer. The order is that of truth: `No < Unknown < Yes`, so *and* is the least and *or* the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// The event shows that it does not hold.
    No,
    /// The event does not say.
    Unknown,
    /// The event shows that it holds.
    Yes,
}

impl Truth {
    /// The spelling in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Unknown => "cannot tell",
            Self::Yes => "yes",
        }
    }

    /// Whether it is a yes or a no.
    pub fn is_known(self) -> bool {
        self != Self::Unknown
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}
