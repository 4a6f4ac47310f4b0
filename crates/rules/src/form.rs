//! The one internal form that both languages are compiled to: conditions over tests over fields.
//!
//! Conditions are shared: what is written twice, or used by many rules through a macro, is one node, and is evaluated once
//! per event. A macro that uses a macro twice, which uses a macro twice, … therefore costs a node each and no more.

use std::collections::HashMap;

use crate::{
    catalogue::Field,
    fault::{Kind, Reason},
    matcher::Matcher,
    truth::Truth,
};

/// Nodes of all rules together.
const NODES_MAX: usize = 1 << 20;
/// Levels of a condition with all macros in it; evaluation goes down by recursion.
const DEPTH_MAX: u16 = 300;

/// Index of a [`Node`].
pub(crate) type NodeId = u32;
/// Index of a [`Test`].
pub(crate) type TestId = u32;
/// Index of a [`Read`].
pub(crate) type ReadId = u32;

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    Const(Truth),
    Test(TestId),
    Not(NodeId),
    And(Box<[NodeId]>),
    Or(Box<[NodeId]>),
}

/// A field, and how its values are changed before they are compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Read {
    pub(crate) field: Field,
    /// From the inside out.
    pub(crate) transforms: Vec<Transform>,
    /// As the rule writes it.
    pub(crate) name: String,
}

/// Changes of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Transform {
    Lower,
    Upper,
    Base64Decoded,
    Basename,
    Length,
    Part(TimePart),
}

/// Parts of a time, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TimePart {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// One question to one field.
#[derive(Debug)]
pub(crate) struct Test {
    pub(crate) read: ReadId,
    pub(crate) ask: Ask,
    /// The rule's own words, for explanations.
    pub(crate) shown: String,
}

/// What is asked of a field.
#[derive(Debug)]
pub(crate) enum Ask {
    /// It has a value.
    Exists,
    /// It has none.
    Null,
    /// One of its values, or each of them, answers the question.
    Value { matcher: Matcher, each: bool, negated: bool },
    /// It compares with another field of the same event.
    Field { other: ReadId, by: Comparison },
}

/// Comparisons of two fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Contains,
    Starts,
    Ends,
    Number(crate::matcher::Order),
}

/// All conditions of all rules.
#[derive(Debug, Default)]
pub(crate) struct Forms {
    pub(crate) nodes: Vec<Node>,
    depths: Vec<u16>,
    by_node: HashMap<Node, NodeId>,
    pub(crate) tests: Vec<Test>,
    by_key: HashMap<(ReadId, String), TestId>,
    pub(crate) reads: Vec<Read>,
    by_read: HashMap<Read, ReadId>,
}

impl Forms {
    /// The node, new or as it was made before. Fails when there is no room, or it is nested too deep.
    pub(crate) fn node(&mut self, node: Node) -> Result<NodeId, Reason> {
        if let Some(&known) = self.by_node.get(&node) {
            return Ok(known);
        }
        let below = match &node {
            Node::Const(_) | Node::Test(_) => 0,
            Node::Not(one) => self.depths[*one as usize],
            Node::And(all) | Node::Or(all) => all.iter().map(|&one| self.depths[one as usize]).max().unwrap_or(0),
        };
        if below >= DEPTH_MAX {
            return Err(Reason::new(Kind::TooDeep, format!("more than {DEPTH_MAX} levels")));
        }
        let id = u32::try_from(self.nodes.len()).ok().filter(|_| self.nodes.len() < NODES_MAX);
        let id = id.ok_or_else(|| Reason::new(Kind::TooLarge, format!("more than {NODES_MAX} conditions")))?;
        self.nodes.push(node.clone());
        self.depths.push(below + 1);
        self.by_node.insert(node, id);
        Ok(id)
    }

    pub(crate) fn constant(&mut self, truth: Truth) -> Result<NodeId, Reason> {
        self.node(Node::Const(truth))
    }

    pub(crate) fn not(&mut self, one: NodeId) -> Result<NodeId, Reason> {
        match self.nodes[one as usize] {
            Node::Not(inner) => Ok(inner),
            Node::Const(truth) => self.constant(!truth),
            _ => self.node(Node::Not(one)),
        }
    }

    pub(crate) fn and(&mut self, all: Vec<NodeId>) -> Result<NodeId, Reason> {
        match all[..] {
            [] => self.constant(Truth::Yes),
            [one] => Ok(one),
            _ => self.node(Node::And(all.into())),
        }
    }

    pub(crate) fn or(&mut self, all: Vec<NodeId>) -> Result<NodeId, Reason> {
        match all[..] {
            [] => self.constant(Truth::No),
            [one] => Ok(one),
            _ => self.node(Node::Or(all.into())),
        }
    }

    pub(crate) fn read(&mut self, read: Read) -> ReadId {
        if let Some(&known) = self.by_read.get(&read) {
            return known;
        }
        let id = u32::try_from(self.reads.len()).unwrap_or(u32::MAX);
        self.reads.push(read.clone());
        self.by_read.insert(read, id);
        id
    }

    /// A test. `key` says all that it asks, so that it is made once; `words` say it to people.
    pub(crate) fn test(
        &mut self,
        read: Read,
        key: String,
        words: &str,
        ask: impl FnOnce(&mut Self) -> Result<Ask, Reason>,
    ) -> Result<NodeId, Reason> {
        let read = self.read(read);
        let key = (read, key);
        let id = match self.by_key.get(&key) {
            Some(&known) => known,
            None => {
                let ask = ask(self)?;
                let id = u32::try_from(self.tests.len()).unwrap_or(u32::MAX);
                let shown = format!("{} {words}", self.reads[read as usize].name);
                self.tests.push(Test { read, ask, shown: shortened(&shown) });
                self.by_key.insert(key, id);
                id
            }
        };
        self.node(Node::Test(id))
    }

    /// The tests that a condition is made of, each once, in the order of the rule.
    pub(crate) fn tests_of(&self, root: NodeId) -> Vec<TestId> {
        let (mut seen, mut out) = (vec![false; self.nodes.len()], Vec::new());
        let mut open = vec![root];
        // Bounded by the number of nodes: each is opened once.
        while let Some(id) = open.pop() {
            if std::mem::replace(&mut seen[id as usize], true) {
                continue;
            }
            match &self.nodes[id as usize] {
                Node::Const(_) => {}
                Node::Test(test) => out.push(*test),
                Node::Not(one) => open.push(*one),
                Node::And(all) | Node::Or(all) => open.extend(all.iter().rev()),
            }
        }
        out
    }
}

/// Characters of a test that explanations show.
const SHOWN_CHARS_MAX: usize = 240;

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}
