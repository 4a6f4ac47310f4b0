# Texts of the command line: help, progress, results. Keys start with cli- or stage-.

cli-language-help = Language of all texts: en or ja. By default the language of the environment (LC_ALL, LC_MESSAGES, LANG).

## Help

cli-about = From a container host's boundary log to verified data: says when and how a container was left, which data was touched, and brings it back from its last clean version.
cli-usage = Usage:
cli-heading-commands = Commands, in the order of the work
cli-after-help =
    All in one go:
      yobitsugi investigate audit.log.gz --backup restic:/backup/host --password-file pw

    Times are UTC. Data goes to standard output, everything else to standard error.
    Exit codes: 0 done, 10 done and there is an incident; the others stand in docs/exit-codes.md.
cli-heading-input = Input
cli-heading-backup = Backups
cli-heading-target = Target and consent
cli-heading-filter = Filtering
cli-heading-output = Output
cli-heading-display = Display

cli-arg-help = Print help
cli-arg-version = Print the version
cli-arg-json = Print data as JSON
cli-arg-quiet = Say nothing but data, warnings and errors
cli-arg-no-color = No colours (NO_COLOR does the same)
cli-arg-case = Directory of the case; else YOBITSUGI_CASE, else the current directory (investigate: a new one)
cli-arg-evidence = Files, directories or archives (.gz, .zst, .xz, tar) with logs
cli-arg-name = Name of the case for people, e.g. "web-01 November"
cli-arg-in-place = Leave the originals where they are; keep only their hashes
cli-arg-clock = What you know of a source's clock: its zone (syslog=+09:00), how far it is ahead (syslog=+1500ms), or when its host booted (dmesg=2026-11-22T23:00:00Z)
cli-arg-format = Read evidence as this format, e.g. auditd, or messages.1=syslog for sources whose name ends so; else it is recognised
cli-arg-volume = Host directory that containers are meant to write, e.g. /srv/app/uploads
cli-arg-backup = Backup source, e.g. restic:/backup/host or dir:/snapshots?root=/srv/host
cli-arg-password-file = File whose first line is the repository's password; else RESTIC_PASSWORD_FILE, RESTIC_PASSWORD
cli-arg-clock-error = By how many seconds the clocks of host and backup may differ, e.g. 2.5
cli-arg-target = Directory that stands for the host's root directory, e.g. /mnt/host
cli-arg-map = Directory that stands for a part of the host, e.g. /var=/mnt/var
cli-arg-approve = Approve the plan at once and carry it out on the target
cli-arg-by = Name of the person who approves; else the user
cli-arg-take-clean = Settle a conflict: bring back the clean version of this path
cli-arg-keep-live = Settle a conflict: leave what is at this path
cli-arg-step = Only this step, e.g. 3; can be repeated
cli-arg-out = Directory for the report; else report/ in the case
cli-arg-dir = Directory to make: empty or not there yet
cli-arg-offset = Show local time beside UTC in the report, e.g. +09:00
cli-arg-from = Only events from this time on, e.g. 2026-11-23T21:30:00Z
cli-arg-to = Only events before this time
cli-arg-host = Only events of this host
cli-arg-actor = Only acts of this task name, program, user or pid, e.g. sh, /usr/bin/curl or 4242
cli-arg-container = Only events of this container, by the beginning of its name
cli-arg-path = Only events on paths that contain this text
cli-arg-action = Only events of this action, e.g. file or file.write
cli-arg-hostile = Only acts of processes that count as hostile
cli-arg-statement = The statement in SQL over the table events; `describe events` lists its columns
cli-arg-type = How to print it: { $kinds }
cli-arg-affected = The object: its identity or its path on the host; else every object whose identity contains this text
cli-arg-object = Only objects whose path contains this text, with their evidence act by act
cli-arg-log = The custody log to check; else the case's own
cli-arg-checkpoint = The signed checkpoint to check it against; else the case's own
cli-arg-public-key = The public key; else the case's own

cli-investigate-about = All in one go: intake, read, detect, plan, report; with --approve also restore and verify
cli-investigate-example =
    Example:
      yobitsugi investigate /evidence --backup restic:/backup/host --password-file pw

    Without --approve it stops after the plan and names the commands that come next.
    Without --case it makes a new directory yobitsugi-case-TIME here.
cli-intake-about = Take evidence into the case: hashed at first read, kept unchanged
cli-intake-example =
    Example:
      yobitsugi intake --case CASE /var/log/audit /evidence/pods.tar.zst
cli-read-about = Parse the evidence and store its events
cli-read-example =
    Example:
      yobitsugi read --case CASE
