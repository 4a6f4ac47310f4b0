# The report, and the story that the command line prints.

unknown = unknown

## The document

report-title = Container escape: investigation and restoration report
report-title-case = Case
report-title-hosts = Hosts
report-title-period = Period covered by evidence
report-title-zone = Times
report-zone-utc = UTC
report-zone-both = UTC, and beside it local time ({ $zone })
report-contents = Contents
report-footer-data = This report was made from data with the SHA-256
report-footer-how = It is the hash over the list below. In the case directory, `sha256sum` over the same files in the same order, piped into `sha256sum` again, gives the same value.

## Section headings

report-section-summary = Summary
report-section-coverage = Coverage and gaps
report-section-timeline = Timeline
report-section-boundary = How the boundary was crossed
report-section-containers = Containers
report-section-processes = Processes across the boundary
report-section-scope = Affected objects
report-section-secrets = Secrets to replace
report-section-plan = Restore plan
report-section-not-restored = Not restored
report-section-receipts = What was done
report-section-verification = Verification
report-section-evidence = Evidence
report-section-custody = Custody log
report-section-sign-off = Sign-off
report-section-glossary = Glossary
report-section-cited = Evidence cited

## Figures of the summary

report-figure-incidents = Incidents
report-figure-crossings = Crossings that succeeded
report-figure-touched = Objects touched
report-figure-restored = Restore steps done
report-figure-verified = Objects verified
report-figure-not-restored = Objects not restored
report-figure-secrets = Secrets to replace
report-figure-blind = Blind windows
report-legend-observed = A record states it.
report-legend-inferred = It follows from records by a rule that is named beside it.
report-legend-possible = It lies in a blind window: the evidence can neither show nor exclude it.
report-warning = Attention

## Words inside sentences

report-list-separator = { ", " }
report-unit-separator = { " " }
report-unit-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
report-unit-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
report-unit-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
report-unit-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
report-period-between = { $from } to { $to }
report-period-since = from { $from } until after the evidence ends
report-period-until = from before the evidence begins until { $to }
report-period-whole = The whole time that the evidence covers
report-missing = Missing: { $words }
report-confidence = Confidence { $confidence } of 100
report-finding-grouped = This finding stands for { $count } events of { $period }; { $file } names the first { $cited }.
report-more-rows = { $count } more in { $file }.
report-bytes = { $count ->
    [one] { $count } byte
   *[other] { $count } bytes
}
report-incident-heading = Incident { $number }
report-blind-window = Blind window

## The story: also printed by the command line

