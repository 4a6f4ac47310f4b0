# Checks: name of the technique (check-NAME), one sentence that tells a finding (check-NAME-text),
# and what would settle it when the evidence cannot (check-NAME-settle).
# Facts: container, process, path, device, target; outcome = attempted | unknown | succeeded.

noun-container = { $container_known ->
    [no] a container that the evidence does not identify
   *[yes] container { $container }
}
noun-process = { $process_known ->
    [no] a process that the evidence does not name
   *[yes] process “{ $process }”
}
noun-path = { $path_known ->
    [no] a path that was not recorded
   *[yes] { $path }
}
noun-device = { $device_known ->
    [no] a device that was not recorded
   *[yes] device { $device }
}
noun-target = { $target_known ->
    [no] a target that was not recorded
   *[yes] { $target }
}

noun-namespaces = { $namespaces_known ->
    [no] { "" }
   *[yes] { "" } (types: { $namespaces })
}
noun-recorder = { $path_known ->
    [no] the recorder's configuration
   *[yes] { $path }
}
noun-rule = { $rule_known ->
    [no] of a rule that was not recorded
   *[yes] “{ $rule }”
}
noun-user = { $user_known ->
    [no] an unrecorded user
   *[yes] user { $user }
}
noun-requested-by = { $requested_by_known ->
    [no] it is not recorded who asked for it
   *[yes] container { $requested_by } had asked the runtime for it
}
noun-command = { $command_known ->
    [no] { "" }
   *[yes] { "" } (command: { $command })
}

## Invariants

check-enters_host_namespace = Entry into host namespaces
check-enters_host_namespace-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to enter
    [unknown] may have entered
   *[succeeded] entered
} a namespace or root directory of the host{ noun-namespaces }{ $outcome ->
    [attempted] .
    [unknown] ; if it did, its further acts are acts on the host.
   *[succeeded] ; its further acts are acts on the host.
}
check-enters_host_namespace-settle = Audit records of setns, chroot and pivot_root with their results, and the namespace numbers of the process while it runs.

check-writes_host_inode = Write to a file of the host
check-writes_host_inode-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to write
    [unknown] may have written
   *[succeeded] wrote
} { noun-path }, which lies on a file system of the host ({ noun-device }) and not in the container's own layers.
check-writes_host_inode-settle = The mount table of the container, and the device and inode number of the file on the host.

check-kernel_started_helper = Program started by the kernel on the host
check-kernel_started_helper-text = The kernel itself { $outcome ->
    [attempted] tried without success to start
    [unknown] may have started
   *[succeeded] started
} { noun-path } as root on the host{ noun-command }, which no known helper explains; a setting such as core_pattern, release_agent or uevent_helper names such programs.
check-kernel_started_helper-settle = The values of /proc/sys/kernel/core_pattern, modprobe, uevent_helper and every release_agent at that time, and records of who wrote them.

check-host_daemon_writes_through_container_path = Host service writes through a path made by a container
check-host_daemon_writes_through_container_path-text = A service of the host, { noun-process }, { $outcome ->
    [attempted] tried without success to write
    [unknown] may have written
   *[succeeded] wrote
} { noun-path } through a link or directory that { noun-container } had made.
check-host_daemon_writes_through_container_path-settle = Records of the links and directories that the container made, with inode numbers, up to the time of the write.

check-unrequested_container = Container that nobody ordered
check-unrequested_container-text = { $outcome ->
    [attempted] It was attempted without success to start a container that the orchestrator did not ask for
    [unknown] A container may have started that the orchestrator did not ask for
   *[succeeded] A container started that the orchestrator did not ask for
} ({ noun-container }); { noun-requested-by }.
check-unrequested_container-settle = The orchestrator's audit log for the same minutes, and the runtime's own list of containers.
check-unrequested_container-remove = Stop and remove the container by the runtime's own client, and keep its files as evidence first.

## Techniques by name

check-host_path_write = Write through a host directory given to the container
check-host_path_write-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to write
    [unknown] may have written
   *[succeeded] wrote
} { noun-path } of the host through a bind mount or hostPath volume.
check-host_path_write-settle = The container's configuration (its mounts), and the device and inode number of the file on the host.

