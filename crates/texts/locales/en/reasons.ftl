# Reasons, states and kinds: names that stand in artefacts, in words. Families end before the last hyphen.

## Why a step is in the plan

step-reason-content_changed = Its content was changed by a hostile process.
step-reason-deleted = It was deleted by a hostile process.
step-reason-metadata_changed = Its mode, owner, times or attributes were changed by a hostile process.
step-reason-created_by_attacker = It was made by the attacker; it is moved into quarantine and kept as evidence.
step-reason-renamed_here = A hostile process gave it this name by a rename.
step-reason-renamed_away = A hostile process took its name away by a rename.
step-reason-overwritten = A hostile process opened it for writing; any byte of it may differ.
step-reason-truncated = A hostile process cut its content.
step-reason-parent_missing = The directory that holds restored objects is missing.
step-reason-parent_directory = It holds objects that are restored.
step-reason-linked = A hostile process made a further name for it (hard link), which changed its link count.

## What a step does

step-action-write_file = Write file
step-action-set_metadata = Set metadata
step-action-make_directory = Make directory
step-action-make_symlink = Make symbolic link
step-action-quarantine = Move into quarantine

## Why a version was chosen or not

candidate-chosen = Chosen: the newest version stored before the first hostile act.
candidate-stored_after_first_act = Stored after the first hostile act, so it may hold the attacker's changes.
candidate-older = Older than the chosen version.
candidate-forged_time = Its own time and the storage's time contradict each other.
candidate-snapshot_damaged = The snapshot that holds it is damaged.
candidate-only_declared_time = Only the snapshot itself says when it was stored, and its writer can forge that.
candidate-same_content = It has the same content as the chosen version.
candidate-passed_over = Newer than the chosen version, but not usable: its snapshot or its time is in doubt.
candidate-gone_before_first_act = In a later clean snapshot it is gone, so it was no longer valid.

## Who says when a version was stored

time-origin-server = storage server's clock
time-origin-storage_file = file times of the storage
time-origin-declared = only the snapshot itself; can be forged

## Warnings about whole backup sources

catalogue-warning-forged_time = Some snapshots state a time that contradicts the time of their storage. Their own times were not used. Freeze all pruning of this repository until it is understood.
catalogue-warning-only_declared_time = Only the snapshots themselves say when they were stored. Whoever could write to the repository could forge these times; compare them with another record before relying on them.
catalogue-warning-snapshot_damaged = Some snapshots could not be read in full; versions in them may be missing here.
catalogue-warning-snapshot_unreadable = Some snapshots could not be read; versions in them are missing here.
catalogue-warning-freeze_pruning = Freeze all pruning of the backups until the case is closed: pruning can remove the only clean version.
catalogue-warning-source_unreadable = A backup source could not be read; nothing in it was considered.
catalogue-warning-prune_may_run = The repository is locked by a running act that may be pruning. Freeze pruning, then plan again.
catalogue-warning-index_damaged = Part of the repository's index is damaged; versions may be missing here.
catalogue-warning-key_refused = A key of the repository could not be used.
catalogue-warning-rewritten_snapshot = Some snapshots were rewritten after they had been made.
catalogue-warning-relative_paths = Some snapshots hold relative paths; where their files lie on the host is inferred.
catalogue-warning-partly_excluded = Some snapshots were made with exclusions: a path that is missing there may have existed.
catalogue-warning-odd_roots = Some snapshots state roots that do not fit their content.
catalogue-warning-root_inferred = Which directory of the host the copies stand for is inferred.
catalogue-warning-root_ambiguous = Which directory of the host the copies stand for is ambiguous; say it when the source is given.
catalogue-warning-version_index_rebuilt = The stored index of versions could not be used and was made anew.
catalogue-warning-version_index_not_kept = The index of versions could not be kept; the next look-up is slower.
catalogue-warning-no_source = No backup source was given.

## Why no clean point

clean-none-no_source_covers_path = No backup source holds this path.
clean-none-all_versions_after_first_act = Every version was stored after the first hostile act.
clean-none-only_declared_time = Only forgeable times say that a version is old enough.
clean-none-not_looked_up = It was not looked up, because its path on the host is unknown.
clean-none-only_forged_times = Only snapshots whose times contradict each other hold a version.
clean-none-snapshot_damaged = The snapshot that would hold it is damaged.