report-story-evidence = What came in
report-story-files = { $files ->
    [one] One file
   *[other] { $files } files
} with { $records ->
    [one] one record
   *[other] { $records } records
} of evidence.
report-story-period = They cover { $period }{ $host_known ->
    [no] { "" }
   *[yes] { "" } on { $host }
}.
report-story-problems = { $count ->
    [one] One place in the evidence
   *[other] { $count } places in the evidence
} could not be read in full; each is listed with its address.
report-story-crossing = When and how the boundary was crossed
report-story-no-incident = No crossing of the container boundary was found in this evidence. That is no proof that none happened: see what is not known.
report-story-incident = Out of { noun-container }{ $host_known ->
    [no] { "" }
   *[yes] { "" } on host { $host }
}: { $period }.
report-story-incident-api = Through the Kubernetes API, by user { $user }: { $period }.
report-story-crossing-line = { $time } UTC: { $text }
report-story-touched = Which data was touched
report-story-no-scope = No affected objects are known.
report-story-touched-count = { $count ->
    [0] No object of the host is known to have been changed.
    [one] One object was changed by hostile processes:
   *[other] { $count } objects were changed by hostile processes:
}
report-story-object = { $path } ({ $words })
report-story-objects = { $path }: { $count } objects ({ $words })
report-story-transient = { $count ->
    [one] One temporary file was made and removed again; nothing of it remains.
   *[other] { $count } temporary files were made and removed again; nothing of them remains.
}
report-story-settings = { $count ->
    [one] One kernel setting was changed; a person must set it back.
   *[other] { $count } kernel settings were changed; a person must set them back.
}
report-story-derived = { $count ->
    [one] One further object may hold consequences: a legitimate process wrote it after reading touched data.
   *[other] { $count } further objects may hold consequences: legitimate processes wrote them after reading touched data.
}
report-story-exposed = { $count ->
    [one] One object was opened for reading.
   *[other] { $count } objects were opened for reading.
}
report-story-secrets = { $count ->
    [one] One of them is a secret and must be replaced.
   *[other] { $count } of them are secrets and must be replaced.
}
report-story-restore = From where it is restored
report-story-no-plan = There is no restore plan yet.
report-story-restore-from = { $count ->
    [one] One object
   *[other] { $count } objects
} from { $source }, snapshot { $snapshot }.
report-story-loss = Legitimate changes of up to { $duration } before the first hostile act are not in these versions.
report-story-quarantine = { $count ->
    [one] One object made by the attacker goes
   *[other] { $count } objects made by the attacker go
} into quarantine, kept as evidence.
report-story-nothing-to-restore = Nothing needs to be restored.
report-story-not-restored = { $count ->
    [one] One object is not restored:
   *[other] { $count } objects are not restored:
} { $reason }
report-story-planned-only = This is a plan: nothing has been changed yet, and a person must approve it first.
report-story-approved-only = The plan is approved; nothing has been changed yet.
report-story-text = { $text }
report-story-verified = What was verified
report-story-receipts = { $count ->
    [one] One restore step is done.
   *[other] { $count } restore steps are done.
}
report-story-receipts-failed = { $count ->
    [one] One restore step was refused or failed.
   *[other] { $count } restore steps were refused or failed.
}
report-story-for-example = For example { $path }.
report-story-no-verdict = Nothing has been verified yet.
report-story-restored-count = { $count ->
    [0] No object could be proven restored.
    [one] One object is restored: content and metadata equal the clean version (V2 or higher).
   *[other] { $count } objects are restored: content and metadata equal the clean version (V2 or higher).
}
report-story-verified-count = { $count ->
    [0] None of them is proven beyond that (V4: consistent with its neighbours); a person decides.
    [one] One of them is verified beyond that (V4: consistent with its neighbours).
   *[other] { $count } of them are verified beyond that (V4: consistent with their neighbours).
}
report-story-kept-count = { $count ->
    [one] One object made by the attacker is out of the way, kept unchanged in quarantine.
   *[other] { $count } objects made by the attacker are out of the way, kept unchanged in quarantine.
}
report-story-not-verified = { $count ->
    [one] One object is not proven right:
   *[other] { $count } objects are not proven right:
}
report-story-verdict = { $path }: { $words }
report-story-unknown = What is not known
report-story-blind = { $period }: { $text }
report-story-cannot-tell = { $count ->
    [one] One check cannot tell, because the evidence lacks what it needs: { $words }.
   *[other] { $count } checks cannot tell, because the evidence lacks what they need, for example: { $words }.
}
report-story-possible = { $count ->
    [one] In one place changes are possible that no record shows.
   *[other] In { $count } places changes are possible that no record shows.
}
report-story-unresolved = { $count ->
    [one] Of one touched object the path on the host is unknown.
   *[other] Of { $count } touched objects the path on the host is unknown.
}
report-story-crossings-unknown = { $count ->
    [one] Of one crossing it is not known whether it succeeded.
   *[other] Of { $count } crossings it is not known whether they succeeded.
}
report-story-nothing-unknown = The evidence shows no gap. What it does not record at all, it cannot show.
report-story-not-examined = The evidence has not been examined for crossings yet.
report-not-known-yet = not known yet
report-story-nothing-read = No evidence has been read, so nothing can be said yet.
report-story-more = and { $count } more
report-story-report = Where the report is
report-story-report-path = { $path }

## Coverage and gaps

