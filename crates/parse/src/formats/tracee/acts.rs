//! What an event of Tracee states: named arguments, in either layout.

use std::borrow::Cow;

use model::{Action, Bytes, Device, Event, Object, ObjectKind, Outcome, Role};

use crate::{
    json_tree::Node,
    kernel_acts::{self, Arguments, Function, Kind},
};

/// Arguments that are looked at.
const ARGUMENTS_MAX: usize = 64;
/// Characters of one fact.
const FACT_CHARS_MAX: usize = 16_384;
/// Arguments of a program start.
const ARGV_MAX: usize = 65_536;

/// An event's name, arguments and return value.
pub(in crate::formats) struct Reported<'r> {
    name: &'r str,
    returned: Option<i64>,
    args: Vec<(&'r str, &'r Node<'r>)>,
    /// The event that made a signature fire.
    trigger: Option<(&'r str, Vec<(&'r str, &'r Node<'r>)>)>,
}

impl<'r> Reported<'r> {
    pub fn of(name: &'r str, returned: Option<i64>) -> Self {
        Self { name, returned, args: Vec::new(), trigger: None }
    }

    /// Takes a list of `{name, value}` in any layout.
    pub fn arguments(&mut self, list: &'r Node<'r>) {
        self.args = named(list);
        let trigger = self.value("triggeredBy");
        self.trigger_of(trigger);
        self.args.retain(|argument| argument.0 != "triggeredBy");
        if let Some(returned) = self.value("returnValue").int() {
            self.returned = Some(returned);
        }
    }

    /// Takes the event that made a signature fire: `{name, args}` or `{name, data}`.
    pub fn trigger_of(&mut self, event: &'r Node<'r>) {
        if let Some(name) = event.get("name").str() {
            self.trigger = Some((name, named(event.any(&["args", "data"]))));
        }
    }

    /// Fills action, outcome, objects and facts.
    pub fn fill(&self, event: &mut Event) {
        let function = Function::event(self.name);
        event.outcome = self.outcome(&function);
        self.facts("args", &self.args, event);
        match self.name {
            "container_create" | "existing_container" | "container_remove" => self.container(event),
            _ => self.act(&function, event),
        }
        if let Some((name, args)) = &self.trigger {
            event.facts.insert("triggeredBy", cut(name));
            self.facts("triggeredBy", args, event);
            if event.objects.is_empty() {
                let inner = Self { name, returned: None, args: args.clone(), trigger: None };
                inner.act(&Function::event(name), event);
            }
        }
    }

    fn act(&self, function: &Function<'_>, event: &mut Event) {
        let kind = function.kind.unwrap_or(Kind::Plain(Action::Other));
        let argv = self.value("argv").items();
        if kind == Kind::Execute {
            event.actor.argv =
                argv.iter().take(ARGV_MAX).map(|word| Bytes::from(&*word.text().unwrap_or_default())).collect();
        }
        kernel_acts::apply(kind, &self.arranged(kind), event);
        match self.value("syscall").str().or(event.fact("syscall")) {
            // The namespaces of a task change in both calls; the one that was made says which act it is.
            Some("unshare") if self.name.starts_with("switch_task_n") => event.action = Action::NamespaceCreate,
            _ => {}
        }
        let target =
            event.objects.iter_mut().find(|object| object.role == Role::Target && object.kind != ObjectKind::Process);
        if let Some(target) = target {
            target.inode = self.value("inode").int().map(i64::cast_unsigned).filter(|&inode| inode > 0);
            if !matches!(kind, Kind::Mknod) {
                target.device = self.value("dev").int().filter(|&device| device > 0).map(kernel_device);
            }
        }
    }