## Why an object is not restored

not-restored-no_source_covers_path = No backup source holds this path.
not-restored-path_unknown = Its path on the host could not be found from the evidence.
not-restored-all_versions_after_first_act = Every stored version is newer than the first hostile act.
not-restored-parent_is_not_restored = The directory that holds it is not restored.
not-restored-special_file = It is a device, pipe or socket: these have no content to restore.
not-restored-later_benign_change = A legitimate process changed it later; restoring would lose that change.
not-restored-no_clean_version = No version is known to be clean.
not-restored-absent_before = It did not exist before the first hostile act.
not-restored-existence_unknown = The evidence cannot tell whether it existed before the first hostile act.
not-restored-snapshot_damaged = The snapshot that holds its clean version is damaged.
not-restored-only_declared_time = Only forgeable times say that a version is clean.
not-restored-kernel_setting = It is a kernel setting, not data.
not-restored-directory = It is a directory whose content was listed object by object.
not-restored-secret = It was read, not changed. What was read cannot be taken back.
not-restored-no_hostile_act = No hostile act on it is recorded.
not-restored-unsafe_path = Its path cannot be restored safely.
not-restored-only_forged_times = Only snapshots whose times contradict each other hold a version.
not-restored-not_a_file = It is not a file, directory or link.
not-restored-gone_again = It was made and removed again during the incident; nothing of it is left.
not-restored-kept_by_decision = It is kept as it is, by decision of a person.
not-restored-other_host = It lies on another host than the one this plan is for.
not-restored-host_is_ambiguous = The evidence names several hosts and does not say on which of them it lies.
not-restored-catalogue_is_for_other_path = The catalogue looked it up under another path; it must be made anew.
not-restored-created_after_clean_point = It was made after the newest clean backup and before the first hostile act: no source ever held it.
not-restored-clean_version_missing = The catalogue names a clean version that it does not hold.
not-restored-clean_version_too_late = The version that the catalogue calls clean was stored too late for this plan.
not-restored-covered_by_other_step = Another step settles it.
not-restored-parent_is_not_a_directory = What lies above it is no directory.
not-restored-directory_moved = Its directory was moved as a whole.
not-restored-directory_moved_here = A whole directory was moved here.
not-restored-holds_other_objects = It holds further objects that must not be moved with it.

## What a person can do about it

next-look_for_another_backup = Look for another backup, snapshot or copy that covers this path, and add it to the case.
next-add_backup_source = Add a backup source that covers this path, and plan again.
next-find_path = Find the file on the host by its device and inode number, and restore it by hand.
next-find_path_by_inode = Find the file on the host by its device and inode number, and restore it by hand.
next-older_backup = Look for an older backup than those that were given; if this one was copied and lost its times, and you vouch for its snapshots, add ?times=declared to its URL.
next-review_by_hand = A person must compare the versions and decide.
next-merge_by_hand = Restore the clean version beside it, compare, and merge the later change by hand.
next-recreate = Make it anew: by its service, its package or by hand.
next-reinstall_package = Install the package that owns it again.
next-rotate = Replace it: issue a new key, token or password and revoke the old one.
next-set_back_by_hand = Set it back by hand, and check what the system sets at start.
next-restore_parent = Settle the directory that holds it first, and plan again.
next-quarantine_by_hand = Move it aside by hand and keep it as evidence.
next-repair_backup = Check and repair the backup repository, or use a copy of it.
next-confirm_time = Confirm the time of the snapshot from another record, and plan again.
next-compare_with_backup = Compare it with the newest backup, and decide.
next-plan_again = Make the catalogue and the plan anew.
next-plan_for_that_host = Make a plan of its own for that host.
next-resolve_conflict = A person must decide which changes to keep: restore the clean version beside it, and compare.
next-move_directory_back = Move the directory back by hand, then plan again.
next-recover_from_renamed_copy = Its content may still lie under its new name: compare and copy it back by hand.
next-nothing = Nothing needs to be done.

## Why the writer refused a step

