//! Small files of runtime state that hold one value: a layer's `link`, `lower`, `cache-id`, `diff` and `parent`,
//! a container's `mount-id` and `init.pid`; and the `hosts` file of a pod.
//!
//! The value alone says little; what it means is in the path, where the join looks. Each file is one record.
//!
//! Sources: moby/moby `daemon/graphdriver/overlay2`, `layer/filestore.go`; containers/storage
//! `drivers/overlay`; containerd `pkg/shim`; kubernetes `pkg/kubelet/kubelet_pods.go`.

use model::{Address, Problem, ProblemKind, StateContent, StateRecord};

use crate::{Batch, Decoder, Format, Source};

/// The format.
pub(crate) struct StateValue;

/// Longest such file: 128 layers in `lower` are 3.7 KB, the names of a pod in `hosts` a few hundred bytes.
const FILE_BYTES_MAX: usize = 32 * 1024;
/// Names of one pod that are kept.
const NAMES_MAX: usize = 64;
/// How every `hosts` file begins that a kubelet wrote.
const POD_HOSTS: &str = "# Kubernetes-managed hosts file";
/// How the copy of the node's own file begins that pods on the host's network get.
const HOST_NETWORK: &str = "# Kubernetes-managed hosts file (host network)";

impl Format for StateValue {
    fn name(&self) -> &'static str {
        "state_value"
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        if head.len() > FILE_BYTES_MAX {
            return 0;
        }
        match read(head) {
            // A number alone could be anything; no log consists of one.
            Some(StateContent::Value(text)) if text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() < 8 => 40,
            Some(_) => 85,
            None => 0,
        }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        Box::new(ValueDecoder { source, bytes: Vec::new(), size: 0 })
    }
}

struct ValueDecoder {
    source: Source,
    /// At most [`FILE_BYTES_MAX`] + 1 bytes.
    bytes: Vec<u8>,
    size: u64,
}

impl ValueDecoder {
    fn end(&mut self, out: &mut Batch) {
        let bytes = std::mem::take(&mut self.bytes);
        let length = std::mem::take(&mut self.size);
        if length == 0 {
            return;
        }
        let address = Address { source: self.source.id, offset: 0, length };
        let content = if bytes.len() > FILE_BYTES_MAX { None } else { read(&bytes) };
        if let Some(content) = content {
            out.records += 1;
            out.record_bytes += length;
            out.state.push(StateRecord::new(address, content));
        } else {
            let text = "no value of a runtime's state".to_string();
            out.problems.push(Problem { kind: ProblemKind::NotARecord, address, text });
            out.problem_bytes += length;
        }
    }
}

impl Decoder for ValueDecoder {
    fn push(&mut self, chunk: &[u8], _out: &mut Batch) {
        let room = (FILE_BYTES_MAX + 1).saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        self.size += chunk.len() as u64;
    }

    fn continue_in(&mut self, next: Source, out: &mut Batch) {
        self.end(out);
        self.source = next;
    }

    fn finish(&mut self, out: &mut Batch) {
        self.end(out);
    }
}

/// What a file says; `None` when it is none of these.
fn read(bytes: &[u8]) -> Option<StateContent> {
    let text = std::str::from_utf8(bytes).ok()?;
    if text.starts_with(POD_HOSTS) {
        return Some(StateContent::PodHosts(pod_names(text)));
    }
    let text = text.trim_ascii();
    let known = is_link(text) || is_lower(text) || is_hash(text) || is_directory(text) || is_pid(text);
    known.then(|| StateContent::Value(text.to_string()))
}

/// The names behind the pod's own address: the first of the last line that is no comment.
fn pod_names(text: &str) -> Vec<String> {
    if text.starts_with(HOST_NETWORK) {
        return Vec::new();
    }
    let text = text.split("# Entries added by HostAliases").next().unwrap_or(text);
    let entries = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    // The lines before it are the same in every pod: localhost and the names of IPv6 groups.
    let own = entries.filter(|line| {
        let address = line.split_whitespace().next().unwrap_or_default();
        !(address.starts_with("127.") || address.starts_with("fe00") || address.starts_with("ff0") || address == "::1")
    });
    own.flat_map(|line| line.split_whitespace().skip(1)).take(NAMES_MAX).map(crate::state_json::cut).collect()
}

/// A layer's short name: 26 characters of base 32.
fn is_link(text: &str) -> bool {
    text.len() == 26 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// The layers below: `l/LINK:l/LINK`.
fn is_lower(text: &str) -> bool {
    text.starts_with("l/") && text.split(':').all(|part| part.strip_prefix("l/").is_some_and(is_link))
}

fn is_hash(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(is_hex)
}

/// The name of a layer's directory.
fn is_directory(text: &str) -> bool {
    is_hex(text.strip_suffix("-init").unwrap_or(text))
}

fn is_hex(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn is_pid(text: &str) -> bool {
    (1..8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}
