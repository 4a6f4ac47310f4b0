//! Where host directories appear inside containers, as far as no record says so outright.

use std::collections::BTreeSet;

use model::{Bytes, Device};

use crate::{
    containers::{Bind, Container},
    knowledge::{Knowledge, below},
};

/// A name used inside a container, and the inode it named.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) container: usize,
    pub(crate) name: Bytes,
    pub(crate) id: (Device, u64),
    pub(crate) directory: bool,
}

/// A directory name used by a process of which no record shows whether it is the host's.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) id: (Device, u64),
    pub(crate) path: Bytes,
}

/// Decides which claims are the host's own names, and learns those.
///
/// A device that was mounted into a container lies, on the host, where the mount's source lies. A
/// name of that device in another top directory is how somebody inside a container names it; it
/// becomes a sample of where the mount point may be.
pub(crate) fn settle_claims(
    claims: Vec<Claim>,
    host: &str,
    containers: &[Container],
    knowledge: &mut Knowledge,
    samples: &mut Vec<Sample>,
) {
    let root = knowledge.host_root.map(|(device, _)| device);
    let on_host = || containers.iter().enumerate().filter(|(_, container)| container.host == host);
    for claim in claims {
        let device = claim.id.0;
        let mut sources = on_host().flat_map(|(index, container)| {
            container.binds.iter().filter(|bind| bind.device() == Some(device)).map(move |bind| (index, bind))
        });
        let strange = root != Some(device)
            && sources.clone().next().is_some()
            && sources.all(|(_, bind)| match (&bind.source, &bind.target) {
                (Some(source), _) => top(source) != top(&claim.path),
                // Where the device lies on the host is not known; where it lies in the container is.
                (None, Some(target)) => top(&claim.path).is_none() || claim.path.is_within(target.as_bytes()),
                (None, None) => true,
            });
        if !strange {
            knowledge.learn_directory(claim.id, &claim.path);
            continue;
        }
        for (container, of) in on_host() {
            if of.binds.iter().any(|bind| bind.device() == Some(device)) {
                samples.push(Sample { container, name: claim.path.clone(), id: claim.id, directory: true });
            }
        }
    }
}

fn top(path: &Bytes) -> Option<&[u8]> {
    path.as_bytes().split(|&byte| byte == b'/').find(|part| !part.is_empty())
}

/// A directory inside the container whose host path is known shows where its mount point lies.
pub(crate) fn learn_mount_point(container: &mut Container, sample: &Sample, knowledge: &mut Knowledge) {
    learn_file_system_root(container, sample, knowledge);
    let of_device = container.binds.iter().any(|bind| bind.device() == Some(sample.id.0));
    for bind in container.binds.iter_mut().filter(|bind| bind.target.is_none()) {
        if bind.source_id == Some(sample.id) {
            bind.target = Some(sample.name.clone());
        } else if sample.directory && bind.device() == Some(sample.id.0) {
            let (Some(on_host), Some(source)) = (knowledge.directory(sample.id), &bind.source) else { continue };
            bind.target = below(on_host, source.as_bytes()).and_then(|rest| strip_tail(&sample.name, rest));
        } else if sample.directory && !of_device {
            // A further file system below the source came along with it. Only a name that ends like the
            // host's path says so; the bind's own directory would prove nothing.
            let (Some(on_host), Some(source)) = (knowledge.directory(sample.id), &bind.source) else { continue };
            let rest = below(on_host, source.as_bytes()).filter(|rest| !rest.is_empty());
            bind.target = rest.and_then(|rest| strip_tail(&sample.name, rest));
        }
    }
}

/// The other way round: the mount point of a whole device is known, and a directory below it gives
/// away where the host has mounted the device.
fn learn_file_system_root(container: &Container, sample: &Sample, knowledge: &mut Knowledge) {
    for bind in container.binds.iter().filter(|bind| bind.whole_device == Some(sample.id.0)) {
        let (Some(target), Some(device)) = (&bind.target, bind.whole_device) else { continue };
        let (Some(rest), Some(on_host)) = (below(&sample.name, target.as_bytes()), knowledge.directory(sample.id))
        else {
            continue;
        };
        if let Some(root) = strip_tail(on_host, rest) {
            knowledge.learn_file_system(device, &root);
        }
    }
}

/// `path` without `tail` at its end; the root directory when nothing is left.
fn strip_tail(path: &Bytes, tail: &[u8]) -> Option<Bytes> {
    if tail.is_empty() {
        return Some(path.clone());
    }
    let head = path.as_bytes().strip_suffix(tail)?.strip_suffix(b"/")?;
    Some(if head.is_empty() { Bytes::from("/") } else { Bytes::from(head) })
}

/// Takes mount points from the arguments of clients and sources from what the host has mounted.
pub(crate) fn complete_binds(container: &mut Container, index: usize, samples: &[Sample], knowledge: &Knowledge) {
    for bind in container.binds.iter_mut().filter(|bind| bind.target.is_none()) {
        bind.target = bind.source.as_ref().and_then(|source| asked_target(source, index, samples, knowledge));
    }
    for bind in &mut container.binds {
        if bind.source.is_none() {
            bind.source = bind.whole_device.and_then(|device| knowledge.file_system(device)).cloned();
        }
        bind.ambiguous = match (bind.device(), &bind.target) {
            (Some(device), Some(target)) => knowledge.lies_below(device, target),
            _ => true,
        };
    }
}