refused-target_changed_since_planning = What lies at the path changed after the plan was made.
refused-unsafe_parent = A directory on the way is a link or a mount, or was swapped.
refused-not_a_regular_file = What lies at the path is no regular file.
refused-content_mismatch = The content that the source delivered does not have the expected hash.
refused-outside_target = The path leads out of the target.
refused-no_space = The disk has not enough room.
refused-hard_linked = The file has further names (hard links) that the step would change too.
refused-source_unavailable = The source could not deliver the content.
refused-mount_point = A file system is mounted at the path.
refused-invalid_path = The path is no clean absolute path.
refused-append_only = The file is marked append-only.
refused-immutable = The file is marked immutable.
refused-changed_during_restore = It was changed while the step was running.
refused-changed_since_restore = It was changed after the restore, so undoing would lose that change.
refused-directory_in_the_way = A directory lies where a file belongs.
refused-directory_not_empty = The directory is not empty.
refused-directory_not_empty_of_others = The directory holds objects that do not belong to this plan.
refused-kind_mismatch = What lies at the path is of another kind than expected.
refused-nothing_there = Nothing lies at the path.
refused-no_atomic_exchange = The file system cannot exchange two names in one act.
refused-parent_missing = A directory on the way is missing.
refused-path_is_target_root = The path is the target directory itself.
refused-quarantine_missing = What was put into quarantine is not there any more.
refused-reserved_name = The name belongs to directories of this program.
refused-special_file = It is a device, pipe or socket.
refused-too_many_entries = The directory holds more entries than can be handled safely.
refused-unsafe_name = The name cannot be used safely.

## What a step came to

step-state-done = Done, confirmed by reading back
step-state-already_right = Nothing to do: already equal to the clean version
step-state-refused = Refused
step-state-failed = Failed
step-state-undone = Undone again

## How a step can be undone

undo-nothing = nothing was changed
undo-remove = remove what was put there
undo-put_back = put back from quarantine: { $name }
undo-reset_metadata = set the metadata back

## Fingerprints of what stands at a path

fingerprint-nothing = nothing
fingerprint-file = file
fingerprint-directory = directory
fingerprint-symlink = symbolic link
fingerprint-block = block device
fingerprint-char = character device
fingerprint-fifo = named pipe
fingerprint-socket = socket

## What would settle a possible or derived object

settled-compare_hashes_with_backup = Compare the hashes of all files below it with the newest clean backup.
settled-compare_with_backup = Compare it with the newest clean backup.
settled-compare_with_package = Compare it with the package that owns it.
settled-compare_with_image_layer = Compare it with the image layer it came from.
settled-other_log_source = Add another log of the same time: of the host, the network or the orchestrator.

## In which way an object is affected

affected-touched = touched
affected-transient = made and removed again
affected-settings = kernel setting
affected-exposed = exposed by reading
affected-derived = derived

## What harm reading does

exposed-secret = Secret: must be replaced

## What an exposed object holds

content-account_passwords = Password hashes of the host's accounts
content-ssh_private_key = SSH private key
content-ssh_host_key = The host's SSH key
content-tls_private_key = Private key of a certificate
content-node_credential = Credential of a Kubernetes node
content-cluster_admin_credential = Credential of a cluster administrator
content-service_account_token = Token of a Kubernetes service account
content-kubeconfig = A person's kubeconfig
content-etcd_data = The cluster's database
content-cloud_credential = Access key of a cloud
content-registry_credential = Login to a container registry
content-database_password = Password of a database
content-keytab = Kerberos keys
content-environment_file = Settings of a program with passwords
content-other_secret = Secret of a kind that its name does not say
content-account_list = Names of the host's accounts
content-login_records = Records of logins: names, times, addresses
content-mail = Mail
content-home_file = File in a person's home directory
content-access_log = Log of requests: addresses, what was asked
content-database = Database
content-document = Document or table
content-archive = Archive, dump or backup
content-volume = Data of a container
content-other_data = Other data

## What to do about a secret that was read