cli-containers-about = Show which containers the state of their runtimes describes, with privileges and mounts
cli-containers-example =
    Example:
      yobitsugi containers --case CASE
cli-coverage-about = Show how completely the evidence could be read, and where it is blind
cli-coverage-example =
    Example:
      yobitsugi coverage --case CASE
cli-detect-about = Find crossings of the container boundary, incidents, and what they touched
cli-detect-example =
    Example:
      yobitsugi detect --case CASE
cli-timeline-about = Show events in order
cli-timeline-example =
    Example:
      yobitsugi timeline --case CASE --hostile --path /etc/cron.d
      yobitsugi timeline --case CASE -t timesketch > web-01.jsonl
cli-query-about = Ask the events in SQL; changes nothing
cli-query-example =
    Example:
      yobitsugi query --case CASE "SELECT time, comm, object FROM events WHERE object_host_path LIKE '/etc/%'"

    Columns: yobitsugi query --case CASE "describe events"
    A fact without a column: fact(body, 'name')
cli-scope-about = Show the affected objects, or the evidence for one of them
cli-scope-example =
    Example:
      yobitsugi scope --case CASE /etc/cron.d/updater
cli-scope-why-about = Show the chain of evidence behind an affected object, record by record
cli-scope-why-example =
    Example:
      yobitsugi scope why /etc/cron.d/updater --case CASE
cli-plan-about = Look up clean versions and show what would be restored; changes nothing
cli-plan-example =
    Example:
      yobitsugi plan --case CASE --backup restic:/backup/host --password-file pw --take-clean /srv/data/app.conf
cli-approve-about = Approve the plan exactly as it is
cli-approve-example =
    Example:
      yobitsugi approve --case CASE --by "Sato"
cli-restore-about = Carry out the approved plan on a target; every step can be undone
cli-restore-example =
    Example:
      yobitsugi restore --case CASE --password-file pw --target /mnt/host
cli-undo-about = Take the restore back: all of it, or single steps
cli-undo-example =
    Example:
      yobitsugi undo --case CASE --target /mnt/host --step 3
cli-verify-about = Prove what was restored, rung by rung
cli-verify-example =
    Example:
      yobitsugi verify --case CASE --password-file pw --target /mnt/host
cli-report-about = Write the report in English and Japanese
cli-report-example =
    Example:
      yobitsugi report --case CASE --out /media/usb
cli-case-about = Make a case
cli-case-new-about = Make a case directory with its custody log
cli-case-new-example =
    Example:
      yobitsugi case new web-01 --backup restic:/backup/host --offset +09:00
cli-custody-about = Check or show the custody log
cli-custody-verify-about = Check the custody log; needs only the log, a checkpoint and the public key
cli-custody-verify-example =
    Example:
      yobitsugi custody verify --log custody.log --checkpoint checkpoint --public-key custody.pub
cli-custody-show-about = Print the entries of the custody log
cli-custody-show-example =
    Example:
      yobitsugi custody show --case CASE

## What the command line says

