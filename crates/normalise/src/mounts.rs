//! Where host directories appear inside containers, as far as no record says so outright.

use std::collections::{BTreeMap, BTreeSet};

use model::{Bytes, Device};

use crate::{
    containers::{Bind, Container},
    knowledge::{Knowledge, Paths, below, join},
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
///
/// `own` are the places of the host's containers, `samples` those of the host.
pub(crate) fn settle_claims(
    claims: Vec<Claim>,
    own: &[usize],
    containers: &[Container],
    knowledge: &mut Knowledge,
    samples: &mut Vec<Sample>,
) {
    let root = knowledge.host_root.map(|(device, _)| device);
    let mounted = Mounted::by_device(own, containers);
    let room = samples.len() + CLAIMED_SAMPLES_MAX;
    for claim in claims {
        let strange = mounted
            .get(&claim.id.0)
            .filter(|mounted| root != Some(claim.id.0) && mounted.is_named_otherwise(&claim.path));
        let Some(mounted) = strange else {
            knowledge.learn_directory(claim.id, &claim.path);
            continue;
        };
        for &container in &mounted.containers {
            if samples.len() >= room {
                knowledge.forgotten += 1;
                break;
            }
            samples.push(Sample { container, name: claim.path.clone(), id: claim.id, directory: true });
        }
    }
}

/// Samples of one host that claims become; each is one of every container that its device is mounted into.
const CLAIMED_SAMPLES_MAX: usize = 250_000;

/// How a device was mounted into the containers of a host.
#[derive(Default)]
struct Mounted<'c> {
    /// Those containers.
    containers: Vec<usize>,
    /// Top directories of the sources on the host.
    tops: BTreeSet<Option<&'c [u8]>>,
    /// Mount points in containers, where the source is not known.
    targets: BTreeSet<&'c Bytes>,
}

impl<'c> Mounted<'c> {
    fn by_device(own: &[usize], containers: &'c [Container]) -> BTreeMap<Device, Self> {
        let mut all: BTreeMap<Device, Self> = BTreeMap::new();
        for &index in own {
            // What was mounted inside has a name of its own there, which says nothing of the host's names.
            for bind in containers[index].binds.iter().filter(|bind| bind.inside.is_none()) {
                let Some(device) = bind.device() else { continue };
                let mounted = all.entry(device).or_default();
                if mounted.containers.last() != Some(&index) {
                    mounted.containers.push(index);
                }
                match (&bind.source, &bind.target) {
                    (Some(source), _) => {
                        mounted.tops.insert(top(source));
                    }
                    // Where the device lies on the host is not known; where it lies in the container is.
                    (None, Some(target)) => {
                        mounted.targets.insert(target);
                    }
                    (None, None) => {}
                }
            }
        }
        all
    }

    /// Whether no mount explains that the host itself would use this name.
    fn is_named_otherwise(&self, path: &Bytes) -> bool {
        let top = top(path);
        // Of many mount points all must lie above the path, which has few directories.
        !self.tops.contains(&top)
            && (top.is_none() || self.targets.iter().all(|target| path.is_within(target.as_bytes())))
    }
}

/// Containers and samples of each host.
pub(crate) struct ByHost(BTreeMap<String, OfHost>);

impl ByHost {
    pub(crate) fn of(containers: &[Container], samples: Vec<Sample>) -> Self {
        let mut all: BTreeMap<String, OfHost> = BTreeMap::new();
        for (index, container) in containers.iter().enumerate() {
            all.entry(container.host.clone()).or_default().containers.push(index);
        }
        for sample in samples {
            if let Some(own) = all.get_mut(&containers[sample.container].host) {
                own.samples.push(sample);
            }
        }
        Self(all)
    }

    /// Those of that host; nothing is left of them.
    pub(crate) fn take(&mut self, host: &str) -> OfHost {
        self.0.remove(host).unwrap_or_default()
    }
}

/// Those of one.
#[derive(Default)]
pub(crate) struct OfHost {
    /// Places of its containers, in their order.
    pub(crate) containers: Vec<usize>,
    pub(crate) samples: Vec<Sample>,
}

impl OfHost {
    /// The samples of each container, in their order.
    pub(crate) fn by_container(&self) -> BTreeMap<usize, Vec<&Sample>> {
        let mut found: BTreeMap<usize, Vec<&Sample>> = BTreeMap::new();
        self.samples.iter().for_each(|sample| found.entry(sample.container).or_default().push(sample));
        found
    }
}

fn top(path: &Bytes) -> Option<&[u8]> {
    path.as_bytes().split(|&byte| byte == b'/').find(|part| !part.is_empty())
}