check-cron_write = Scheduled job placed on the host
check-cron_write-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to write
    [unknown] may have written
   *[succeeded] wrote
} the host's cron table { noun-path }; cron runs what stands there as a user of the host.
check-cron_write-settle = The file as it lies on the host now, and cron's own log for the minutes after.
check-cron_write-remove = Delete the table or the line, end what it has started, and look at every other table of cron for the same user.

check-authorized_keys_write = SSH key placed on the host
check-authorized_keys_write-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to write
    [unknown] may have written
   *[succeeded] wrote
} { noun-path }; keys in that file open an SSH login to the host without a password.
check-authorized_keys_write-settle = The file as it lies on the host now, and the log of the SSH server for logins with a new key.
check-authorized_keys_write-remove = Delete the key's line, end sessions that were opened with it, and look for the same key in the files of other users and hosts.

check-systemd_unit_write = Service unit placed on the host
check-systemd_unit_write-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to write
    [unknown] may have written
   *[succeeded] wrote
} the systemd unit { noun-path }; systemd runs its units on the host.
check-systemd_unit_write-settle = The unit as it lies on the host now, and the systemd journal for its start.
check-systemd_unit_write-remove = Stop and disable the unit, delete its file and drop-ins, and let systemd read its units anew (`systemctl daemon-reload`).

check-static_pod_write = Static pod placed on the node
check-static_pod_write-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to write
    [unknown] may have written
   *[succeeded] wrote
} the static pod manifest { noun-path }; the kubelet starts such pods without asking the API server.
check-static_pod_write-settle = The manifest as it lies on the node now, the kubelet's log, and the mirror pods in the API server.
check-static_pod_write-remove = Delete the manifest on the node; the kubelet then ends the pod. Its mirror in the API server goes with it.

check-runtime_socket = Container runtime's socket used from inside a container
check-runtime_socket-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to connect
    [unknown] may have connected
   *[succeeded] connected
} to the container runtime's socket { noun-path }; whoever speaks to it can start containers with full rights on the host.
check-runtime_socket-settle = The runtime's own log of requests, and its list of containers created in those minutes.

check-core_pattern = Kernel's crash handler replaced
check-core_pattern-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to change
    [unknown] opened for writing
   *[succeeded] changed
} the kernel setting core_pattern ({ noun-path }){ $outcome ->
    [attempted] .
    [unknown] ; when a process crashes, the kernel starts the program named there as root on the host. Whether that came to pass, no record says.
   *[succeeded] ; when a process crashes, the kernel starts the program named there as root on the host, and a program was started by the kernel afterwards{ noun-command }.
}
check-core_pattern-settle = The value of /proc/sys/kernel/core_pattern now, and records of programs that the kernel started after that.
check-core_pattern-remove = Set the value back to what the host's configuration says, and delete the program that it named.

check-host_namespace_entry = Host process's namespaces entered (nsenter)
check-host_namespace_entry-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to enter
    [unknown] may have entered
   *[succeeded] entered
} the namespaces of a host process, as nsenter does.
check-host_namespace_entry-settle = Audit records of setns with their results, and of what the process opened under /proc before that.

check-block_device_mount = Host disk mounted inside a container
check-block_device_mount-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to mount
    [unknown] may have mounted
   *[succeeded] mounted
} the host's { noun-device } at { noun-target }{ $outcome ->
    [attempted] .
    [unknown] ; if it did, every file on that disk was within reach.
   *[succeeded] ; every file on that disk was then within reach.
}
check-block_device_mount-settle = Audit records of mount with their results, and the device number of the mounted node.

check-chroot_host_root = Root directory changed to the host's
check-chroot_host_root-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to change
    [unknown] may have changed
   *[succeeded] changed
} its root directory to { noun-target }, a root of the host's file system.
check-chroot_host_root-settle = Audit records of chroot with device and inode number of the directory, and the container's mounts.

check-privileged_pod = Privileged pod requested
check-privileged_pod-text = A privileged pod, { noun-target }, { $outcome ->
    [attempted] was requested and refused
    [unknown] was asked for by { noun-user } and accepted by the API server; whether it was used to cross, only the node's own log tells
   *[succeeded] was created
}; the containers of such a pod have every right of the host's root user.
check-privileged_pod-settle = The API server's audit log at level RequestResponse for that request, and the pod's specification.