cli-error = Error:
cli-next = Next:
cli-warning = Warning:
cli-not-recorded = this look at the case could not be put on record: { $detail }
cli-case-made = The case { $path } was made.
cli-case-used = Case: { $path }
cli-keep-checkpoint = Keep a copy of this signed checkpoint outside the case; it proves later that nothing was changed:
cli-cannot-tell = Cannot tell: { $check }. Missing: { $missing }
cli-finding-grouped = { $count } events, the last at { $time }
cli-no-findings = No crossing of the container boundary was found in this evidence. `yobitsugi coverage` says what it could not tell.
cli-query-rows = { $count ->
    [one] one row
   *[other] { $count } rows
}
cli-why-crossing = The boundary was crossed: { $check } ({ $outcome }).
cli-why-process = Process { $comm } (pid { $pid }) is hostile. { $reason } ({ $certainty })
cli-why-act = It did this to the object: { $operation }.
cli-why-read = It read the object.
cli-why-read-touched = A process that is not hostile read { $object }, which was touched.
cli-why-wrote-after = It wrote this object { $delay } ms later.
cli-why-as-shown = The records are those of step { $number }.
cli-why-no-records = The records that say so cannot be read any more.
cli-why-more-records = … and { $count } more records of this event
cli-scope-touched = Touched ({ $count })
cli-scope-transient = Made and removed again ({ $count })
cli-scope-settings = Kernel settings ({ $count })
cli-scope-exposed = Exposed by reading ({ $count })
cli-scope-derived = Derived, with rank ({ $count })
cli-scope-used = Used as { $identity } since, { $count ->
    [one] once, from a new place
   *[other] { $count } times, from new places
}
cli-scope-empty = No affected objects.
cli-plan-title = Plan { $plan }: { $steps ->
    [one] one step
   *[other] { $steps } steps
}, { $left ->
    [0] nothing left out
    [one] one object not restored
   *[other] { $left } objects not restored
}
cli-plan-limit = First hostile act: { $first }. Clean is only what was stored before { $clean }.
cli-plan-loss = The loss window is the time before the first hostile act of which no clean snapshot holds the changes.
cli-plan-source = from { $source }, snapshot { $snapshot }, stored { $time } ({ $origin }); loss window { $age }
cli-plan-where = Backup sources
cli-plan-not-restored = Not restored
cli-plan-conflicts = To settle a conflict, plan again with --take-clean PATH (bring back the clean version; what is there is kept in quarantine) or --keep-live PATH (leave it).
cli-plan-next = Nothing was changed. To consent to exactly this plan: yobitsugi approve
cli-approved = Plan { $plan } approved by { $by } at { $time }.
cli-approve-next = Nothing was changed yet. To carry it out: yobitsugi restore --target DIR
cli-restore-next = To prove it: yobitsugi verify. To take it back: yobitsugi undo
cli-state-done = done
cli-state-already_right = already right
cli-state-refused = refused
cli-state-failed = failed
cli-state-undone = undone
cli-undo-refused = Step { $step } was not undone: { $reason } ({ $detail })
cli-verified = verified
cli-not-verified = not verified
cli-custody-good = The custody log is whole: { $entries } signed entries, root { $root }.
cli-custody-unsealed = { $count ->
    [one] One entry stands
   *[other] { $count } entries stand
} behind the checkpoint: in order, but not signed yet.
cli-custody-unfinished = { $count ->
    [one] One act was
   *[other] { $count } acts were
} begun and never ended: the process died.
cli-custody-torn = { $count ->
    [one] One line was torn by a crash.
   *[other] { $count } lines were torn by a crash.
}
cli-custody-clock = { $count ->
    [one] One entry has
   *[other] { $count } entries have
} a time before the entry in front: the clock stepped back.
cli-custody-own-key = Checked with the case's own key and checkpoints. Against someone who replaced all of them, check with those that were kept elsewhere.
cli-containers-none = The evidence holds no state of a container runtime. Give /var/lib/docker, /var/lib/containerd or /var/lib/containers.
cli-containers-privileged = PRIVILEGED
cli-column-container = container
cli-column-name = name
cli-column-image = image
cli-column-privileges = privileges
cli-column-mounts = mounts
cli-column-started = started
cli-column-bytes = bytes
cli-column-sources = sources
cli-column-file = file
cli-column-source = source
cli-column-format = format
cli-column-first = first (UTC)
cli-column-last = last
cli-column-records = records
cli-column-problems = problems
cli-column-gaps = gaps
cli-column-drops = drops
cli-coverage-heading = What the evidence covers
cli-coverage-unread = { $count ->
    [one] One further file is of no known log format; coverage.json names it.
   *[other] { $count } further files are of no known log format; coverage.json names them.
}
cli-column-joined = joined
cli-column-host = host
cli-column-events = events
cli-column-clock = clock
cli-known-stated = stated
cli-known-shared = by shared events
cli-known-assumed = assumed
cli-known-reference = reference
cli-known-not_shared = not known
cli-clock-years = year { $years }
cli-unmapped = Source { $number } has fields that no event shows: { $names }
cli-unit-days = { $count } d
cli-unit-hours = { $count } h
cli-unit-minutes = { $count } min
cli-unit-seconds = { $count } s
cli-unit-milliseconds = { $count } ms

## What comes next

cli-next-heading = To look further:
cli-next-coverage = what the evidence could not tell
cli-next-scope = the affected objects, and the evidence for each
cli-next-timeline = what the hostile processes did, in order
cli-next-plan = plan the restore from a backup
cli-next-show-plan = the plan: what would be restored, and from where
cli-next-approve = consent to exactly this plan
cli-next-restore = carry it out; every step can be undone
cli-next-verify = prove it
cli-next-undo = take the restore back
cli-next-custody = check the custody log

## Stages

stage-intake = Taking evidence in
stage-read = Reading the logs
stage-normalise = Naming processes and places
stage-detect = Looking for crossings
stage-catalogue = Looking up clean versions
stage-restore = Restoring
stage-verify = Verifying
stage-report = Writing the report
