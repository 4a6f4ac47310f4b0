//! Normalised facts.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{Address, Bytes, Confidence, Facts, SourceId, Timestamp};

/// Identity of an event: where its first record stands.
///
/// Made of the evidence alone, so reading the same evidence twice changes nothing. The text form
/// is `SSSSSSSSSSSSSSSS:OFFSET.PART`: the first 16 hexadecimal digits of the source hash, the
/// offset of the first record in decimal, and a counter for several events of one record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    /// The first eight bytes of the [`SourceId`].
    pub source: [u8; 8],
    /// Offset of the event's first record in the decoded source.
    pub offset: u64,
    /// 0 for the first event of that record, 1 for the second, and so on.
    pub part: u16,
}

impl EventId {
    /// The identity of the `part`-th event whose first record stands at `offset` of `source`.
    pub fn new(source: SourceId, offset: u64, part: u16) -> Self {
        let mut prefix = [0; 8];
        prefix.copy_from_slice(&source.0[..8]);
        Self { source: prefix, offset, part }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::hash::with_digits::<8, 16, _>(&self.source, |digits| f.write_str(digits))?;
        write!(f, ":{}.{}", self.offset, self.part)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for EventId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "expected an event id of the shape 0123456789abcdef:OFFSET.PART";
        let (source, rest) = text.split_once(':').ok_or(SHAPE)?;
        let (offset, part) = rest.split_once('.').ok_or(SHAPE)?;
        if source.len() != 16 {
            return Err(SHAPE);
        }
        let prefix = u64::from_str_radix(source, 16).map_err(|_| SHAPE)?;
        Ok(Self {
            source: prefix.to_be_bytes(),
            offset: offset.parse().map_err(|_| SHAPE)?,
            part: part.parse().map_err(|_| SHAPE)?,
        })
    }
}

impl Serialize for EventId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Fact of events by which a runtime builds a container: its name. Such events are the runtime's acts,
/// not the container's.
pub const BUILDS_CONTAINER: &str = "builds_container";

/// Fact beside [`BUILDS_CONTAINER`]: task name of the process that started the runtime, where recorded.
pub const LAUNCHED_BY: &str = "launched_by";

/// Fact of events that act on a process: the container of that process, or `host` for one outside every container.
pub const TARGET_CONTAINER: &str = "target.container";

/// Fact of events whose record another format carries: that format's name (`journal`, `syslog`, …).
pub const CARRIED_BY: &str = "carried_by";

/// Fact of events that another format carries and that have a time of their own: what the carrier's clock showed,
/// RFC 3339 as if it were UTC. The two together say how far the carrier's clock is from the record's.
pub const CARRIER_TIME: &str = "carrier_time";

/// What a recorded time counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeBasis {
    /// 1970 UTC: the record counts from there, or states its zone.
    #[default]
    Utc,
    /// A wall clock without zone (syslog, shell prompts): read as if it were UTC until the zone is known.
    Local,
    /// The boot of the host: nanoseconds since then, until an anchor is known.
    Boot,
    /// Nothing: the record states no time; `time` is the latest it can have been (the file's modification time),
    /// or 1970 when that is not known either.
    Unknown,
}

impl TimeBasis {
    /// Whether it is 1970 UTC.
    pub fn is_utc(&self) -> bool {
        *self == Self::Utc
    }
}