    fn outcome(&self, function: &Function<'_>) -> Outcome {
        match self.name {
            "process_execute_failed" | "process_execute_failed_internal" => {
                Outcome::Failed { code: self.returned.filter(|&code| code < 0).map(|code| -code) }
            }
            // Seen when it begins.
            "call_usermode_helper" | "call_usermodehelper" | "net_tcp_connect" => Outcome::Unknown,
            _ if self.trigger.is_some() || function.kind.is_none() && self.returned.is_none_or(|value| value >= 0) => {
                Outcome::Unknown
            }
            // Tracee's own events are seen when the act is done.
            _ => function.outcome(self.returned.or((function.place == kernel_acts::Place::Inside).then_some(0))),
        }
    }

    fn container(&self, event: &mut Event) {
        event.action = match self.name {
            "container_create" => Action::ContainerCreate,
            "container_remove" => Action::ContainerDelete,
            _ => Action::Other,
        };
        event.outcome = Outcome::Succeeded;
        let named = |name: &str| self.value(name);
        event.objects.extend(
            named("container_id")
                .str()
                .map(|id| Object { name: Some(Bytes::from(id)), ..Object::new(Role::Target, ObjectKind::Container) }),
        );
        for (fact, name) in [
            ("container.id", "container_id"),
            ("container.name", "container_name"),
            ("container.image.repository", "container_image"),
            ("container.image.digest", "container_image_digest"),
            ("k8s.pod.name", "pod_name"),
            ("k8s.ns.name", "pod_namespace"),
            ("k8s.pod.uid", "pod_uid"),
        ] {
            node_fact(event, fact, named(name));
        }
    }

    fn value(&self, name: &str) -> &'r Node<'r> {
        static NULL: Node<'static> = Node::Null;
        self.args.iter().find(|argument| argument.0 == name).map_or(&NULL, |argument| argument.1)
    }

    fn first(&self, names: &[&str]) -> Option<Cow<'r, str>> {
        names.iter().find_map(|name| self.value(name).str()).map(Cow::Borrowed)
    }

    /// A number, or flags that Tracee wrote as names.
    fn bits(&self, names: &[&str]) -> Option<i64> {
        names.iter().find_map(|name| {
            let value = self.value(name);
            value.int().or_else(|| kernel_acts::bits(value.str()?))
        })
    }

    fn arranged(&self, kind: Kind) -> Arguments<'r> {
        let mut arguments = Arguments {
            target: self.first(&["pathname", "file_path", "path", "filename", "file_name", "cmdpath", "fullpath"]),
            dirfd: self.bits(&["dirfd", "olddirfd"]),
            flags: self.bits(&["flags"]),
            mode: self.bits(&["mode"]),
            ..Arguments::default()
        };
        match kind {
            Kind::FromTo(_) => {
                arguments.source =
                    self.first(&["old_path", "oldpath", "oldname", "old_name", "from_pathname", "src_path"]);
                arguments.target =
                    self.first(&["new_path", "newpath", "newname", "new_name", "to_pathname", "dst_path"]);
            }
            Kind::Mount => {
                arguments.source = self.first(&["dev_name", "source"]);
                arguments.target = self.first(&["path", "dir_name", "target"]);
                arguments.file_system = self.first(&["type", "filesystemtype"]);
                arguments.flags = self.bits(&["flags", "mountflags"]);
            }
            Kind::Plain(Action::MountPivot) => arguments.target = self.first(&["new_root"]),
            Kind::Plain(Action::MountDetach) => arguments.target = self.first(&["target", "path", "name"]),
            Kind::Symlink => {
                arguments.source = self.first(&["target", "oldname", "oldpath"]);
                arguments.target = self.first(&["linkpath", "newname", "newpath"]);
            }
            Kind::Map => {
                (arguments.flags, arguments.mode) =
                    (self.bits(&["prot", "mmap_prot"]), self.bits(&["mmap_flags", "flags"]))
            }
            Kind::Mknod => arguments.rdev = self.bits(&["dev"]),
            Kind::Setns => {
                (arguments.descriptor, arguments.flags) = (self.bits(&["fd"]), self.bits(&["nstype"]));
            }
            Kind::Signal => {
                (arguments.pid, arguments.number) = (self.bits(&["pid", "tgid", "tid"]), self.bits(&["sig", "sig_num"]))
            }
            Kind::Ptrace => {
                (arguments.pid, arguments.number) = (self.bits(&["pid", "child_pid"]), self.bits(&["request"]))
            }
            Kind::Module => arguments.target = self.first(&["name", "pathname", "path"]),
            Kind::Bpf => arguments.number = self.bits(&["cmd"]),
            Kind::Socket(_) => arguments.socket = self.socket(),
            _ => {}
        }
        arguments
    }

    fn socket(&self) -> Option<String> {
        let whole = ["remote_addr", "addr", "local_addr", "address"].iter().map(|name| self.value(name));
        let whole = whole.filter(|node| !node.fields().is_empty()).find_map(address);
        whole.or_else(|| {
            let port = self.value("dst_port").int();
            let host = self.first(&["dst"])?;
            Some(port.map_or(host.to_string(), |port| with_port(&host, port)))
        })
    }

    fn facts(&self, prefix: &str, args: &[(&str, &Node<'_>)], event: &mut Event) {
        for (name, value) in args {
            // The arguments are the actor's, an environment is long and of no check's interest but for one variable.
            match *name {
                "argv" if prefix == "args" => {}
                "env" | "envp" => {
                    let preload =
                        value.items().iter().filter_map(Node::str).find(|text| text.starts_with("LD_PRELOAD="));
                    if let Some(text) = preload {
                        event.facts.insert("env.LD_PRELOAD", cut(&text["LD_PRELOAD=".len()..]));
                    }
                }
                name => node_fact(event, &format!("{prefix}.{}", cut(name)), value),
            }
        }
    }
}

/// Names and values of a list: `{name, value}`, or a field named after the value's type, or one of these in a wrapper.
fn named<'r>(list: &'r Node<'r>) -> Vec<(&'r str, &'r Node<'r>)> {
    list.items().iter().take(ARGUMENTS_MAX).filter_map(|item| Some((item.get("name").str()?, value_of(item)))).collect()
}