check-sensitive_host_path_pod = Pod with a sensitive directory of the node requested
check-sensitive_host_path_pod-text = Pod { noun-target }, which mounts { noun-path } of the node, { $outcome ->
    [attempted] was requested and refused
    [unknown] was asked for by { noun-user } and accepted by the API server; whether it was used to cross, only the node's own log tells
   *[succeeded] was created
}.
check-sensitive_host_path_pod-settle = The API server's audit log at level RequestResponse for that request, and the pod's specification.

check-host_namespaces_pod = Pod in the node's own namespaces requested
check-host_namespaces_pod-text = Pod { noun-target }, which shares process, network or IPC namespaces with the node, { $outcome ->
    [attempted] was requested and refused
    [unknown] was asked for by { noun-user } and accepted by the API server; whether it was used to cross, only the node's own log tells
   *[succeeded] was created
}.
check-host_namespaces_pod-settle = The API server's audit log at level RequestResponse for that request, and the pod's specification.

check-pod_exec = Command run in a pod through the API
check-pod_exec-text = A command in { noun-target }{ noun-command } { $outcome ->
    [attempted] was requested through the Kubernetes API and refused
    [unknown] was requested through the Kubernetes API, with a result that is not recorded
   *[succeeded] was started through the Kubernetes API
} by { noun-user }.
check-pod_exec-settle = The API server's audit log for that request, and records of programs started in the pod.

check-api_denied = Requests refused by the Kubernetes API
check-api_denied-text = The Kubernetes API refused a request for { noun-target } by { noun-user }; this looks like somebody trying out which rights they have.
check-api_denied-settle = The API server's audit log for the same user and address, before and after.

check-secret_read = Secrets read
check-secret_read-text = For { noun-user }, the secret { noun-target } { $outcome ->
    [attempted] was asked for and refused
    [unknown] may have been read
   *[succeeded] was read
}{ $outcome ->
    [attempted] .
    [unknown] ; it must be treated as known to the attacker.
   *[succeeded] ; it must be treated as known to the attacker.
}
check-secret_read-settle = The API server's audit log for that request, and records of opens of the mounted secret's file.

check-falco_alert = Alert by Falco
check-falco_alert-text = Falco raised { $processes_known ->
    [yes] alerts { noun-rule } for several processes
   *[no] an alert { noun-rule } for { noun-process }
} in { noun-container }; it is another system's conclusion and is kept as such.
check-falco_alert-settle = Audit records of the host for the same moment.

check-audit_tampering = Recording tampered with
check-audit_tampering-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to stop or change
    [unknown] may have stopped or changed
   *[succeeded] stopped or changed
} the recording on the host ({ noun-recorder }){ $outcome ->
    [attempted] .
    [unknown] ; from then on, silence proves nothing.
   *[succeeded] ; from then on, silence proves nothing.
}
check-audit_tampering-settle = A copy of the log that had already left the host, and the recorder's own start and stop records.

check-clock_stepped = Clock of the host set, or jumped
check-clock_stepped-text = { $process_known ->
    [no] The clock of the host jumped
   *[yes] { $container_known ->
        [no] On the host, { noun-process } set the clock
       *[yes] From { noun-container }, { noun-process } set the clock of the host
    }
}{ $step_known ->
    [no] {""}
   *[yes] {" "}by { $step } s
}: times before and after it are not of one clock.
check-clock_stepped-settle = A source of another host for the same time, and the log of the time service.

## Further techniques by name

check-privileged_container = Privileged container started
check-privileged_container-text = A container was started with every right of the host's root user ({ noun-container }){ noun-command }; build systems do so by their trade, and such a container can reach the whole host.
check-privileged_container-settle = The runtime's own record of the container's configuration, and who asked for it.

check-raw_device_tool = Host disk given to a program inside a container
check-raw_device_tool-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to open
    [unknown] may have opened
   *[succeeded] opened
} the host's disk { noun-path } with a program of its own{ noun-command }{ $outcome ->
    [attempted] .
    [unknown] ; if it did, such programs change files without mounting anything.
   *[succeeded] ; such programs change files without mounting anything.
}
check-raw_device_tool-settle = Audit records of opens with device numbers, for that process.

check-device_node_made = Device node made inside a container
check-device_node_made-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to make or allow itself
    [unknown] may have made or allowed itself
   *[succeeded] made or allowed itself
} a device node ({ noun-path }, { noun-device }){ $outcome ->
    [attempted] .
    [unknown] ; if it did, the host's disk or memory can be read and written through it.
   *[succeeded] ; the host's disk or memory can be read and written through it.
}
check-device_node_made-settle = Audit records of opens of that node, and the control group's list of allowed devices.