/// A normalised fact: at this time, this actor did this to these objects, with this outcome.
///
/// A format's parser fills everything that its records state by themselves (such an event is a
/// *draft*); `normalise` adds what needs context: `boot`, `container`, `process` and each object's
/// `resolved`. A field that is `None` is unknown, never "no".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Identity, from the evidence alone.
    pub id: EventId,
    /// When it happened: by the source's own clock, corrected where `time_recorded` is given. See `time_basis` for
    /// what the recorded time counts from.
    pub time: Timestamp,
    /// What the source recorded, where `time` had to be corrected (zone, skew, or boot of the source's clock).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_recorded: Option<Timestamp>,
    /// By how much a corrected `time`, or one of a clock without zone, may be wrong either way, in nanoseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_error_ns: Option<i64>,
    /// What the recorded time counts from.
    #[serde(default, skip_serializing_if = "TimeBasis::is_utc")]
    pub time_basis: TimeBasis,
    /// Identity of the occurrence itself, where the recorder gives one (`auditID`, a journal cursor): the same
    /// in every copy of the event, whichever source carries it. Audit records need none: time and serial are theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurrence: Option<String>,
    /// The host that recorded it, as the source names it (`node=`, `hostname`, node name).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Which boot of the host, counted from 0 in the evidence, by its boot records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<u32>,
    /// The format that was read: `auditd`, `k8s_audit`, `falco`, … A record that another format carries has its
    /// own format here, and the carrier in the fact [`CARRIED_BY`].
    pub format: String,
    /// The source's own sequence number (the audit serial); orders events of one time stamp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<u64>,
    /// What was done.
    pub action: Action,
    /// Whether it was done.
    pub outcome: Outcome,
    /// Who did it.
    pub actor: Actor,
    /// The process instance that did it, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<ProcessKey>,
    /// The container the actor belongs to, once known. `None`: not known to be in a container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<ContainerRef>,
    /// The process that started `process`, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ProcessKey>,
    /// From where the actor saw the file system at that moment, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// What it was done to, in the order the record gives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<Object>,
    /// Further facts under the source's own field names (`a1`, `key`, `rule`, `requestURI`, …).
    #[serde(default, skip_serializing_if = "Facts::is_empty")]
    pub facts: Facts,
    /// The bytes that state all this: one address per record.
    pub addresses: Vec<Address>,
}

impl Event {
    /// A draft of which only identity, time and format are known.
    pub fn draft(id: EventId, time: Timestamp, format: &str, action: Action) -> Self {
        Self {
            id,
            time,
            time_recorded: None,
            time_error_ns: None,
            time_basis: TimeBasis::Utc,
            occurrence: None,
            host: None,
            boot: None,
            format: format.to_string(),
            serial: None,
            action,
            outcome: Outcome::Unknown,
            actor: Actor::default(),
            process: None,
            container: None,
            parent: None,
            view: None,
            objects: Vec::new(),
            facts: Facts::new(),
            addresses: Vec::new(),
        }
    }

    /// The order of events in every artefact and every fold: time, then serial, then identity.
    pub fn order(&self) -> (Timestamp, u64, EventId) {
        (self.time, self.serial.unwrap_or(0), self.id)
    }

    /// The fact of that name.
    pub fn fact(&self, name: &str) -> Option<&str> {
        self.facts.get(name)
    }

    /// The first object with that role.
    pub fn object(&self, role: Role) -> Option<&Object> {
        self.objects.iter().find(|object| object.role == role)
    }
}