rotate-account_passwords = Set new passwords for every account with a hash, and wherever the same password is used.
rotate-ssh_private_key = Make a new key pair, and remove the old public key from every authorized_keys and Git service.
rotate-ssh_host_key = Make new host keys, and tell the users the new fingerprints.
rotate-tls_private_key = Issue a new key and certificate, and revoke the old certificate.
rotate-node_credential = Remove the node's certificates, let the kubelet ask for new ones; rotate the cluster's CA if it cannot revoke.
rotate-cluster_admin_credential = Certificates cannot be revoked in Kubernetes: rotate the cluster's CA, or remove the rights of the name in the certificate.
rotate-service_account_token = Delete its pods so that bound tokens expire, delete token Secrets, and check what the account was used for.
rotate-kubeconfig = Revoke the tokens in it, and issue new ones.
rotate-etcd_data = Every Secret of the cluster counts as read: rotate all of them, and the key that encrypts them.
rotate-cloud_credential = Disable the key now, make a new one, and look through the cloud's own log for its use.
rotate-registry_credential = Revoke the token or password, and check which images were pushed since.
rotate-database_password = Change the password, and look through the database's log for its use.
rotate-keytab = Change the keys of the principals in it (twice for krbtgt).
rotate-environment_file = Change every password, token and key in it.
rotate-other_secret = Find out what it opens, and replace it.

## Whether exposed data is about persons

personal-yes = Personal data
personal-no = No personal data by its kind
personal-cannot_tell = Check whether it holds personal data

## Why a process counts as hostile

subject-reason-container = It belongs to the container that the crossing came from.
subject-reason-descendant = It was started by a hostile process.
subject-reason-kernel_helper = The kernel started it because of a changed setting.
subject-reason-entered_host_namespace = It went from the container into a namespace of the host.
subject-reason-started_container = It runs in a container that a hostile process had started.
subject-reason-persistence = It was started by something that the attacker had left behind.
subject-reason-crossing = It crossed the boundary itself.
subject-reason-runs_written_program = It runs a program or job that a hostile process had written.

## How a statement is known

certainty-observed = Observed
certainty-inferred = Inferred
certainty-possible = Possible

## How far a crossing got

crossing-succeeded = Succeeded
crossing-attempted = Attempted, failed
crossing-unknown = Cannot tell

## Parts of the story

story-part-entry = Entry
story-part-crossing = Crossing
story-part-action = Action
story-part-persistence = Persistence
story-part-cover_up = Cover-up

## What was done to an object

operation-created = created
operation-truncated = truncated
operation-overwritten = opened for writing or replaced
operation-renamed_away = renamed away
operation-renamed_here = renamed here
operation-linked = hard link made
operation-deleted = deleted
operation-metadata = metadata changed

## Kinds of objects

object-file = file
object-directory = directory
object-symlink = symbolic link
object-block_device = block device
object-char_device = character device
object-fifo = named pipe
object-socket = socket
object-process = process
object-container = container
object-api_object = API object
object-module = kernel module

## Blind windows: why the evidence is silent

blind-serial_gap = { $missing_known ->
    [no] Serial numbers are missing: records were lost.
   *[yes] { $missing } serial numbers are missing: records were lost.
}
blind-declared_drop = { $missing_known ->
    [no] The recorder itself says that it lost events.
   *[yes] The recorder itself says that it lost { $missing } events.
}
blind-recorder_off = The recorder was stopped, reconfigured or switched off.
blind-unreadable = Records here are torn or cannot be read.
blind-not_followed = The evidence names more than is kept in memory. Without room: { $processes } processes, { $places } sightings of directories and files, { $containers } sightings of containers, and { $hosts } events of further hosts. Which container acted, and where a path lies on the host, may be missing there. Read the hosts or days one after the other to have all of it.
blind-clock_jump = The clock stepped backwards; the order of events here is uncertain.
blind-silence = { $seen_in_known ->
    [yes] What processes did on the host is not recorded here, although { $seen_in } shows that it was running.
   *[no] { $source_known ->
        [no] Nothing at all was recorded for much longer than usual.
       *[yes] In { $source }, nothing at all was recorded for much longer than usual.
    }
}
blind-not_recorded = { $class_known ->
    [no] The sources do not record a kind of event that a conclusion would need.
   *[yes] The sources do not record this kind of event: { $class }.
}

## Problems with evidence