report-coverage-blind = Blind windows
report-coverage-no-blind = No blind window was found in the sources. What a source does not record at all, no gap can show.
report-coverage-blind-explain = In these stretches of time something may have happened that the evidence does not show. Every conclusion of this report is limited by them.
report-coverage-lanes = What was seen when
report-coverage-lanes-explain = One bar per source and host, from its first to its last event. Hatched: lost, silent or switched off. The marked bands with numbers are the incidents. Times are corrected by the clocks in the table, which says the same in words.
report-coverage-picture = Bars of the time that each source covers of each host, with blind stretches and incidents; the tables below hold the same facts
report-coverage-lanes-more = { $count } more bars stand in the table below.
report-column-events = Events
report-column-silences = Silences
report-column-clock = Clock
report-silences = { $count ->
    [0] None longer than { $seconds } s
   *[other] { $count } longer than { $seconds } s
}
report-silences-not-known = Too few pauses to know what is usual
report-host-stated = as a person stated
report-host-shared = shown by events that another source of this host recorded too
report-host-assumed = assumed: the only host that the evidence names
report-basis-utc = Records in UTC.
report-basis-local = Records without zone.
report-basis-boot = Records counted from boot.
report-basis-unknown = Records without time.
report-clock-stated = Set right by { $offset }, as a person stated.
report-clock-reference = Other clocks are measured against it.
report-clock-agrees = Agrees with { $reference } to within { $error }, by { $shared } shared events.
report-clock-shared = Ahead by { $offset }, wrong by { $error } at most, from { $shared } events shared with { $reference }.
report-clock-not_shared = { $error_known ->
    [no] Taken as it is: no event shared with another clock.
   *[yes] Not known, taken as UTC and wrong by up to { $error }: no event shared with another clock.
}
report-joined = { $count } events are copies of events in other sources and count once.
report-unmapped = { $count } fields that no event shows: { $names }
report-coverage-sources = Sources
report-coverage-no-sources = No source has been read.
report-coverage-checks = What each check answers
report-coverage-no-checks = No check has been run.
report-coverage-checks-explain = “Yes” means that findings exist. “No” means that the events a check needs are recorded and none matches. “Cannot tell” means that they are not recorded.
report-open-start = before the evidence begins
report-open-end = after the evidence ends
report-records-events = { $records } records, { $events } events
report-format-by-person = (chosen by a person)
report-format-none = not recognised
report-losses-none = none
report-losses = Gaps in the numbering: { $gaps } (missing numbers: { $missing }). Declared losses: { $drops }.
report-problems-none = none
report-problem-first = First at offset { $offset }: { $what }

## Timeline

report-timeline-empty = There are no events to tell.
report-timeline-explain = The story of the incidents, every act on an affected object, and the blind windows, in order of time. Numbers in brackets lead to the evidence.
report-timeline-act = { $path }: { $words }

## How the boundary was crossed

report-boundary-none = No incident was found: the evidence shows no process of a container acting outside its container. The blind windows and the checks that cannot tell, both under “Coverage and gaps”, say what this answer does not cover.
report-boundary-no-crossing = No single crossing is recorded for this incident.
report-boundary-limits = What limits this conclusion
report-container-confidence = Confidence that these acts belong to this container: { $confidence } of 100. It ranks how directly the evidence speaks; it is no probability.
report-settle = What would settle it: { $text }
report-remove = How to remove it: { $text }
report-other-findings = Other findings
report-other-findings-explain = These findings belong to no crossing above. They are kept for the reader's own judgement.

## Containers

report-containers-none = No runtime's state is among the evidence, and no finding speaks of a container.
report-containers-how = What the state of container runtimes says about each container when the evidence was taken. Every file that says it is named with the SHA-256 of the evidence that it was read from. Of a container without such a file nothing is known but what events tell.
report-container-in-findings = in findings
report-container-pod = pod
report-container-sandbox = sandbox of the pod
report-container-pod-uid = pod uid
report-container-host = host
report-container-image = image
report-container-digest = digest
report-container-config = configuration
report-container-privileged = privileged
report-container-privileged-means = may do everything that root on the host may do
report-container-namespaces = shares with the host the namespaces
report-container-capabilities = capabilities added
report-container-devices = devices of the host
report-container-mounts = sensitive directories of the host
report-container-seccomp = no seccomp filter
report-container-confinement = no AppArmor or SELinux confinement
report-container-ordinary = nothing beyond an ordinary container
report-container-created = made
report-container-started = started
report-container-finished = ended
report-container-running = was running when the evidence was taken
report-container-first-finding = first finding
report-container-last-finding = last finding
report-container-upper = its changes lie in
report-container-merged = seen as
report-container-driver = storage
report-container-files = stated by
report-container-by-events = events only

## Processes

report-processes-none = No process is known to be hostile.
report-processes-explain = Every process whose acts count as hostile, under the one that started it. The dashed line is the boundary of the container; a thick line crosses it. A dashed frame means that the process's part is inferred. The table below says the same in words.
report-processes-picture = Process tree across the container boundary; the table below holds the same facts
report-processes-more = { $count } more processes stand in the table below.
report-side-container = Inside the container
report-side-host = On the host

## Scope

