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

check-authorized_keys_write = SSH key placed on the host
check-authorized_keys_write-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to write
    [unknown] may have written
   *[succeeded] wrote
} { noun-path }; keys in that file open an SSH login to the host without a password.
check-authorized_keys_write-settle = The file as it lies on the host now, and the log of the SSH server for logins with a new key.

check-systemd_unit_write = Service unit placed on the host
check-systemd_unit_write-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to write
    [unknown] may have written
   *[succeeded] wrote
} the systemd unit { noun-path }; systemd runs its units on the host.
check-systemd_unit_write-settle = The unit as it lies on the host now, and the systemd journal for its start.

check-static_pod_write = Static pod placed on the node
check-static_pod_write-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to write
    [unknown] may have written
   *[succeeded] wrote
} the static pod manifest { noun-path }; the kubelet starts such pods without asking the API server.
check-static_pod_write-settle = The manifest as it lies on the node now, the kubelet's log, and the mirror pods in the API server.

check-runtime_socket = Container runtime's socket used from inside a container
check-runtime_socket-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to connect
    [unknown] may have connected
   *[succeeded] connected
} to the container runtime's socket { noun-path }; whoever speaks to it can start containers with full rights on the host.
check-runtime_socket-settle = The runtime's own log of requests, and its list of containers created in those minutes.

check-core_pattern = Kernel's crash handler replaced
check-core_pattern-text = From { noun-container }, { noun-process } { $outcome ->
    [attempted] tried without success to write
    [unknown] may have written
   *[succeeded] wrote
} the kernel setting core_pattern ({ noun-path }); a program named there is started as root on the host when a process crashes.
check-core_pattern-settle = The value of /proc/sys/kernel/core_pattern now, and records of programs that the kernel started after that.

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
