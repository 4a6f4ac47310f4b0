//! Which rules an event can match, told by the texts that were found in it.
//!
//! Most rules need one of some texts in some field. Where such a field is known whole and none of its texts was found,
//! the rule says "no" without being looked at.

use crate::{
    bundle::Bundles,
    form::{Forms, Node, NodeId, ReadId, TestId},
};

/// Tests of one guard; a rule with more of them is looked at always.
const TESTS_MAX: usize = 5_000;
/// Nodes that are looked at for one guard.
const NODES_MAX: usize = 20_000;

/// For each rule the tests of which one at least must not say "no"; and the rules of each test.
#[derive(Debug, Default)]
pub(crate) struct Guards {
    /// By rule; `None` where it has no such tests.
    pub(crate) of_rule: Vec<Option<Vec<TestId>>>,
    /// By test.
    pub(crate) rules_of: Vec<Vec<u32>>,
}

impl Guards {
    pub(crate) fn of(forms: &Forms, bundles: &Bundles, roots: impl Iterator<Item = NodeId>) -> Self {
        let mut all = Self { of_rule: Vec::new(), rules_of: vec![Vec::new(); forms.tests.len()] };
        for (rule, root) in roots.enumerate() {
            let mut room = NODES_MAX;
            let guard = guard(forms, bundles, root, &mut room).filter(|tests| tests.len() <= TESTS_MAX);
            if let (Some(tests), Ok(rule)) = (&guard, u32::try_from(rule)) {
                tests.iter().for_each(|&test| all.rules_of[test as usize].push(rule));
            }
            all.of_rule.push(guard);
        }
        all
    }

    /// The fields of a rule's guard.
    pub(crate) fn reads(&self, forms: &Forms, rule: usize) -> Vec<ReadId> {
        let tests = self.of_rule.get(rule).and_then(Option::as_ref);
        let mut reads: Vec<ReadId> = tests.into_iter().flatten().map(|&test| forms.tests[test as usize].read).collect();
        reads.sort_unstable();
        reads.dedup();
        reads
    }
}

/// Tests of which one at least holds or cannot tell wherever the condition does: sorted, each once.
fn guard(forms: &Forms, bundles: &Bundles, id: NodeId, room: &mut usize) -> Option<Vec<TestId>> {
    *room = room.checked_sub(1)?;
    // As deep as conditions may be.
    match &forms.nodes[id as usize] {
        Node::Test(test) => bundles.of_test(*test).map(|_| vec![*test]),
        Node::Or(all) => {
            let mut tests = Vec::new();
            for &one in all {
                tests.extend(guard(forms, bundles, one, room)?);
            }
            tests.sort_unstable();
            tests.dedup();
            Some(tests)
        }
        Node::And(all) => all.iter().filter_map(|&one| guard(forms, bundles, one, room)).min_by_key(Vec::len),
        Node::Not(_) | Node::Const(_) => None,
    }
}