/// A directory or file inside the container whose host path is known shows where its mount point lies.
pub(crate) fn learn_mount_point(container: &mut Container, sample: &Sample, knowledge: &mut Knowledge) {
    learn_file_system_root(container, sample, knowledge);
    let of_device = container.binds.iter().any(|bind| bind.device() == Some(sample.id.0));
    for bind in container.binds.iter_mut().filter(|bind| bind.target.is_none()) {
        if bind.source_id == Some(sample.id) {
            bind.target = Some(sample.name.clone());
        } else if bind.device() == Some(sample.id.0) {
            // A file too, when all of its name below the source is the same.
            let on_host = if sample.directory { knowledge.directory(sample.id) } else { knowledge.file(sample.id) };
            let (Some(on_host), Some(source)) = (on_host, &bind.source) else { continue };
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
pub(crate) fn complete_binds(container: &mut Container, samples: &[&Sample], knowledge: &Knowledge, paths: &Paths<'_>) {
    for bind in container.binds.iter_mut().filter(|bind| bind.target.is_none()) {
        bind.target = bind.source.as_ref().and_then(|source| asked_target(source, samples, knowledge));
    }
    complete_inner_binds(&mut container.binds, samples, knowledge);
    for bind in &mut container.binds {
        if bind.source.is_none() {
            bind.source = bind.whole_device.and_then(|device| knowledge.file_system(device)).cloned();
        }
        bind.ambiguous = match (bind.device(), &bind.target) {
            (Some(device), Some(target)) => paths.lies_below(device, target),
            _ => true,
        };
    }
}

/// What was mounted inside, in the order of the mounts: by the inode of its source, else by a directory below it of which
/// the host's name is known, else by the name of its source below what was mounted before.
fn complete_inner_binds(binds: &mut [Bind], samples: &[&Sample], knowledge: &Knowledge) {
    for at in 0..binds.len() {
        let (before, [bind, ..]) = binds.split_at_mut(at) else { return };
        let (None, Some(inside), Some(id)) = (&bind.source, &bind.inside, bind.source_id) else { continue };
        let of_device = before.iter().filter(|other| other.device() == Some(id.0) && !other.guessed);
        let leads = of_device.filter_map(|other| {
            let (target, source) = (other.target.as_ref()?, other.source.as_ref()?);
            let rest = below(inside, target.as_bytes())?;
            Some((
                target.as_bytes().len(),
                if rest.is_empty() { source.clone() } else { join(source.as_bytes(), rest) },
            ))
        });
        let by_name = leads.max_by_key(|(length, _)| *length).map(|(_, source)| source);
        let target = bind.target.as_ref();
        let mut below_it = samples.iter().filter(|sample| sample.directory && sample.id.0 == id.0);
        let by_sample = below_it.find_map(|sample| {
            let rest = below(&sample.name, target?.as_bytes())?;
            strip_tail(knowledge.directory(sample.id)?, rest)
        });
        bind.source = knowledge.directory(id).cloned().or(by_sample).or(by_name);
    }
}

/// Where clients asked for the source to appear. When they asked for several places, in several
/// containers, the one that this container uses names below.
fn asked_target(source: &Bytes, samples: &[&Sample], knowledge: &Knowledge) -> Option<Bytes> {
    let from = (source.clone(), Bytes::default());
    let asked = knowledge.client_binds.range(from..).take_while(|(of, _)| of == source);
    let targets: BTreeSet<&Bytes> = asked.map(|(_, target)| target).collect();
    let used = |target: &Bytes| samples.iter().any(|sample| sample.name.is_within(target.as_bytes()));
    let mut fitting = targets.iter().filter(|target| targets.len() == 1 || used(target));
    let first = fitting.next()?;
    fitting.next().is_none().then(|| (**first).clone())
}

/// A directory on a bind's device that is named outside every mount point of that device was named by
/// a process that changed its root. What its host path has before the name is that root. The same holds of a disk that
/// no bind leads to, and which a process reached through another's root. Where directories disagree, or a mount point is
/// not known for sure, there is no answer.
pub(crate) fn learn_changed_roots(containers: &mut [Container], samples: &[Sample], knowledge: &Knowledge) {
    let mut disagreed = BTreeSet::new();
    for sample in samples.iter().filter(|sample| sample.directory) {
        let (device, Some(container)) = (sample.id.0, containers.get_mut(sample.container)) else { continue };
        let mut of_device = container.binds.iter().filter(|bind| bind.device() == Some(device)).peekable();
        let reached = of_device.peek().is_some() || container.is_foreign(device);
        let outside = reached
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
pub(crate) fn guess_mount_points(container: &mut Container, samples: &[&Sample]) {
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
        let of_device = samples.iter().copied().filter(|sample| sample.id.0 == device);
        let Some(shared) = shared_directory(of_device.filter(|sample| !elsewhere(&sample.name))) else { continue };
        let mut unplaced = container.binds.iter_mut().filter(|bind| bind.target.is_none());
        if let Some(bind) = unplaced.find(|bind| bind.device() == Some(device)) {
            bind.target = Some(shared);
            bind.guessed = true;
        }
    }
}

fn shared_directory<'a>(samples: impl Iterator<Item = &'a Sample>) -> Option<Bytes> {
    let mut shared: Option<Vec<&[u8]>> = None;
    let mut children = BTreeSet::new();
    for sample in samples {
        let parts = sample.name.as_bytes().split(|&byte| byte == b'/').filter(|part| !part.is_empty());
        let mut parts: Vec<&[u8]> = parts.collect();
        if !sample.directory {
            parts.pop();
        }
        let common =
            shared.as_ref().map_or(parts.len(), |before| before.iter().zip(&parts).take_while(|(a, b)| a == b).count());
        if shared.as_ref().is_none_or(|before| common < before.len()) {
            // What stood below the longer directory is one child of the shorter.
            children = shared.iter().filter_map(|before| top_of(before.get(common))).collect();
            shared = Some(parts[..common].to_vec());
        }
        children.extend(top_of(parts.get(common)));
    }
    let shared = shared?;
    // A directory that has several of a root's directories is one. Else mount points lie near the top; a deeper shared
    // directory more likely belongs to the data.
    let is_root = children.len() > 1;
    let parts = if is_root { &shared[..] } else { shared.get(..1)? };
    let mut path = Vec::new();
    for part in parts {
        path.push(b'/');
        path.extend_from_slice(part);
    }
    (!path.is_empty()).then_some(Bytes(path))
}

fn top_of<'a>(part: Option<&&'a [u8]>) -> Option<&'a [u8]> {
    part.copied().filter(|part| TOPS.contains(part))
}

/// Directories of a root. Source: Filesystem Hierarchy Standard 3.0.
const TOPS: [&[u8]; 12] =
    [b"etc", b"usr", b"var", b"home", b"root", b"opt", b"srv", b"boot", b"bin", b"lib", b"tmp", b"run"];

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

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Action, Event, EventId, Timestamp};
    use proptest::prelude::*;

    fn device(minor: u32) -> Device {
        Device { major: 8, minor }
    }

    fn container(host: &str, binds: Vec<Bind>) -> Container {
        let id = EventId { source: [0; 8], offset: 0, part: 0 };
        let mut event = Event::draft(id, Timestamp(0), "auditd", Action::Other);
        event.host = Some(host.to_string());
        Container { binds, ..Container::seen(&event, 0, 99) }
    }

    /// What the claims of host `h` become by going through all containers for each: directories of the host, samples.
    fn by_going_through_all(claims: &[Claim], containers: &[Container]) -> (Vec<Bytes>, Vec<(usize, Bytes)>) {
        let (mut learnt, mut samples) = (Vec::new(), Vec::new());
        for claim in claims {
            let of = Some(claim.id.0);
            let own = || containers.iter().enumerate().filter(|(_, container)| container.host == "h");
            let binds = || own().flat_map(|(_, container)| &container.binds).filter(|bind| bind.device() == of);
            let is_strange = binds().next().is_some()
                && binds().all(|bind| match (&bind.source, &bind.target) {
                    (Some(source), _) => top(source) != top(&claim.path),
                    (None, Some(target)) => top(&claim.path).is_none() || claim.path.is_within(target.as_bytes()),
                    (None, None) => true,
                });
            if is_strange {
                let with = own().filter(|(_, container)| container.binds.iter().any(|bind| bind.device() == of));
                samples.extend(with.map(|(index, _)| (index, claim.path.clone())));
            } else {
                learnt.push(claim.path.clone());
            }
        }
        (learnt, samples)
    }

    fn path() -> impl Strategy<Value = Bytes> {
        "(/(a|b|ab)){1,3}|/".prop_map(|text: String| Bytes::from(text.as_str()))
    }

    proptest! {
        #[test]
        fn claims_are_settled_as_by_going_through_all_containers(
            mounts in prop::collection::vec((0_usize..6, 0_u32..3, prop::option::of(path()), prop::option::of(path())), 0..12),
            names in prop::collection::vec((0_u32..4, path()), 0..12),
        ) {
            let mut binds: Vec<Vec<Bind>> = vec![Vec::new(); 6];
            for (of, minor, source, target) in mounts {
                binds[of].push(Bind { source, target, whole_device: Some(device(minor)), ..Bind::default() });
            }
            let of_host = |at: usize| if at == 2 { "other" } else { "h" };
            let all: Vec<Container> =
                binds.into_iter().enumerate().map(|(at, binds)| container(of_host(at), binds)).collect();
            let claims = || -> Vec<Claim> {
                let claims = names.iter().enumerate();
                claims.map(|(inode, (minor, path))| Claim { id: (device(*minor), inode as u64), path: path.clone() }).collect()
            };
            let (learnt, expected) = by_going_through_all(&claims(), &all);
            let mut knowledge = Knowledge::default();
            knowledge.room = (usize::MAX, usize::MAX);
            let mut own = ByHost::of(&all, Vec::new()).take("h");
            settle_claims(claims(), &own.containers, &all, &mut knowledge, &mut own.samples);
            let samples: Vec<(usize, Bytes)> =
                own.samples.into_iter().map(|sample| (sample.container, sample.name)).collect();
            prop_assert_eq!(samples, expected);
            let known = claims().iter().filter(|claim| knowledge.directory(claim.id).is_some()).count();
            prop_assert_eq!(known, learnt.len());
        }
    }
}
