//! Containers by host and name, so that one is found without going through all.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use model::Confidence;

use crate::containers::Container;

/// Digits that make a text the beginning of a container's id; what `docker ps` and most recorders print.
const ID_DIGITS_MIN: usize = 12;

/// Places in the list of all containers, by the names they have now.
#[derive(Debug, Default)]
pub(crate) struct Names(BTreeMap<String, BTreeMap<String, BTreeSet<usize>>>);

impl Names {
    /// Gives the container at `index` that name.
    pub(crate) fn set(&mut self, index: usize, container: &mut Container, name: String, confidence: Confidence) {
        let of_host = self.0.entry(container.host.clone()).or_default();
        if let Some((before, _)) = &container.name
            && let Some(same) = of_host.get_mut(before)
        {
            same.remove(&index);
            if same.is_empty() {
                of_host.remove(before);
            }
        }
        of_host.entry(name.clone()).or_default().insert(index);
        container.name = Some((name, confidence));
    }

    /// Gives it the name when that is trusted more than the present one.
    pub(crate) fn offer(&mut self, index: usize, container: &mut Container, name: &str, confidence: Confidence) {
        let is_better = container.name.as_ref().is_none_or(|(_, present)| *present < confidence);
        if is_better && !name.is_empty() {
            self.set(index, container, name.to_string(), confidence);
        }
    }

    /// The last container on the host, of the first `met`, that has this name.
    pub(crate) fn latest(&self, host: &str, name: &str, met: usize) -> Option<usize> {
        last(self.0.get(host)?.get(name)?, met)
    }

    /// The same, where the beginning of an id counts as the id, either way.
    pub(crate) fn latest_same(&self, host: &str, name: &str, met: usize) -> Option<usize> {
        let names = self.0.get(host)?;
        let mut found = names.get(name).and_then(|same| last(same, met));
        if !is_id(name) {
            return found;
        }
        let longer = names.range::<str, _>((Bound::Excluded(name), Bound::Unbounded));
        for (_, same) in longer.take_while(|(other, _)| other.starts_with(name)).filter(|(other, _)| is_id(other)) {
            found = found.max(last(same, met));
        }
        // Beginnings of the name, the longest first: each lies before the one that was found.
        let mut before = Bound::Excluded(name);
        while let Some((other, same)) = names.range::<str, _>((Bound::Unbounded, before)).next_back() {
            let shared = other.bytes().zip(name.bytes()).take_while(|(one, other)| one == other).count();
            if shared < ID_DIGITS_MIN {
                break;
            }
            if shared == other.len() {
                // All of it are digits, because those of the name are.
                found = found.max(last(same, met));
                before = Bound::Excluded(&name[..shared]);
            } else {
                before = Bound::Included(&name[..shared]);
            }
        }
        found
    }
}

fn last(places: &BTreeSet<usize>, met: usize) -> Option<usize> {
    places.range(..met).next_back().copied()
}

/// Whether the text can be a container's id or its beginning.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() >= ID_DIGITS_MIN && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether two texts name one container: the same, or one the beginning of the other's id.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    one == other || (one.starts_with(other) || other.starts_with(one)) && is_id(one) && is_id(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Action, Event, EventId, Timestamp};
    use proptest::prelude::*;

    fn container(host: &str) -> Container {
        let mut event =
            Event::draft(EventId { source: [0; 8], offset: 0, part: 0 }, Timestamp(0), "falco", Action::Other);
        event.host = Some(host.to_string());
        Container::seen(&event, 0, 99)
    }

    /// Ids that begin alike, and names that look like them.
    fn name() -> impl Strategy<Value = String> {
        prop_oneof![
            ("[ab]{0,3}", 9_usize..16).prop_map(|(tail, digits)| format!("{}{tail}", "a".repeat(digits))),
            "[ab]{11,14}",
            "[ab]{11,13}x",
            "(web|db)?",
        ]
    }

    proptest! {
        /// The names find what going through all containers finds.
        #[test]
        fn names_find_the_container_that_going_through_all_finds(
            given in prop::collection::vec((0_usize..12, name(), 0_u8..100), 0..60),
            asked in prop::collection::vec((name(), 0_usize..14), 1..20),
        ) {
            let mut containers: Vec<Container> = (0..12).map(|at| container(["h", "g"][at % 2])).collect();
            let mut names = Names::default();
            for (index, name, confidence) in given {
                names.offer(index, &mut containers[index], &name, confidence);
            }
            for (name, met) in asked {
                for host in ["h", "g", "none"] {
                    let all = |fits: fn(&str, &str) -> bool| {
                        let on_host = |at: &usize| containers[*at].host == host;
                        let named = |at: &usize| containers[*at].name.as_ref().is_some_and(|(own, _)| fits(own, &name));
                        (0..met.min(containers.len())).rev().filter(on_host).find(named)
                    };
                    prop_assert_eq!(names.latest(host, &name, met), all(|one, other| one == other));
                    prop_assert_eq!(names.latest_same(host, &name, met), all(is_same), "{} of {}", name, met);
                }
            }
        }
    }
}