report-scope-none = No affected objects are known.
report-scope-explain = Two sets are kept apart: what was touched is exact, by direct acts in the records; what is derived, exposed or possible is not.
report-scope-touched = Touched ({ $count })
report-scope-no-touched = No object is known to have been changed.
report-scope-settings = Kernel settings changed ({ $count })
report-scope-transient = Made and gone again ({ $count })
report-scope-derived = Derived ({ $count })
report-scope-no-derived = No object is known to derive from touched data.
report-scope-derived-explain = A legitimate process wrote these after it had read touched data. A higher rank is more likely affected.
report-scope-exposed = Exposed ({ $count })
report-scope-no-exposed = No object is known to have been read.
report-scope-exposed-explain = A hostile process opened these in a way that allows reading. What was read cannot be taken back.
report-scope-possible = Possible ({ $count })
report-scope-no-possible = No further place is known in which unseen changes would be possible.
report-scope-possible-explain = In a blind window a hostile process could have reached these places.
report-renamed-to = Its content went to { $path }
report-renamed-from = Its content came from { $path }
report-later-benign = { $count ->
    [one] One later legitimate act, which a restore may have to keep
   *[other] { $count } later legitimate acts, which a restore may have to keep
}
report-device = Device { $device }
report-inode = Inode { $inode }
report-resolved = Host path by: { $how } (confidence { $confidence } of 100)
report-not-resolved = Its path on the host could not be found.
report-recorded-as = Recorded as { $path }
report-anywhere = anywhere within the attacker's reach

## Secrets

report-secrets-identity = One is { $identity } with it.
report-secrets-used = { $count ->
    [one] One request under this identity came from a new place after the read.
   *[other] { $count } requests under this identity came from new places after the read.
}
report-secrets-unknown-use = Cannot tell from this evidence.
report-secrets-unused = No request under this identity from a new place is recorded.
report-secrets-none = No secret is known to have been read.
report-secrets-explain = Reading cannot be undone. Issue each of these anew, revoke the old one, and tick it off.

## Restore plan

report-plan-none = There is no restore plan yet.
report-plan-no-steps = The plan has no steps: nothing can or needs to be restored.
report-plan-explain = A clean version is the newest one that was stored before the first hostile act, less the clock error, by the storage's own time. The last column says which stretch of legitimate changes is not in it.
report-plan-id = Plan
report-plan-edited = The plan was edited after it was made
report-plan-first-act = First hostile act
report-plan-clock-error = Clock error taken into account: { $duration } s
report-plan-approval = Approval
report-plan-approved-by = Approved by { $name },
report-plan-approved-other = An approval exists, but for another plan.
report-plan-not-approved = Not approved. Nothing may be executed.
report-snapshot = Snapshot { $snapshot }
report-no-source-needed = none needed
report-absent-in = Not there in snapshot { $snapshot }, stored
report-stored-says = Time by:
report-stored-declared = The snapshot itself says { $time } UTC
report-loss-window = { $duration } before the first hostile act
report-no-loss = none
report-not-restored-none = Every affected object that needs it has a restore step.

## Receipts

report-receipts-none = Nothing has been restored yet: no step has been executed.

## Verification

report-verification-explain = Restored is not verified. The weakest failing rung decides. “Verified” needs at least V4, or V2 with a known-good hash from outside. ■ held, – could not be told, × failed, □ not reached.
report-verdicts-none = Nothing has been verified yet.
report-verified-yes = verified
report-verified-no = not verified

## Evidence

report-evidence-none = No evidence has been taken in.
report-also-at = Same bytes also at { $path }
report-evidence-copied = copied into the case, read-only
report-evidence-in-place = left in its place; hash compared at every read
report-evidence-plain = one source, neither packed nor compressed
report-time-modified = Modified
report-time-changed = Changed
report-time-taken = Taken in

## Custody

report-custody-none = No custody checkpoint was handed to this report.
report-custody-entries = { $count ->
    [one] The log holds one entry.
   *[other] The log holds { $count } entries.
}
report-custody-explain = Keep the checkpoint and the key apart from the case, on paper for instance. With these two and the log, anyone can show that no entry was changed, removed or reordered: `yobitsugi custody verify`.
report-custody-checkpoint = Checkpoint
report-custody-key = Public key

## Sign-off

report-sign-off-explain = Whoever signs has read the report and answers for their own part of it.
report-role-investigator = Investigator
report-role-operator = Restore operator
report-role-approver = Approver
report-role-owner = Data owner
report-role-auditor = Auditor