/// Where clients asked for the source to appear. When they asked for several places, in several
/// containers, the one that this container uses names below.
fn asked_target(source: &Bytes, index: usize, samples: &[Sample], knowledge: &Knowledge) -> Option<Bytes> {
    let asked = knowledge.client_binds.iter().filter(|(of, _)| of == source);
    let targets: BTreeSet<&Bytes> = asked.map(|(_, target)| target).collect();
    let used = |target: &Bytes| {
        samples.iter().any(|sample| sample.container == index && sample.name.is_within(target.as_bytes()))
    };
    let mut fitting = targets.iter().filter(|target| targets.len() == 1 || used(target));
    let first = fitting.next()?;
    fitting.next().is_none().then(|| (**first).clone())
}

/// A directory on a bind's device that is named outside every mount point of that device was named by
/// a process that changed its root. What its host path has before the name is that root. Where
/// directories disagree, or a mount point is not known for sure, there is no answer.
pub(crate) fn learn_changed_roots(host: &str, containers: &mut [Container], samples: &[Sample], knowledge: &Knowledge) {
    let mut disagreed = BTreeSet::new();
    for sample in samples.iter().filter(|sample| sample.directory) {
        let (device, Some(container)) = (sample.id.0, containers.get_mut(sample.container)) else { continue };
        if container.host != host {
            continue;
        }
        let mut of_device = container.binds.iter().filter(|bind| bind.device() == Some(device)).peekable();
        let outside = of_device.peek().is_some()
            && of_device.all(|bind| {
                let target = bind.target.as_ref().filter(|_| !bind.guessed);
                target.is_some_and(|target| !sample.name.is_within(target.as_bytes()))
            });
        if !outside || disagreed.contains(&(sample.container, device)) {
            continue;
        }
        let Some(on_host) = knowledge.directory(sample.id) else { continue };
        let Some(root) = below(&sample.name, b"/").and_then(|rest| strip_tail(on_host, rest)) else { continue };
        if container.changed_roots.get(&device).is_some_and(|known| *known != root) {
            container.changed_roots.remove(&device);
            disagreed.insert((sample.container, device));
        } else {
            container.changed_roots.insert(device, root);
        }
    }
}

/// The last resort: the longest directory that all names on the bind's device share.
pub(crate) fn guess_mount_points(container: &mut Container, index: usize, samples: &[Sample]) {
    let open: Vec<Device> = container
        .binds
        .iter()
        .filter(|bind| bind.target.is_none())
        .filter_map(Bind::device)
        .filter(|&device| container.root.is_none_or(|(root, _)| root != device))
        .collect();
    let unique: BTreeSet<Device> = open.iter().copied().collect();
    for device in unique {
        if open.iter().filter(|&&other| other == device).count() > 1 {
            continue;
        }
        let elsewhere = |name: &Bytes| {
            let others = container.binds.iter().filter(|bind| bind.device() == Some(device));
            others.filter_map(|bind| bind.target.as_ref()).any(|target| name.is_within(target.as_bytes()))
        };
        let of_device = samples.iter().filter(|sample| sample.container == index && sample.id.0 == device);
        let Some(shared) = shared_directory(of_device.filter(|sample| !elsewhere(&sample.name))) else { continue };
        let mut unplaced = container.binds.iter_mut().filter(|bind| bind.target.is_none());
        if let Some(bind) = unplaced.find(|bind| bind.device() == Some(device)) {
            bind.target = Some(shared);
            bind.guessed = true;
        }
    }
}

fn shared_directory<'a>(samples: impl Iterator<Item = &'a Sample>) -> Option<Bytes> {
    let mut shared: Option<Vec<Vec<u8>>> = None;
    for sample in samples {
        let parts = sample.name.as_bytes().split(|&byte| byte == b'/').filter(|part| !part.is_empty());
        let mut parts: Vec<Vec<u8>> = parts.map(<[u8]>::to_vec).collect();
        if !sample.directory {
            parts.pop();
        }
        shared = Some(match shared {
            None => parts,
            Some(before) => before.into_iter().zip(parts).take_while(|(a, b)| a == b).map(|(a, _)| a).collect(),
        });
    }
    // Mount points lie near the top; a deeper shared directory more likely belongs to the data.
    let first = shared?.into_iter().next()?;
    let mut path = vec![b'/'];
    path.extend(first);
    Some(Bytes(path))
}

/// Falco's `container.mounts`: `source:target:mode:rw:propagation`, separated by spaces.
pub(crate) fn reported_mounts(text: &str) -> Vec<Bind> {
    let parts = text.split_whitespace().filter_map(|mount| {
        let mut fields = mount.split(':');
        let (source, target) = (fields.next()?, fields.next()?);
        (source.starts_with('/') && target.starts_with('/')).then(|| Bind {
            source: Some(Bytes::from(source)),
            target: Some(Bytes::from(target)),
            ..Bind::default()
        })
    });
    parts.collect()
}