macro_rules! actions {
    ($($variant:ident = $name:literal, $doc:literal;)*) => {
        /// What was done, spelt `noun.verb` in artefacts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Action {
            $(#[doc = $doc] #[serde(rename = $name)] $variant,)*
        }

        impl Action {
            /// Every action, in declaration order.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The spelling used in artefacts.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

actions! {
    ProcessExec = "process.exec", "A program was started; the target is the executable, `actor.argv` its arguments.";
    ProcessFork = "process.fork", "A process or thread was created; fact `exit` is the child's pid *in the child's own pid namespace*.";
    ProcessExit = "process.exit", "A process ended.";
    ProcessCrash = "process.crash", "A process was ended by a signal that dumps core; fact `sig`.";
    ProcessSignal = "process.signal", "A signal was sent to the target process.";
    ProcessPtrace = "process.ptrace", "The target process was traced or written to (ptrace, process_vm_writev, /proc/N/mem).";
    ProcessChroot = "process.chroot", "The root directory became the target.";
    ProcessChdir = "process.chdir", "The working directory became the target.";
    ProcessCredentials = "process.credentials", "User, group or capability sets were changed.";
    NamespaceEnter = "namespace.enter", "setns: facts `a0` (descriptor) and `a1` (namespace types).";
    NamespaceCreate = "namespace.create", "unshare or clone with namespace flags.";
    MountAttach = "mount.attach", "A file system, bind or move mount: source and target objects, fact `flags`.";
    MountDetach = "mount.detach", "A mount was removed.";
    MountPivot = "mount.pivot", "pivot_root.";
    FileRead = "file.read", "Opened for reading.";
    FileWrite = "file.write", "Opened for writing; `facts.open_flags` lists `create`, `truncate`, `append`, `exclusive` as they apply. The record proves the open, not the bytes.";
    FileCreate = "file.create", "A file came into being (create record, or an open that made it).";
    FileTruncate = "file.truncate", "Cut or extended to a length.";
    FileRename = "file.rename", "Source (old name) to target (new name); an object with role `replaced` was overwritten.";
    FileLink = "file.link", "A hard link to the source was made at the target.";
    FileSymlink = "file.symlink", "A symbolic link was made at the target; fact `link_text` where known.";
    FileDelete = "file.delete", "A name was removed.";
    FileMetadata = "file.metadata", "Mode, owner, times, attributes or ACL were changed; fact `syscall` says which call.";
    DirectoryCreate = "directory.create", "A directory was made.";
    DirectoryDelete = "directory.delete", "A directory was removed.";
    DeviceCreate = "device.create", "mknod of a device; the target's `rdev` says which.";
    HandleOpen = "handle.open", "open_by_handle_at.";
    SocketConnect = "socket.connect", "connect: the target's name is the path or address.";
    SocketBind = "socket.bind", "bind or listen.";
    ModuleLoad = "module.load", "A kernel module was loaded.";
    BpfLoad = "bpf.load", "A BPF program was loaded.";
    ApiCreate = "api.create", "Kubernetes API: create.";
    ApiUpdate = "api.update", "Kubernetes API: update or patch.";
    ApiDelete = "api.delete", "Kubernetes API: delete or deletecollection.";
    ApiRead = "api.read", "Kubernetes API: get, list or watch.";
    ApiConnect = "api.connect", "Kubernetes API: exec, attach, portforward or proxy.";
    AlertRaised = "alert.raised", "Another system's conclusion (a Falco alert): fact `rule`.";
    AuditConfig = "audit.config", "The recorder's own configuration changed, started or stopped.";
    AuditLost = "audit.lost", "The recorder says that it lost records; fact `lost` where a number is given.";
    SystemBoot = "system.boot", "The host started.";
    ClockStep = "clock.step", "The host's clock was set, or jumped; fact `step_ns` says by how much, where known (positive: forwards).";
    ContainerCreate = "container.create", "A runtime made a container; the target is the container.";
    ContainerStart = "container.start", "A runtime started a container's first process; fact `pid` is its host pid, where given.";
    ContainerExec = "container.exec", "A runtime started a further program in a container; `actor.argv` is its command, where given.";
    ContainerCopy = "container.copy", "A runtime copied files into or out of a container (`docker cp`); fact `direction`.";
    ContainerStop = "container.stop", "A container's first process ended, was killed, or ran out of memory; fact `exit_status`, where given.";
    ContainerDelete = "container.delete", "A runtime removed a container.";
    ImageChange = "image.change", "An image was pulled, imported, built, tagged, exported or removed.";
    UserSession = "user.session", "A person or service logged in, out, or became another user.";
    ShellCommand = "shell.command", "A command line stands in a shell's history; nothing but the history says that it ran.";
    LogMessage = "log.message", "A program wrote a message; fact `message`.";
    Other = "other", "Recorded, and of no action above; fact `syscall` or `type` says what it was.";
}

/// Whether the act was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// The source says it succeeded.
    Succeeded,
    /// The source says it failed.
    Failed {
        /// The error number (`EPERM` is 1) or HTTP status, where given.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<i64>,
    },
    /// The source does not say.
    Unknown,
}

/// Who acted. Every field is as recorded; pids are as the *recorder* sees them (host pids for auditd).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Actor {
    /// Process (thread group) id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// Parent process id at the time of the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ppid: Option<u32>,
    /// Real user id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// Effective user id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub euid: Option<u32>,
    /// Login user id; `None` also when the record says "unset" (4294967295).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auid: Option<u32>,
    /// Audit session; `None` also when unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<u32>,
    /// The kernel's 15-byte task name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comm: Option<Bytes>,
    /// The executable's path, as seen in the process's own mount namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exe: Option<Bytes>,
    /// Arguments (EXECVE, else PROCTITLE, which the process can overwrite).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub argv: Vec<Bytes>,
    /// Working directory, as seen below the process's own root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<Bytes>,
    /// User name of an API or of a login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Addresses the request came from, nearest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// Client program of an API request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}

/// What kind of thing an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// Regular file, or a file whose kind is not known.
    File,
    /// Directory.
    Directory,
    /// Symbolic link.
    Symlink,
    /// Block device node.
    BlockDevice,
    /// Character device node.
    CharDevice,
    /// Named pipe.
    Fifo,
    /// Socket (local path or network address).
    Socket,
    /// A process.
    Process,
    /// A container.
    Container,
    /// An object of an API: `namespace/resource/name[/subresource]`.
    ApiObject,
    /// A kernel module.
    Module,
}

impl ObjectKind {
    /// The spelling used in artefacts.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Directory => "directory",
            Self::Symlink => "symlink",
            Self::BlockDevice => "block_device",
            Self::CharDevice => "char_device",
            Self::Fifo => "fifo",
            Self::Socket => "socket",
            Self::Process => "process",
            Self::Container => "container",
            Self::ApiObject => "api_object",
            Self::Module => "module",
        }
    }
}

