//! Writes small repositories by hand: what no honest backup program would store, and key files that
//! take no time to open. Source: restic design document.

use std::{fs, path::Path};

use aes256ctr_poly1305aes::{Aes256CtrPoly1305Aes, Key, Nonce, aead::AeadInPlace as _};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::{Sha256, Timestamp};
use serde_json::{Value, json};

/// The master key of every hand-made repository: fixed, so that repositories are equal byte for byte.
const MASTER: [u8; 64] = [7; 64];

pub struct Writer {
    root: std::path::PathBuf,
    compress: bool,
    nonce: u8,
    pack: Vec<u8>,
    blobs: Vec<Value>,
}

fn seal(key: &[u8; 64], nonce: u8, text: &[u8]) -> Vec<u8> {
    let nonce = [nonce.max(1); 16];
    let mut out = text.to_vec();
    let tag = Aes256CtrPoly1305Aes::new(Key::from_slice(key))
        .encrypt_in_place_detached(Nonce::from_slice(&nonce), b"", &mut out)
        .unwrap();
    [&nonce[..], &out, &tag].concat()
}

impl Writer {
    /// A repository with one key, whose password is `correct horse`.
    pub fn new(root: &Path, version: u8) -> Self {
        for folder in ["keys", "locks", "snapshots", "index", "data"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        let mut derived = [0; 64];
        let salt = [3; 64];
        let parameters = scrypt::Params::new(1, 1, 1).unwrap();
        scrypt::scrypt(b"correct horse", &salt, &parameters, &mut derived).unwrap();
        let master = json!({
            "mac": {"k": STANDARD.encode(&MASTER[32..48]), "r": STANDARD.encode(&MASTER[48..])},
            "encrypt": STANDARD.encode(&MASTER[..32]),
        });
        let key = json!({
            "created": "2026-01-01T00:00:00Z", "username": "root", "hostname": "web-01", "kdf": "scrypt",
            "N": 2, "r": 1, "p": 1, "salt": STANDARD.encode(salt),
            "data": STANDARD.encode(seal(&derived, 1, master.to_string().as_bytes())),
        });
        let mut writer =
            Self { root: root.to_path_buf(), compress: version == 2, nonce: 1, pack: Vec::new(), blobs: Vec::new() };
        let key = key.to_string();
        writer.put("keys", key.as_bytes());
        let config = json!({"version": version, "id": Sha256::of(b"hand-made").to_string(), "chunker_polynomial": "25b468838dcb75"});
        let sealed = writer.sealed_file(&config);
        fs::write(root.join("config"), sealed).unwrap();
        writer
    }

    fn seal(&mut self, text: &[u8]) -> Vec<u8> {
        self.nonce = self.nonce.wrapping_add(1);
        seal(&MASTER, self.nonce, text)
    }

    fn sealed_file(&mut self, value: &Value) -> Vec<u8> {
        self.seal(value.to_string().as_bytes())
    }

    fn put(&mut self, folder: &str, bytes: &[u8]) -> Sha256 {
        let id = Sha256::of(bytes);
        fs::write(self.root.join(folder).join(id.to_string()), bytes).unwrap();
        id
    }

    /// A data or tree blob in the current pack; `id` overrides its true name.
    pub fn blob(&mut self, kind: &str, bytes: &[u8], id: Option<Sha256>) -> Sha256 {
        let id = id.unwrap_or_else(|| Sha256::of(bytes));
        let text = if self.compress { zstd::encode_all(bytes, 1).unwrap() } else { bytes.to_vec() };
        let sealed = self.seal(&text);
        let mut entry = json!({"id": id.to_string(), "type": kind, "offset": self.pack.len(), "length": sealed.len()});
        if self.compress {
            entry["uncompressed_length"] = json!(bytes.len());
        }
        self.pack.extend_from_slice(&sealed);
        self.blobs.push(entry);
        id
    }

    /// A file entry; its content becomes one blob per piece.
    pub fn file(&mut self, name: &str, pieces: &[&[u8]]) -> Value {
        let content: Vec<String> = pieces.iter().map(|piece| self.blob("data", piece, None).to_string()).collect();
        let size: usize = pieces.iter().map(|piece| piece.len()).sum();
        json!({"name": name, "type": "file", "mode": 0o644, "mtime": "2026-01-01T00:00:00Z", "uid": 0, "gid": 0,
               "inode": 11, "device_id": 64_769, "links": 1, "size": size, "content": content})
    }

    pub fn directory(&mut self, name: &str, entries: &[Value]) -> Value {
        let tree = self.tree(entries);
        json!({"name": name, "type": "dir", "mode": 0o755 | 1_u32 << 31, "mtime": "2026-01-01T00:00:00Z", "uid": 0, "gid": 0,
               "inode": 10, "device_id": 64_769, "subtree": tree.to_string()})
    }

    pub fn tree(&mut self, entries: &[Value]) -> Sha256 {
        let text = format!("{}\n", json!({"nodes": entries}));
        self.blob("tree", text.as_bytes(), None)
    }

    /// Kind, length, perhaps raw length, and id of each blob.
    fn header(&self) -> Vec<u8> {
        let mut header = Vec::new();
        for blob in &self.blobs {
            let number = |name: &str| u32::try_from(blob[name].as_u64().unwrap()).unwrap().to_le_bytes();
            header.push(u8::from(blob["type"] == "tree") | u8::from(self.compress) << 1);
            header.extend_from_slice(&number("length"));
            if self.compress {
                header.extend_from_slice(&number("uncompressed_length"));
            }
            header.extend_from_slice(&Sha256::from_hex(blob["id"].as_str().unwrap()).unwrap().0);
        }
        header
    }

    /// Writes the current pack with an index of its own.
    pub fn flush(&mut self) {
        let header = self.header();
        let header = self.seal(&header);
        let mut pack = std::mem::take(&mut self.pack);
        pack.extend_from_slice(&header);
        pack.extend_from_slice(&u32::try_from(header.len()).unwrap().to_le_bytes());
        let id = Sha256::of(&pack).to_string();
        fs::create_dir_all(self.root.join("data").join(&id[..2])).unwrap();
        fs::write(self.root.join("data").join(&id[..2]).join(&id), pack).unwrap();
        let blobs = std::mem::take(&mut self.blobs);
        let sealed = self.sealed_file(&json!({"packs": [{"id": id, "blobs": blobs}]}));
        self.put("index", &sealed);
    }

    /// A snapshot file with that storage time; `more` is merged into it.
    pub fn snapshot(
        &mut self,
        tree: Sha256,
        roots: &[&str],
        declared: Timestamp,
        stored: Timestamp,
        more: Value,
    ) -> String {
        self.flush();
        let mut file = json!({"time": declared.to_string(), "tree": tree.to_string(), "paths": roots, "hostname": "web-01", "username": "root"});
        if let (Some(file), Value::Object(more)) = (file.as_object_mut(), more) {
            file.extend(more);
        }
        let sealed = self.sealed_file(&file);
        let id = self.put("snapshots", &sealed);
        super::set_time(&self.root.join("snapshots").join(id.to_string()), stored);
        id.to_string()
    }
}
