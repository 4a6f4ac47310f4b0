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