fn value_of<'r>(item: &'r Node<'r>) -> &'r Node<'r> {
    let typed = || {
        item.fields().iter().find(|field| !matches!(field.0, "name" | "type" | "value" | "Value")).map(|field| &field.1)
    };
    let stated = item.any(&["value", "Value"]);
    let mut value = if stated.is_null() { typed().unwrap_or(stated) } else { stated };
    // `{"StrArray":{"value":[…]}}`, `{"str_array":{"value":[…]}}`.
    for _ in 0..2 {
        let [(name, inner)] = value.fields() else { break };
        let is_wrapper = *name == "value" || name.starts_with(|first: char| first.is_ascii_uppercase());
        if !is_wrapper {
            break;
        }
        value = inner;
    }
    value
}

/// A socket address: fields of `struct sockaddr` under their own names.
fn address(node: &Node<'_>) -> Option<String> {
    let port = node.any(&["sin_port", "sin6_port", "sinPort", "sin6Port"]).int();
    if let Some(path) = node.any(&["sun_path", "sunPath"]).str() {
        return Some(path.to_string());
    }
    let host = node.any(&["sin_addr", "sin6_addr", "sinAddr", "sin6Addr"]).str()?;
    Some(port.map_or(host.to_string(), |port| with_port(host, port)))
}

fn with_port(host: &str, port: i64) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// A device number as the kernel keeps it: 12 bits major, 20 bits minor.
fn kernel_device(number: i64) -> Device {
    let part = |value: u64| u32::try_from(value & 0xffff_ffff).unwrap_or(0);
    let number = number.cast_unsigned();
    Device { major: part(number >> 20), minor: part(number & 0xf_ffff) }
}

fn cut(text: &str) -> String {
    if text.len() <= FACT_CHARS_MAX { text.to_string() } else { text.chars().take(FACT_CHARS_MAX).collect() }
}

/// Keeps a value as a fact, where there is one.
pub(in crate::formats) fn node_fact(event: &mut Event, name: &str, value: &Node<'_>) {
    if let Some(text) = value.text() {
        event.facts.insert(name, cut(&text));
    }
}
