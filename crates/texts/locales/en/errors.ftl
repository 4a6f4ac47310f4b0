# Errors: what was tried, what was found, what to do next.

error-tried = Tried: { $what }
error-found = Found: { $what }
error-next = Next: { $what }

## What was found

error-not_found = There is nothing at { $path }.
error-permission_denied = The operating system refused access to { $path }.
error-disk_full = The disk that holds { $path } is full.
error-read_failed = { $path } could not be read: { $detail }.
error-write_failed = { $path } could not be written: { $detail }.
error-wrong_password = The password does not open the repository { $source }.
error-repository_missing = There is no backup repository at { $source }.
error-repository_damaged = The backup repository { $source } is damaged: { $detail }.
error-unknown_backend = “{ $source }” names no kind of backup source.
error-case_missing = { $path } is no case: it has no case.toml.
error-case_exists = { $path } already holds a case.
error-case_busy = Another command is working on this case.
error-stage_missing = The case has no { $artefact } yet.
error-artefact_unreadable = { $path } is no artefact that this version can read: { $detail }.
error-artefact_newer = { $path } was written by a newer version (schema { $schema }).
error-evidence_changed = The evidence { $path } is no longer what was taken in: its hash differs.
error-plan_not_approved = The plan has not been approved.
error-plan_changed = The plan was changed after it was approved.
error-custody_broken = The custody log does not hold: { $detail }.
error-target_not_allowed = { $path } is not below the target that was given.
error-not_root = This act needs the rights of root.
error-invalid_argument = “{ $value }” cannot be used here: { $detail }.

## What to do next

next-step-check_path = Check the path, and that the disk or share is mounted.
next-step-check_permission = Run it as a user who may read the path, or copy the evidence to where you may.
next-step-free_space = Free some room, or move the case to a larger disk; then run the same command again: it goes on where it stopped.
next-step-check_password = Give the right password with `--password-file`, or in the environment variable that the help names.
next-step-check_repository = Check the address of the repository; `restic -r ADDRESS snapshots` must list it.
next-step-repair_repository = Work on a copy of the repository, and run `restic check` on the copy to see what is damaged.
next-step-new_case = Make a case with `yobitsugi case new DIRECTORY`.
next-step-other_directory = Choose another directory, or go on with the case that is there.
next-step-wait = Wait until the other command has ended, then run this one again.
next-step-run_stage = Run `yobitsugi { $command }` first.
next-step-upgrade = Use the version of Yobitsugi that wrote it, or a newer one.
next-step-take_in_again = Take the evidence in again as a new item; the old one stays on record. Find out who changed the file.
next-step-approve = Read the plan with `yobitsugi plan`, then approve it with `yobitsugi approve`.
next-step-keep_custody = Keep the log as it is, and compare it with the checkpoint that was handed out.
next-step-run_as_root = Run the same command as root, or give a target directory that your user may write to.
next-step-see_help = See `yobitsugi { $command } --help` for what can be used.
next-step-report_bug = This is a fault in Yobitsugi. Nothing was lost; please report the text above.

## What to do next: the case

next-case-exists = Choose a directory that is empty or does not exist. To go on with the case that is there, give it with `--case`.
next-case-missing = Make a case with `yobitsugi case new DIR`, or say with `--case DIR` where it is.
next-case-settings = Put `case.toml` right as the message says; `docs/case-layout.md` describes it.
next-run-earlier-stage = Run the earlier stage first: the order is intake, read, detect, plan, approve, restore, verify, report.
next-give-evidence = Take evidence in with `yobitsugi intake PATH…`, then go on.
next-look-at-coverage = Nothing was lost: it is in the case. `yobitsugi coverage` lists what was found; take the right files in, or say with `--format` how to read them (auditd, k8s_audit, falco).
next-known-formats = Leave `--format` away to let the format be recognised, or give one of: auditd, bolt, containers_storage, cri_log, docker_events, docker_json_log, docker_state, ecs, falco, gke_audit, journal_export, journal_file, journal_json, k8s_audit, kernel, laurel, oci_spec, ocsf, runtime_log, shell_history, state_value, syslog, tetragon, tracee, tracee_v1.
next-give-backup = Give a backup source with `--backup restic:/PATH` or `--backup dir:/PATH`, or write it into `case.toml`.
next-approve-plan = Look at the plan with `yobitsugi plan`, then approve it with `yobitsugi approve`. Nothing was changed.
next-plan-anew = Make the plan anew with `yobitsugi plan`: an edited plan is never carried out. Decisions are given with `--take-clean` and `--keep-live`. Nothing was changed.
next-name-object = Name the object by the path that `yobitsugi scope` shows.
next-nothing-to-plan = Look at `yobitsugi coverage` for what the evidence could not tell.
next-give-target = Say what stands for the host: `--target DIR` for its root directory, or `--map /PATH/ON/HOST=DIR` for a part of it.
next-read-help = See `yobitsugi --help`, or `yobitsugi VERB --help` for one command. Nothing was changed.
next-report-bug = This is a fault of Yobitsugi. Nothing was lost: please report the text above.
next-report-defect = This is a fault of Yobitsugi. Nothing was lost: please report the text above.