check-node_credentials_read = Node's keys read from inside a container
check-node_credentials_read-text = From { noun-container }, { noun-process } read { noun-path }; whoever has these keys can speak to the API server as the node or as the control plane. Components of the control plane read their own.
check-node_credentials_read-settle = The API server's audit log for that identity, with addresses and programs.

check-node_identity_misused = Node's identity used by another program
check-node_identity_misused-text = The identity of a node ({ noun-user }) asked the Kubernetes API for { noun-target } with another program than the kubelet{ noun-command }.
check-node_identity_misused-settle = The node's own log, and which of its programs has that key.

check-shim_socket = Runtime's shim commanded from inside a container
check-shim_socket-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to connect
    [unknown] may have connected
   *[succeeded] connected
} to the socket of a containerd shim ({ noun-path }){ $outcome ->
    [attempted] .
    [unknown] ; if it did, the shim starts programs as root of the host for whoever speaks to it.
   *[succeeded] ; the shim starts programs as root of the host for whoever speaks to it.
}
check-shim_socket-settle = The shim's own log, and its list of containers created in those minutes.

check-runtime_tcp_api = Engine's network port used from inside a container
check-runtime_tcp_api-text = From { noun-container }, { noun-process } connected to { noun-path }, a port at which container engines take commands; the host's engine can start containers with full rights. Build jobs speak to an engine in a neighbouring container in the same way.
check-runtime_tcp_api-settle = Which engine listens at that address, and its own log of requests.

check-release_agent = Control group's release agent replaced
check-release_agent-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to change
    [unknown] opened for writing
   *[succeeded] changed
} the release agent of a control group ({ noun-path }){ $outcome ->
    [attempted] .
    [unknown] ; when a group becomes empty, the kernel starts the program named there as root on the host. Whether that came to pass, no record says.
   *[succeeded] ; when a group becomes empty, the kernel starts the program named there as root on the host, and a program was started by the kernel afterwards{ noun-command }.
}
check-release_agent-settle = The value of release_agent now, and records of programs that the kernel started after that.
check-release_agent-remove = Empty the release agent of every control group hierarchy, and delete the program that it named.

check-uevent_helper = Kernel's device event helper replaced
check-uevent_helper-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to change
    [unknown] opened for writing
   *[succeeded] changed
} the kernel's helper for events of devices ({ noun-path }){ $outcome ->
    [attempted] .
    [unknown] ; at the next event, the kernel starts the program named there as root on the host. Whether that came to pass, no record says.
   *[succeeded] ; at the next event, the kernel starts the program named there as root on the host, and a program was started by the kernel afterwards{ noun-command }.
}
check-uevent_helper-settle = The value of /sys/kernel/uevent_helper now, and records of programs that the kernel started after that.
check-uevent_helper-remove = Empty the setting, and delete the program that it named.

check-binfmt_handler = Interpreter registered with the kernel
check-binfmt_handler-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to change
    [unknown] opened for writing
   *[succeeded] changed
} the kernel's list of interpreters ({ noun-path }){ $outcome ->
    [attempted] .
    [unknown] ; the interpreter runs wherever a program of that kind is started, the host included; tools that build for other architectures do the same. Whether that came to pass, no record says.
   *[succeeded] ; the interpreter runs wherever a program of that kind is started, the host included; tools that build for other architectures do the same, and a program was started by the kernel afterwards{ noun-command }.
}
check-binfmt_handler-settle = The value of /proc/sys/fs/binfmt_misc now, and records of programs that the kernel started after that.
check-binfmt_handler-remove = Remove the entry (`echo -1` into its file in binfmt_misc), and delete the interpreter.

check-modprobe_path = Kernel's module loader replaced
check-modprobe_path-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to change
    [unknown] opened for writing
   *[succeeded] changed
} the path of the kernel's module loader ({ noun-path }){ $outcome ->
    [attempted] .
    [unknown] ; when it next looks for a module, the kernel starts the program named there as root on the host. Whether that came to pass, no record says.
   *[succeeded] ; when it next looks for a module, the kernel starts the program named there as root on the host, and a program was started by the kernel afterwards{ noun-command }.
}
check-modprobe_path-settle = The value of /proc/sys/kernel/modprobe now, and records of programs that the kernel started after that.
check-modprobe_path-remove = Set the value back to the distribution's module loader, and delete the program that it named.