problem-not_a_record = not a record of this format
problem-torn = torn record
problem-too_long = record longer than the bound
problem-bad_field = unreadable field
problem-incomplete = incomplete event
problem-duplicate = duplicate record
problem-bad_time = impossible time
problem-truncated = damaged or broken-off archive
problem-bound = bound against hostile input reached
problem-unknown_format = unknown format
problem-unreadable = refused by the operating system
problem-claimed = looks like a recorder's record, written by somebody else
problem-left_alone = left alone on purpose

## The ladder of verdicts

rung-meaning-V0 = written
rung-meaning-V1 = bytes equal the chosen version (SHA-256)
rung-meaning-V2 = metadata equal
rung-meaning-V3 = valid in its own format
rung-meaning-V4 = consistent with its neighbours
rung-meaning-V5 = functional test holds
rung-meaning-V6 = signed by a person
rung-none = not even written

## Answers

answer-yes = Yes
answer-no = No
answer-cannot_tell = Cannot tell
answer-cannot_tell-because = Cannot tell, because this is missing: { $missing }

## What is missing to be surer

missing-target_namespace = which namespace was entered
missing-node_log = a log of the node itself
missing-runtime_request = the runtime's own log of the request
missing-host_path = the path on the host
missing-own_findings = findings of their own for these events: there were too many of this check, and this one stands for all further ones
missing-raw_events = the raw events behind the alert
missing-recorder_identity = proof that the recorder wrote these records: the log that carries them takes any line under any name
missing-helper_start = records of programs that the kernel started after that
missing-kernel_log = the kernel's own log
missing-sysrq_writer = who gave the kernel the command that its log shows
missing-process_root = whose process the path under /proc leads through
missing-traced_process = whose process was acted on
missing-opened_object = which file was opened
missing-module_origin = where the module comes from
missing-bpf_purpose = what the BPF program does
missing-program_mode = the mode of the program that was started
missing-acting_user = which user acted
missing-page_cache_hash = the hash of the file as it is read, beside that on the disk
missing-device_use = whether the device was then opened
missing-device_number = the number of the device
missing-working_directory = the working directory that the process got
missing-masked_target = what the runtime then mounted or opened there
missing-link_text = where the link leads
missing-mount_target = where the runtime then mounted
missing-volume_content = what was copied into the volume
missing-setting_value = the value of the setting on the node
missing-hook_record = records of the hooks that the runtime started
missing-link_reader = who followed the link
missing-token_read = records of reads of the token
missing-client_program = the name of the client's program
missing-key_use = what the keys were then used for
missing-runtime_client = who asked the engine
missing-file_mode = the mode that was set
missing-role = which role was bound
missing-times_set = which times were set
missing-who_asked = who asked for it
missing-program_records = records of the programs that were started
missing-who_cut = whether the records were lost or cut
missing-serial_numbers = serial numbers of records
missing-no-container = no container could be identified
missing-place-of-writes = { $count ->
    [one] the place on the host of one write by a container
   *[other] the place on the host of { $count } writes by containers
}
missing-request-bodies = { $count ->
    [one] the body of one request (audit level Metadata)
   *[other] the bodies of { $count } requests (audit level Metadata)
}
missing-no-event = no event of { $actions }

## Classes of events that a source may not record

class-program_starts = starts of programs
class-file_changes = changes of files
class-file_reads = reads of files
class-namespaces_and_mounts = namespaces and mounts
class-runtime_sockets = connections to sockets

## Notes of a step that is done

note-owner_not_restored = The owner could not be set; this needs the rights of root.
note-set_id_bits_not_restored = The set-user-ID and set-group-ID bits were left off, because the owner could not be set.
note-attribute_not_restored = An extended attribute could not be set.
note-time_not_restored = A time could not be set.
note-attributes_unknown_to_source = The backup source does not keep extended attributes; those found were left.
note-not_put_back = What was there could not be put back: a person must look at this path.
note-former_object_in_quarantine = What was there lies in quarantine.
note-earlier_object_in_quarantine = What an earlier run had found there still lies in quarantine.
note-interrupted_and_not_settled = The step was interrupted, and its state could not be settled: a person must look at this path.
note-not_looked_at = It was not looked at.