## What to do next: files

next-storage-full = Free some space, or move the case to a larger disk, and run the same command again: what was complete is kept.
next-file-permission = Run it as a user who may read and write there.
next-file-missing = Check the path, and that the disk or share is mounted.
next-file-read-only = The file system is mounted read-only: choose a case directory that can be written.
next-file-device = The disk or share failed: look at the kernel's log, copy what is there to another disk, and go on with the copy.
next-artefact-rerun-stage = The file was changed or is damaged: run the stage that makes it again.
next-artefact-newer-version = It was written by a newer version: use that version of Yobitsugi or a later one.
next-store-run-parse = Read the evidence again with `yobitsugi read`: the stored events are only derived from it.

## What to do next: queries

next-query-column = Take one of these names. `yobitsugi query "describe events"` lists all columns of events; a fact without a column is `fact(body, 'name')`. Nothing was changed.
next-query-memory = Ask for less at once: fewer columns (above all not `body`), a narrower `where`, or a `limit`.
next-query-read-only = Ask with `select`, `with`, `explain`, `show` or `describe`. Nothing was changed.
next-query-statement = Put the statement right: it is SQL as PostgreSQL writes it, texts in single quotes, the column "offset" in double quotes. docs/stages/search.md has examples. Nothing was changed.
next-query-table = Write `from events`: it is the only table. Nothing was changed.

## What to do next: evidence

next-intake-path = Check the path; nothing was taken in.
next-intake-permission = Run it as a user who may read the evidence, or copy the evidence to where you may.
next-intake-gone = Put the evidence back to where it was, or take it in again without `--in-place`.
next-intake-changed = Find out who changed it. Take it in again as new evidence; the old hash stays on record.
next-intake-stored-differs = The case's own copy was changed or its disk is failing: go back to the evidence as it was handed over, and take it into a new case.
next-intake-take-again = Make it readable and take it in again.

## What to do next: backup sources

next-backup-url = Write it as `restic:/PATH` for a restic repository, or `dir:/PATH` for a directory of snapshots.
next-backup-path = Check the path, and that the disk or share with the backups is mounted.
next-backup-kind = Give the directory that holds `config`, `keys` and `data` (restic), or the one whose entries are named after times (`dir:`).
next-backup-permission = Run it as a user who may read the repository, or work on a copy of it.
next-backup-password-missing = Give the password with `--password-file FILE`, or in RESTIC_PASSWORD_FILE or RESTIC_PASSWORD.
next-backup-password-wrong = Check the password file: its first line is the password. `restic -r PATH key list` tries it as well.
next-backup-repair = Work on a copy of the repository, and run `restic check` there to see what is damaged.
next-backup-format = This repository was made by another version of restic: copy it to one of format 1 or 2 with `restic copy`.
next-backup-catalogue-again = The backup source has changed since: make the plan anew with `yobitsugi plan`.
next-backup-other-source = Use another backup source for this object, and plan again.
next-backup-storage = The storage failed while it was read: copy the repository to another disk, and go on with the copy.

## What to do next: custody log

next-custody-exists = This directory has a custody log already: choose another directory for a new case.
next-custody-no-case = Check the path of the case. When its custody log was removed, that itself is a finding: compare with the copies.
next-custody-give-key = The case's key is kept elsewhere: give it.
next-custody-wrong-key = Use the public key that was handed out when the case was made.
next-custody-damaged = Leave everything as it is, make a copy, and compare it with the checkpoints that were handed out: the message says where the log stops agreeing.
next-custody-verify-inputs = Check the paths of the log, the checkpoint and the public key.
next-custody-entry-too-long = Give fewer paths in one command.

## What to do next: restore

next-restore-target = Give a directory that exists and is no link, with `--target DIR` or `--map /PATH/ON/HOST=DIR`. The case must lie outside of it. Nothing was changed.
next-restore-target-link = Give the target by its real path, without symbolic links. Nothing was changed.
next-restore-host-prefix = Write each mapping as `--map /PATH/ON/HOST=DIR`, with an absolute path and each path once. Nothing was changed.
next-restore-other-target = Give the target of the first run again; for another target use a case of its own.
next-restore-journal = Make the case directory writable and free some space; then run the same command again: it goes on where it stopped.
next-restore-journal-damaged = Do not go on with this target. Compare it with the receipts; what was replaced lies in its quarantine directory.
next-restore-plan-again = Make the plan anew with `yobitsugi plan`, and approve it.
next-restore-running = Wait until the other restore has ended, then run this one again.
next-restore-never-executed = There is nothing to undo: this plan was not carried out.