check-sysrq_trigger = Command to the kernel over sysrq
check-sysrq_trigger-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to give
    [unknown] may have given
   *[succeeded] gave
} the kernel a command over { noun-path }{ noun-command }{ $outcome ->
    [attempted] .
    [unknown] ; if it did, with it the whole host can be stopped, restarted or made to crash.
   *[succeeded] ; with it the whole host can be stopped, restarted or made to crash.
}
check-sysrq_trigger-settle = The kernel's own log for that moment.

check-proc_root_path = Host's files reached through a host process
check-proc_root_path-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to reach
    [unknown] may have reached
   *[succeeded] reached
} { noun-path } of the host through the root directory of a host process{ $outcome ->
    [attempted] .
    [unknown] ; if it did, every file of the host is within reach on this way.
   *[succeeded] ; every file of the host is within reach on this way.
}
check-proc_root_path-settle = The pid namespace of the container, and device and inode number of the file.

check-ptrace_host_process = Process outside the container traced
check-ptrace_host_process-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to take hold of
    [unknown] may have taken hold of
   *[succeeded] took hold of
} { noun-target }, a process outside its container, with ptrace{ $outcome ->
    [attempted] .
    [unknown] ; if it did, code and data of that process can then be changed.
   *[succeeded] ; code and data of that process can then be changed.
}
check-ptrace_host_process-settle = Audit records of ptrace that name the traced process (OBJ_PID).

check-host_process_memory = Memory of a process outside the container written
check-host_process_memory-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to write
    [unknown] may have written
   *[succeeded] wrote
} into the memory of { noun-target }, a process outside its container{ $outcome ->
    [attempted] .
    [unknown] ; if it did, that process may run the intruder's code from then on.
   *[succeeded] ; that process may run the intruder's code from then on.
}
check-host_process_memory-settle = Whose process it was: the pid namespace of the writer, and a list of processes for that time.

check-pidfd_fd_theft = Open file taken out of another process
check-pidfd_fd_theft-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to take
    [unknown] may have taken
   *[succeeded] took
} an open file out of another process ({ noun-target }) with pidfd_getfd{ $outcome ->
    [attempted] .
    [unknown] ; if it did, whatever that process could read or write is then within reach.
   *[succeeded] ; whatever that process could read or write is then within reach.
}
check-pidfd_fd_theft-settle = Which process the pidfd stands for: records of pidfd_open, and the pid namespace of the caller.

check-file_handle_open = File opened by its handle
check-file_handle_open-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to open
    [unknown] may have opened
   *[succeeded] opened
} a file by its handle ({ noun-path }), past every directory and mount{ $outcome ->
    [attempted] .
    [unknown] ; if it did, any file of the same file system can be read in this way.
   *[succeeded] ; any file of the same file system can be read in this way.
}
check-file_handle_open-settle = Device and inode number of the opened file, and the reads that followed.

check-kernel_module_load = Kernel module loaded from a container
check-kernel_module_load-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to load
    [unknown] may have loaded
   *[succeeded] loaded
} the kernel module { noun-path }{ $outcome ->
    [attempted] .
    [unknown] ; if it did, its code runs in the host's kernel, without any bound; tools in privileged containers load the distribution's own modules in the same way.
   *[succeeded] ; its code runs in the host's kernel, without any bound; tools in privileged containers load the distribution's own modules in the same way.
}
check-kernel_module_load-settle = The kernel's log for that moment, and the module file with its signature.
check-kernel_module_load-remove = A loaded module can hide itself: start the host again from a trusted kernel, or build it anew. Unloading proves nothing.

check-kernel_memory = Memory of the machine opened
check-kernel_memory-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to open
    [unknown] may have opened
   *[succeeded] opened
} the memory of the machine or its I/O ports ({ noun-path }){ $outcome ->
    [attempted] .
    [unknown] ; if it did, secrets of every process and the kernel itself are then within reach.
   *[succeeded] ; secrets of every process and the kernel itself are then within reach.
}
check-kernel_memory-settle = Audit records of the open with the device number, and what was read from it.

check-bpf_program_load = BPF program loaded from a container
check-bpf_program_load-text = From { noun-container }, { noun-process } loaded a BPF program into the host's kernel ({ noun-path }); such programs can watch and change what all processes do. Sensors and networks of containers load some by their trade.
check-bpf_program_load-settle = The program's type and code (a dump with bpftool while it is loaded).

