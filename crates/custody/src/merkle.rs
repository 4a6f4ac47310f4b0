//! The Merkle tree of RFC 6962, section 2.1: roots, inclusion proofs and consistency proofs.

use model::Sha256;
use sha2::Digest as _;

/// The hash of a leaf: `SHA-256(0x00 || data)`.
pub fn leaf_hash(data: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::new().chain_update([0]).chain_update(data).finalize().into())
}

/// The hash of an inner node: `SHA-256(0x01 || left || right)`.
pub fn node_hash(left: &Sha256, right: &Sha256) -> Sha256 {
    Sha256(sha2::Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// A growing tree that remembers only the roots of its perfect subtrees: 64 hashes at most.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    size: u64,
    /// Roots of perfect subtrees, largest first; one per set bit of `size`.
    subtrees: Vec<Sha256>,
}

impl Tree {
    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf by its hash.
    pub fn push(&mut self, leaf: Sha256) {
        let mut node = leaf;
        let mut carry = self.size;
        while carry & 1 == 1 {
            let Some(left) = self.subtrees.pop() else { unreachable!("one subtree per set bit of the size") };
            node = node_hash(&left, &node);
            carry >>= 1;
        }
        self.subtrees.push(node);
        self.size += 1;
    }

    /// The root; for the empty tree `SHA-256("")`.
    pub fn root(&self) -> Sha256 {
        let Some((last, larger)) = self.subtrees.split_last() else { return Sha256::of(b"") };
        larger.iter().rev().fold(*last, |right, left| node_hash(left, &right))
    }
}

/// The root of all `leaves` (leaf hashes).
pub fn root(leaves: &[Sha256]) -> Sha256 {
    let mut tree = Tree::default();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    tree.root()
}

/// The proof that leaf `index` is in the tree of all `leaves`: RFC 6962, 2.1.1, `PATH(m, D[n])`.
/// `None` when there is no such leaf.
pub fn inclusion_proof(index: usize, leaves: &[Sha256]) -> Option<Vec<Sha256>> {
    if index >= leaves.len() {
        return None;
    }
    let mut proof = Vec::new();
    let (mut index, mut leaves) = (index, leaves);
    while leaves.len() > 1 {
        let (left, right) = leaves.split_at(split(leaves.len()));
        if index < left.len() {
            proof.push(root(right));
            leaves = left;
        } else {
            proof.push(root(left));
            index -= left.len();
            leaves = right;
        }
    }
    proof.reverse();
    Some(proof)
}

/// Whether `proof` shows that `leaf` is leaf number `index` of the tree of `size` leaves with that
/// root. Algorithm: RFC 9162, 2.1.3.2 (the RFC 6962 proofs are the same).
pub fn verify_inclusion(index: u64, size: u64, leaf: &Sha256, proof: &[Sha256], root: &Sha256) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// The proof that the tree of the first `old_size` leaves is a prefix of the tree of all `leaves`:
/// RFC 6962, 2.1.2, `PROOF(m, D[n])`. `None` when `old_size` is 0 or larger than the tree.
pub fn consistency_proof(old_size: usize, leaves: &[Sha256]) -> Option<Vec<Sha256>> {
    if old_size == 0 || old_size > leaves.len() {
        return None;
    }
    let mut proof = Vec::new();
    let (mut old, mut leaves, mut whole) = (old_size, leaves, true);
    while old != leaves.len() {
        let (left, right) = leaves.split_at(split(leaves.len()));
        if old <= left.len() {
            proof.push(root(right));
            leaves = left;
        } else {
            proof.push(root(left));
            old -= left.len();
            leaves = right;
            whole = false;
        }
    }
    if !whole {
        proof.push(root(leaves));
    }
    proof.reverse();
    Some(proof)
}

/// Whether `proof` shows that the tree (`old_size`, `old_root`) is a prefix of (`size`, `root`).
/// Algorithm: RFC 9162, 2.1.4.2.
pub fn verify_consistency(old_size: u64, old_root: &Sha256, size: u64, root: &Sha256, proof: &[Sha256]) -> bool {
    if old_size == 0 || old_size > size {
        return false;
    }
    if old_size == size {
        return proof.is_empty() && old_root == root;
    }
    let mut rest = proof.iter();
    let first = if old_size.is_power_of_two() { Some(old_root) } else { rest.next() };
    let Some(first) = first else { return false };
    let (mut node, mut last) = (old_size - 1, size - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut hash) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && hash == *root
}

/// The largest power of two below `size`, which is at least 2.
fn split(size: usize) -> usize {
    1 << (usize::BITS - 1 - (size - 1).leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Leaves and roots of the reference implementation of Certificate Transparency.
    const LEAVES: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    /// Larger than 64, so that every shape of a tree of up to seven levels occurs.
    const SIZE_MAX: usize = 70;

    fn reference() -> Vec<Sha256> {
        LEAVES.iter().map(|data| leaf_hash(data)).collect()
    }

    fn leaves(size: usize) -> Vec<Sha256> {
        (0..size).map(|n| leaf_hash(format!("leaf {n}").as_bytes())).collect()
    }

    fn hex(texts: &[&str]) -> Vec<Sha256> {
        texts.iter().map(|text| Sha256::from_hex(text).unwrap()).collect()
    }

    /// The definition of RFC 6962, 2.1, word by word.
    fn tree_hash(data: &[Sha256]) -> Sha256 {
        match data {
            [] => Sha256::of(b""),
            [leaf] => *leaf,
            _ => {
                let mut k = 1;
                while k * 2 < data.len() {
                    k *= 2;
                }
                node_hash(&tree_hash(&data[..k]), &tree_hash(&data[k..]))
            }
        }
    }

    #[test]
    fn roots_equal_the_reference_vectors() {
        for (size, expected) in ROOTS.iter().enumerate() {
            assert_eq!(root(&reference()[..size]).to_string(), *expected, "{size} leaves");
        }
    }

    #[test]
    fn proofs_equal_the_reference_vectors() {
        let inclusion = hex(&[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ]);
        assert_eq!(inclusion_proof(0, &reference()), Some(inclusion.clone()));
        assert_eq!(consistency_proof(1, &reference()), Some(inclusion));
        let inclusion = hex(&[
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]);
        assert_eq!(inclusion_proof(5, &reference()), Some(inclusion));
        let consistency = hex(&[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]);
        assert_eq!(consistency_proof(6, &reference()), Some(consistency));
        let consistency = hex(&[
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ]);
        assert_eq!(consistency_proof(2, &reference()[..5]), Some(consistency));
    }

    #[test]
    fn roots_follow_the_definition_at_every_size() {
        for size in 0..=SIZE_MAX {
            assert_eq!(root(&leaves(size)), tree_hash(&leaves(size)), "{size} leaves");
        }
    }

    #[test]
    fn every_inclusion_proof_holds_for_its_leaf_and_place_alone() {
        for size in 1..=SIZE_MAX {
            let leaves = leaves(size);
            let root = root(&leaves);
            for index in 0..size {
                let proof = inclusion_proof(index, &leaves).unwrap();
                let holds = |index: usize, size: usize, leaf: &Sha256, proof: &[Sha256]| {
                    verify_inclusion(index as u64, size as u64, leaf, proof, &root)
                };
                assert!(holds(index, size, &leaves[index], &proof), "leaf {index} of {size}");
                assert!(!holds(index, size, &leaf_hash(b"other"), &proof));
                assert!(!holds(index + 1, size, &leaves[index], &proof));
                assert!(!holds(index, size, &leaves[index], &[&proof[..], &[root]].concat()));
                for wrong in 0..proof.len() {
                    let mut altered = proof.clone();
                    altered[wrong].0[0] ^= 1;
                    assert!(!holds(index, size, &leaves[index], &altered));
                    altered.remove(wrong);
                    assert!(!holds(index, size, &leaves[index], &altered));
                }
            }
        }
        assert_eq!(inclusion_proof(3, &leaves(3)), None);
        assert!(!verify_inclusion(0, 0, &leaf_hash(b""), &[], &root(&[])));
    }

    #[test]
    fn every_consistency_proof_holds_for_its_two_trees_alone() {
        for size in 1..=SIZE_MAX {
            let leaves = leaves(size);
            let new_root = root(&leaves);
            for old in 1..=size {
                let old_root = root(&leaves[..old]);
                let proof = consistency_proof(old, &leaves).unwrap();
                let holds = |old_root: &Sha256, proof: &[Sha256]| {
                    verify_consistency(old as u64, old_root, size as u64, &new_root, proof)
                };
                assert!(holds(&old_root, &proof), "{old} in {size}");
                assert!(!holds(&leaf_hash(b"other"), &proof), "{old} in {size}");
                assert!(!holds(&old_root, &[&proof[..], &[new_root]].concat()));
                for wrong in 0..proof.len() {
                    let mut altered = proof.clone();
                    altered[wrong].0[31] ^= 0x80;
                    assert!(!holds(&old_root, &altered), "{old} in {size}, hash {wrong}");
                    altered.remove(wrong);
                    assert!(!holds(&old_root, &altered), "{old} in {size}, without {wrong}");
                }
            }
        }
        assert_eq!(consistency_proof(0, &leaves(3)), None);
        assert_eq!(consistency_proof(4, &leaves(3)), None);
    }
}