/// The part an object plays in its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What was acted on; for a rename the new name.
    Target,
    /// The old name of a rename, the old name of a link, the source of a mount.
    Source,
    /// What a rename overwrote.
    Replaced,
    /// The directory that holds the target.
    TargetParent,
    /// The directory that holds the source.
    SourceParent,
    /// A program interpreter or another file the record mentions.
    Other,
}

/// Major and minor number of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Device {
    /// Major number.
    pub major: u32,
    /// Minor number. Major 0 means an unnamed device: overlay, proc, tmpfs, btrfs subvolume.
    pub minor: u32,
}

impl fmt::Display for Device {
    /// Hexadecimal `MM:mm`, as auditd writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}:{:02x}", self.major, self.minor)
    }
}

/// Something acted on, as the record states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// Its part in the event.
    pub role: Role,
    /// What it is.
    pub kind: ObjectKind,
    /// The name as recorded: a path inside the actor's own root (made absolute with `cwd` by the
    /// parser where the record gives one), a socket address, an API object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Bytes>,
    /// Inode number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inode: Option<u64>,
    /// The device that holds the inode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
    /// The device that a device node stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rdev: Option<Device>,
    /// `st_mode`: type and permission bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
    /// Owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// A process object's pid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// The record says that the event brought this name into being.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub created: bool,
    /// Where it lies on the host, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Resolution>,
    /// Whose it is, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<Domain>,
}

impl Object {
    /// An object of which only role and kind are known.
    pub fn new(role: Role, kind: ObjectKind) -> Self {
        Self {
            role,
            kind,
            name: None,
            inode: None,
            device: None,
            rdev: None,
            mode: None,
            uid: None,
            pid: None,
            created: false,
            resolved: None,
            domain: None,
        }
    }
}

/// From where a process sees the file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// The host's own mount namespace and root.
    Host,
    /// A container's mount namespace, or a root directory inside one.
    Container,
    /// A mount namespace or root that the evidence does not identify.
    Unidentified,
}

/// Whose an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Domain {
    /// The host's: outside every container.
    Host,
    /// A container's own root file system or private temporary file system.
    Container,
    /// Storage that the runtime or the case policy gives to containers (a declared volume).
    Volume,
    /// A kernel interface under `/proc` or `/sys`: a setting, not data.
    Kernel,
}

/// A path on the host, and how it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// Absolute path in the host's initial mount namespace.
    pub path: Bytes,
    /// How directly the evidence says so.
    pub confidence: Confidence,
    /// The rule that was applied, for a person: `bind mount /srv/data → /host`, `chroot`, `same inode seen on the host`.
    pub how: String,
}

/// One process instance: pids are reused, so the first record seen of it is part of its identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProcessKey {
    /// The host, empty when the source names none.
    pub host: String,
    /// Which boot, counted from 0.
    pub boot: u32,
    /// Process id on the host.
    pub pid: u32,
    /// First event in which this instance was seen.
    pub first: EventId,
}

/// A container, as far as the evidence identifies it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ContainerRef {
    /// The runtime's id or name, or `pid:N` (its first process) when no record names it.
    pub id: String,
    /// How directly the evidence says that the actor belongs to it.
    pub confidence: Confidence,
}