check-root_without_setuid = Root rights without a set-user-id program
check-root_without_setuid-text = From { noun-container }, { noun-process } was first an ordinary user and then root, without starting a program that gives such rights; a fault of the kernel explains that.
check-root_without_setuid-settle = The kernel's log for that moment, its version and patches, and records of all programs that the process started.

check-userfaultfd = Page faults of the kernel handled by an ordinary user
check-userfaultfd-text = From { noun-container }, { noun-process }, which is not root, asked the kernel to let it handle page faults; exploits stop the kernel at a moment of their choice by that.
check-userfaultfd-settle = Whether the program is known to need it, and the kernel's log for that moment.

check-page_cache_write = Cached file changed past its rights
check-page_cache_write-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to change
    [unknown] may have changed
   *[succeeded] changed
} { noun-path } in memory, past the rights of the file, by way of a pipe or a cipher{ $outcome ->
    [attempted] .
    [unknown] ; if it did, the copy on the disk stays as it was, and every program that reads the file gets the changed one.
   *[succeeded] ; the copy on the disk stays as it was, and every program that reads the file gets the changed one.
}
check-page_cache_write-settle = The hash of the file as it is read, beside the hash of what lies on the disk, before the host is restarted.

check-runc_overwrite = Container runtime's program opened for writing
check-runc_overwrite-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to open
    [unknown] may have opened
   *[succeeded] opened
} the container runtime's own program ({ noun-path }) for writing{ $outcome ->
    [attempted] .
    [unknown] ; if it did, what it writes there runs as root of the host at the next start of any container.
   *[succeeded] ; what it writes there runs as root of the host at the next start of any container.
}
check-runc_overwrite-settle = The hash of the runtime's program on the host, beside that of its package.

check-runc_leaked_fd = Working directory behind a leaked descriptor
check-runc_leaked_fd-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to get
    [unknown] may have got
   *[succeeded] got
} a working directory outside the container through a descriptor that the runtime had left open ({ noun-path }){ $outcome ->
    [attempted] .
    [unknown] ; if it did, from there every file of the host is within reach.
   *[succeeded] ; from there every file of the host is within reach.
}
check-runc_leaked_fd-settle = The container's specification (its working directory), the runtime's version, and its log.

check-masked_path_link = Link in place of a device of the runtime
check-masked_path_link-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to put
    [unknown] may have put
   *[succeeded] put
} a link to { noun-target } where the runtime looks for { noun-path }{ $outcome ->
    [attempted] .
    [unknown] ; if it did, when the next program is started there, the runtime may open or mount the link's target, a setting of the host.
   *[succeeded] ; when the next program is started there, the runtime may open or mount the link's target, a setting of the host.
}
check-masked_path_link-settle = The mounts of containers started after that, the runtime's version, and its log.

check-mount_swap_race = Names exchanged in a race with the runtime
check-mount_swap_race-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to exchange
    [unknown] may have exchanged
   *[succeeded] exchanged
} names on a shared volume again and again ({ noun-path }){ $outcome ->
    [attempted] .
    [unknown] ; if it did, a runtime that mounts there at the same time can be led to a directory of the host.
   *[succeeded] ; a runtime that mounts there at the same time can be led to a directory of the host.
}
check-mount_swap_race-settle = The mounts of containers that were created in those minutes, and failed creations in the runtime's log.

check-docker_cp_library = Container's library loaded by the host while copying
check-docker_cp_library-text = On the host, { noun-process }, which copies files of a container, { $outcome ->
    [attempted] tried without success to load
    [unknown] may have loaded
   *[succeeded] loaded
} { noun-path } out of the container's own files; that code then runs as root of the host.
check-docker_cp_library-settle = The library as it lies in the container, and the engine's version.

check-client_copy_link = Copied files led out of their directory
check-client_copy_link-text = On the host, { noun-process }, which copies files out of a container, { $outcome ->
    [attempted] tried without success to write
    [unknown] may have written
   *[succeeded] wrote
} { noun-path } through the link { noun-target } that the container's archive had made.
check-client_copy_link-settle = The file as it lies on that machine now, and the client's version.

