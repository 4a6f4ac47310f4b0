//! How deep in its document a byte of JSON stands, and whether that is in a list of items.

use super::Lists;

/// How deep a byte stands, and whether a list of items was entered.
pub(super) struct Nesting {
    pub lists: Lists,
    pub depth: u64,
    pub in_string: bool,
    pub escaped: bool,
    /// The latest string at a depth where keys of lists stand, as far as it could be one.
    key: Vec<u8>,
    pub in_items: bool,
    /// Whether it is a list whose members are items whatever its size.
    pub in_always: bool,
}

/// Longest key that is compared.
const KEY_BYTES: usize = 16;
/// Deepest key that is compared (`hits.hits`).
const KEY_DEPTH: u64 = 2;

impl Nesting {
    pub fn new(lists: Lists) -> Self {
        let key = Vec::with_capacity(KEY_BYTES);
        Self { lists, depth: 0, in_string: false, escaped: false, key, in_items: false, in_always: false }
    }

    /// Bytes inside a string that neither end it nor escape anything.
    pub fn plain(&mut self, bytes: &[u8]) {
        if self.depth <= KEY_DEPTH {
            let room = KEY_BYTES.saturating_sub(self.key.len());
            self.key.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }

    fn enter_list(&mut self) {
        let is = |list: &(u64, &[u8])| list.0 == self.depth && list.1 == self.key;
        let always = self.lists.always.iter().any(is);
        self.in_always |= always;
        self.in_items |= always || self.lists.when_long.iter().any(is);
    }

    pub fn byte(&mut self, byte: u8) {
        if self.in_string {
            match byte {
                // A line end cannot stand in a JSON string: the string was torn off.
                b'\n' => (self.in_string, self.escaped) = (false, false),
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => self.plain(&[byte]),
            }
            return;
        }
        match byte {
            b'"' => {
                self.in_string = true;
                self.key.clear();
            }
            b'{' => self.depth += 1,
            b'[' => {
                if self.depth <= KEY_DEPTH && !self.in_items {
                    self.enter_list();
                }
                self.depth += 1;
            }
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }
}