## Evidence cited

report-cited-none = No single event is cited.
report-cited-explain = Each number in brackets stands for one event. Below are the places of its records in the evidence, and the records themselves as they stand there. Control characters, marks that change the direction of writing and bytes that are no text are shown as codes.
report-cited-many = There are more events than are quoted here. The others are cited by their identity: source hash and offset.
report-cited-no-quote = The bytes of this event were not handed to the report. Its identity gives the beginning of the source's hash, and the offset.
report-cited-more = { $count ->
    [one] One more record belongs to this event.
   *[other] { $count } more records belong to this event.
}
report-address = Offset { $offset }, length { $length } bytes
report-quote-cut = Only the first { $count } bytes are shown.

## Columns

report-column-from = From
report-column-to = To
report-column-host = Host
report-column-why-blind = Why it is blind
report-column-source = Source
report-column-format = Format
report-column-span = First and last event
report-column-records = Records
report-column-losses = Losses
report-column-problems = Unreadable
report-column-check = Check
report-column-found = Answer
report-column-time = Time
report-column-part = Part
report-column-what = What happened
report-column-object = Object
report-column-done = What was done
report-column-existed = Existed before
report-column-exists = Exists after
report-column-where = Where it lies
report-column-rank = Rank
report-column-from-object = Derived from
report-column-settle = What would settle it
report-column-harm = What it holds
report-column-do = What to do
report-column-used = Used since
report-column-first-read = First read
report-column-below = Below
report-column-when = When
report-column-secret = Secret
report-column-replaced = Replaced (by, date)
report-column-step = Step
report-column-action = What and why
report-column-path = Path
report-column-from-source = From
report-column-stored = Stored
report-column-loss = Not contained
report-column-reason = Why
report-column-next = What to do
report-column-result = Result
report-column-before = Before
report-column-after = After
report-column-undo = How to undo
report-column-rung = Rung
report-column-verified = Verified
report-column-proof = Checks and proof
report-column-file = File
report-column-hashes = Hashes
report-column-file-times = Times
report-column-contents = Contents
report-column-role = Role
report-column-name = Name
report-column-date = Date
report-column-signature = Signature
report-column-process = Process
report-column-started-by = Started by
report-column-side = Side
report-column-why-hostile = Why it counts as hostile
report-column-since = Since
report-column-container = Container
report-column-allowed = What it was allowed
report-column-times = Times
report-column-stated-by = Storage and evidence

## Glossary

glossary-evidence = Evidence
glossary-evidence-means = Bytes handed over: a log, a disk image, a directory; identified by their SHA-256.
glossary-record = Record
glossary-record-means = One entry of a log, with its place in the evidence.
glossary-event = Event
glossary-event-means = A fact in one common form: at this time, this actor did this to this object, with this result.
glossary-crossing = Crossing
glossary-crossing-means = An act by which a process of a container works outside its container: attempted, succeeded or unknown.
glossary-finding = Finding
glossary-finding-means = What a check concludes, citing events.
glossary-incident = Incident
glossary-incident-means = Findings that belong together: entry, crossings and consequences.
glossary-scope = Affected objects (scope)
glossary-scope-means = The objects of an incident: touched, derived, exposed and possible.
glossary-touched = Touched
glossary-touched-means = Changed by a direct act of a hostile process, as recorded.
glossary-derived = Derived
glossary-derived-means = Written by a legitimate process after it read touched data.
glossary-exposed = Exposed
glossary-exposed-means = Read by a hostile process, or opened in a way that allows it.
glossary-possible = Possible
glossary-possible-means = May have been touched in a blind window.
glossary-blind-window = Blind window
glossary-blind-window-means = A stretch of time about which the evidence is silent: losses, gaps, a stopped recorder, a clock that jumped.
glossary-clean-point = Clean point
glossary-clean-point-means = Per object, the newest version stored before the first hostile act, less the clock error.
glossary-plan = Restore plan
glossary-plan-means = The ordered steps of the restore, shown before anything is done and approved by a person.
glossary-receipt = Receipt
glossary-receipt-means = What a step did, enough to undo it.
glossary-verdict = Verdict
glossary-verdict-means = How far an object was proven right, on a ladder from V0 to V6.
glossary-custody-log = Custody log
glossary-custody-log-means = The record of every act on the case, in a form in which no entry can be changed unseen.