check-image_volume_path = Host's files copied into a volume of an image
check-image_volume_path-text = The runtime { $outcome ->
    [attempted] tried without success to copy
    [unknown] may have copied
   *[succeeded] copied
} { noun-path } of the host into { noun-target } for a volume whose path leads out of the image.
check-image_volume_path-settle = The image's configuration (its volumes), and the content of the container's volumes.

check-pod_sysctls = Kernel settings smuggled in with a pod
check-pod_sysctls-text = For the pod { noun-target }, { noun-user } asked for kernel settings that carry further ones ({ noun-path }){ $outcome ->
    [attempted] , and was refused.
    [unknown] ; whether the node took them, its own log tells.
   *[succeeded] ; they were set.
}
check-pod_sysctls-settle = The values of the node's settings now, and the log of its runtime.

check-gpu_hook_preload = Library for a hook of the GPU runtime
check-gpu_hook_preload-text = A container ({ noun-target }) names the library { noun-path }, a path that leads into the container's files when a hook of the GPU runtime starts as root of the host; it { $outcome ->
    [attempted] was not loaded there.
    [unknown] may have been loaded there.
   *[succeeded] was loaded there.
}
check-gpu_hook_preload-settle = Records of programs that the runtime started for that container, the toolkit's version, and the library itself.

check-kubelet_log_link = Link for the kubelet in the node's log directory
check-kubelet_log_link-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to put
    [unknown] may have put
   *[succeeded] put
} the link { noun-path } (to { noun-target }) into the node's log directory{ $outcome ->
    [attempted] .
    [unknown] ; if it did, the kubelet, which serves logs, may follow it to any file of the node.
   *[succeeded] ; the kubelet, which serves logs, may follow it to any file of the node.
}
check-kubelet_log_link-settle = Audit records of the kubelet's reads, and requests for logs in the API server's audit log.

check-service_account_misuse = Pod's identity used by hand
check-service_account_misuse-text = The identity of a pod ({ noun-user }) asked the Kubernetes API for { noun-target } with a tool for people{ noun-command }; programs in pods bring clients of their own, but jobs of build systems do the same.
check-service_account_misuse-settle = Records of reads of the token's file in that pod, and whether the pod's own program uses that tool.

check-ephemeral_container = Container added to a running pod
check-ephemeral_container-text = A container was added to a running pod ({ noun-target }) by { noun-user }; it can share the processes of the pod's others. Administrators do so to look for faults.
check-ephemeral_container-settle = The API server's audit log for that request, and records of programs started in it.

## Left behind

check-preload_write = Library placed before every program of the host
check-preload_write-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to write
    [unknown] may have written
   *[succeeded] wrote
} { noun-path }, by which every program of the host loads a library{ $outcome ->
    [attempted] .
    [unknown] ; if it did, the library then runs in each of them.
   *[succeeded] ; the library then runs in each of them.
}
check-preload_write-settle = The file as it lies on the host now, and the library that it names.
check-preload_write-remove = Empty or restore the file before anything else is started on the host, and delete the library that it names. Use statically linked tools for that.

check-account_write = Users or rights of the host changed
check-account_write-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to write
    [unknown] may have written
   *[succeeded] wrote
} { noun-path }, which says who may log in to the host and who may become root{ $outcome ->
    [attempted] .
    [unknown] ; if it did, someone may come back with rights of their own.
   *[succeeded] ; someone may come back with rights of their own.
}
check-account_write-settle = The file as it lies on the host now, beside its last version in a backup.
check-account_write-remove = Restore the file, lock accounts that were added, end their sessions, and change the passwords that stood in it.

check-startup_write = Command placed in a start-up file of the host
check-startup_write-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to write
    [unknown] may have written
   *[succeeded] wrote
} { noun-path }, which a login, a boot or a new device of the host runs{ $outcome ->
    [attempted] .
    [unknown] ; if it did, what stands there runs on the host at that moment.
   *[succeeded] ; what stands there runs on the host at that moment.
}
check-startup_write-settle = The file as it lies on the host now, beside its last version in a backup.
check-startup_write-remove = Restore or delete the file, and end what it has started since.

check-module_file_write = Kernel module placed on the host
check-module_file_write-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to write
    [unknown] may have written
   *[succeeded] wrote
} { noun-path }, a kernel module of the host or the list of those that are loaded at boot{ $outcome ->
    [attempted] .
    [unknown] ; if it did, its code runs in the host's kernel from the next boot on.
   *[succeeded] ; its code runs in the host's kernel from the next boot on.
}
check-module_file_write-settle = The file as it lies on the host now, and its signature.
check-module_file_write-remove = Delete the module and its line in the lists, rebuild the initial ramdisk, and start the host again from a trusted kernel.

