//! What an event says of a field.

use std::borrow::Cow;

/// How what is seen relates to all that there was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// These are all values; none means that the source carries the field and it has no value.
    All,
    /// There may be more; none means that the source does not carry the field.
    AtLeast,
    /// One of these is the value, nobody knows which.
    OneOf,
    /// A whole number that is not less than this; which one is not known.
    From(i64),
}

/// The values of a field in one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen<'e> {
    pub(crate) values: Values<'e>,
    pub(crate) extent: Extent,
}

/// Most fields have one value, which then costs no allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Values<'e> {
    None,
    One(Cow<'e, [u8]>),
    Many(Vec<Cow<'e, [u8]>>),
}

impl<'e> Seen<'e> {
    /// The source does not carry the field.
    pub(crate) const UNKNOWN: Self = Self { values: Values::None, extent: Extent::AtLeast };
    /// The source carries the field, and here it has no value.
    pub(crate) const ABSENT: Self = Self { values: Values::None, extent: Extent::All };

    pub(crate) fn borrowed(value: &'e [u8]) -> Self {
        Self { values: Values::One(Cow::Borrowed(value)), extent: Extent::All }
    }

    pub(crate) fn owned(value: Vec<u8>) -> Self {
        Self { values: Values::One(Cow::Owned(value)), extent: Extent::All }
    }

    /// A number of which only the least that it can be is known.
    pub(crate) const fn from(least: i64) -> Self {
        Self { values: Values::None, extent: Extent::From(least) }
    }

    pub(crate) fn text(value: &'e str) -> Self {
        Self::borrowed(value.as_bytes())
    }

    pub(crate) fn number(value: impl ToString) -> Self {
        Self::owned(value.to_string().into_bytes())
    }

    pub(crate) fn truth(holds: bool) -> Self {
        Self::text(if holds { "true" } else { "false" })
    }

    pub(crate) fn many(values: Vec<Cow<'e, [u8]>>, extent: Extent) -> Self {
        let values = if values.is_empty() { Values::None } else { Values::Many(values) };
        Self { values, extent }
    }

    pub(crate) fn one_of(values: &'static [&'static str]) -> Self {
        match values {
            [] => Self::UNKNOWN,
            [value] => Self::text(value),
            values => Self::many(values.iter().map(|value| value.as_bytes().into()).collect(), Extent::OneOf),
        }
    }

    /// The value where there is one, else `otherwise`.
    pub(crate) fn or(value: Option<&'e [u8]>, otherwise: Self) -> Self {
        value.map_or(otherwise, Self::borrowed)
    }

    pub(crate) fn all(&self) -> &[Cow<'e, [u8]>] {
        match &self.values {
            Values::None => &[],
            Values::One(value) => std::slice::from_ref(value),
            Values::Many(values) => values,
        }
    }

    /// Whether the event says all that there is to say: also when that is that there is no value.
    pub(crate) fn is_known(&self) -> bool {
        self.extent == Extent::All
    }

    /// Each value changed; a value that cannot be changed takes part as a missing one.
    pub(crate) fn map(&self, change: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Self {
        let values: Vec<Cow<'e, [u8]>> = self.all().iter().filter_map(|value| change(value).map(Cow::Owned)).collect();
        match (values.len(), self.extent) {
            (_, Extent::From(_)) => Self::UNKNOWN,
            (left, Extent::OneOf) if left < self.all().len() => Self::UNKNOWN,
            (1, extent) if self.all().len() == 1 => {
                Self { values: values.into_iter().next().map_or(Values::None, Values::One), extent }
            }
            (_, extent) => Self::many(values, extent),
        }
    }
}