check-suid_set = Program of the host made to run as its owner
check-suid_set-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to make
    [unknown] may have made
   *[succeeded] made
} { noun-path } of the host run as its owner (set-user-id){ $outcome ->
    [attempted] .
    [unknown] ; if it did, whoever starts it then has the owner's rights.
   *[succeeded] ; whoever starts it then has the owner's rights.
}
check-suid_set-settle = Mode and owner of the file on the host now.
check-suid_set-remove = Take the bit away (`chmod u-s,g-s`), or restore the file: what was made to run as its owner may also have been changed.

check-role_binding_created = Role given to an identity of the cluster
check-role_binding_created-text = The role { noun-path } was bound ({ noun-target }) by { noun-user }; the identities named there keep it until the binding is deleted. Whoever installs programs makes bindings, too.
check-role_binding_created-settle = The binding's subjects, and who was to be given that role.
check-role_binding_created-remove = Delete the binding (`kubectl delete clusterrolebinding NAME`), and look at what the identities did with the role in the audit log.

## Cover-up

check-history_removed = Shell history of the host removed
check-history_removed-text = From { noun-container }, { noun-process } removed, emptied or blinded { noun-path }, in which a shell of the host keeps what was typed.
check-history_removed-settle = A copy of the file in a backup, and records of the programs that were started.

check-log_removed = Log of the host removed
check-log_removed-text = From { noun-container }, { noun-process } deleted or emptied the host's log { noun-path }.
check-log_removed-settle = A copy of the log that had already left the host, and its last version in a backup.

check-timestamps_changed = Times of a changed file set
check-timestamps_changed-text = From { noun-container }, { noun-process } set the times of { noun-path } of the host after writing it; its dates prove nothing any more. Archives that are unpacked do the same.
check-timestamps_changed-settle = The inode's change time (ctime), which cannot be set, and the file in a backup.

check-journal_vacuumed = Journal of the host cut short
check-journal_vacuumed-text = After { noun-container } had acted on the host, the host's journal was made to drop or rotate its files{ noun-command }.
check-journal_vacuumed-settle = A copy of the journal that had already left the host, and who asked for it.

check-cover_up_commands = Commands that cover traces
check-cover_up_commands-text = A shell's history has a command that covers traces{ noun-command }; a history says what was typed, not what came of it.
check-cover_up_commands-settle = Records of programs started at that time, and who was logged in.

check-recorder_stopped = Recording stopped after a crossing
check-recorder_stopped-text = After { noun-container } had acted on the host, recording stopped or was narrowed ({ noun-target }); who did it is not known, and from then on, silence proves nothing.
check-recorder_stopped-settle = The service manager's log for that moment, and a copy of the log that had already left the host.

check-serial_hole = Records missing around a crossing
check-serial_hole-text = Around the acts of { noun-container } on the host, records of the audit log are missing (numbers { noun-target }); they were lost, or somebody cut the log.
check-serial_hole-settle = A copy of the log that had already left the host, and the recorder's own count of losses.

check-api_events_deleted = Events of the cluster deleted
check-api_events_deleted-text = Events of the Kubernetes API ({ noun-target }) were to be deleted by { noun-user }; they expire by themselves, and nobody needs to delete them.
check-api_events_deleted-settle = A copy of the events in a monitoring system, and the API server's audit log.

## Story steps that are no findings

story-container_first_seen = First record of { noun-container }: { noun-process } runs in it.
story-container_started = Start of { noun-container }.
story-container_entered = Inside { noun-container }, { noun-process } was started.
story-process_started = From { noun-container }, { noun-process } was started ({ noun-target }).
story-file_changed = From { noun-container }, { noun-process } changed { noun-path } on the host.
story-files_changed = { $count ->
    [one] One file of the host was changed.
   *[other] { $count } files of the host were changed.
}
story-file_read = From { noun-container }, { noun-process } opened { noun-path } of the host for reading.
story-files_read = { $count ->
    [one] One file of the host was opened for reading.
   *[other] { $count } files of the host were opened for reading.
}
story-log_deleted = From { noun-container }, { noun-process } deleted or emptied the log { noun-path }.
