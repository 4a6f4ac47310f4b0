# Rules of others: what they found, and why one was not loaded. Facts: rule, level, path; detail = the part that is wrong.

check-falco_rule = Match of a Falco rule
check-falco_rule-text = The Falco rule { noun-rule } holds for { noun-process } in { noun-container }{ noun-first-path }.
check-falco_rule-settle = Whether the rule's author had such an act in mind: `yobitsugi rules run --explain EVENT` shows why it holds.

check-sigma_rule = Match of a Sigma rule
check-sigma_rule-text = The Sigma rule { noun-rule } holds for { noun-process } in { noun-container }{ noun-first-path }.
check-sigma_rule-settle = Whether the rule's author had such an act in mind: `yobitsugi rules run --explain EVENT` shows why it holds.

noun-first-path = { $path_known ->
    [no] { "" }
   *[yes] { "" } (first: { $path })
}

rule-fault-not-yaml = This is no YAML: { $detail }
rule-fault-too-large = Beyond a bound: { $detail }
rule-fault-too-deep = Nested too deep: { $detail }
rule-fault-no-rule = Neither a rule, a macro nor a list: { $detail }
rule-fault-missing = Something that must be there is missing: { $detail }
rule-fault-bad-value = A value of the wrong form: { $detail }
rule-fault-syntax = The condition cannot be read: { $detail }
rule-fault-unknown-field = There is no such field: { $detail }
rule-fault-unknown-macro = No macro of this name is defined before its use: { $detail }
rule-fault-unknown-source = No log that is read here has events of this source: { $detail }
rule-fault-nothing-to-append = There is nothing of this name that could be changed: { $detail }
rule-fault-bad-exception = The exception does not fit: { $detail }
rule-fault-bad-pattern = The regular expression cannot be used: { $detail }
rule-fault-unknown-modifier = There is no such modifier, or it does not fit: { $detail }
rule-fault-unknown-search = The condition names a search that the rule does not have: { $detail }
rule-fault-placeholder = Nobody gave values for the placeholder: { $detail }
rule-fault-unknown-rule = The rule to be correlated was not loaded: { $detail }

cli-heading-rules = Rules of others
cli-arg-falco-rules = Falco rules: a file, or a directory with .yaml and .yml files; can be repeated, and later files change what earlier ones define
cli-arg-sigma-rules = Sigma rules: a file, or a directory with .yaml and .yml files; can be repeated
cli-arg-rules = Files or directories with rules; lists are Falco's, all else is Sigma's
cli-arg-explain = Say of this event why each rule holds, or what it would need to tell
cli-arg-rule = Only the rule of this name; can be repeated
cli-rules-about = Run detection rules of others (Falco, Sigma) over the stored events
cli-rules-check-about = Load rules, say which were not loaded and why, and which fields the case's sources can answer
cli-rules-check-example =
    Example:
      yobitsugi rules check ./falco-rules ./sigma/rules/linux --case CASE

    Without a case it only loads them. Ends with 3 when a rule was not loaded.
cli-rules-run-about = Run rules over the stored events and show what they match
cli-rules-run-example =
    Examples:
      yobitsugi rules run --case CASE --falco-rules falco_rules.yaml --sigma-rules ./sigma/rules/linux
      yobitsugi rules run --case CASE --falco-rules falco_rules.yaml --explain 0123456789abcdef:4096.0

    The table shows one line per rule, host and container; -t jsonl one line per match.
    Matches become findings with `yobitsugi detect --falco-rules …`.
cli-rules-loaded = { $count } rules loaded; not loaded: { $faults }
cli-rules-more-faults = { $count } more were not loaded; `yobitsugi rules check` lists them all.
cli-rules-none-matched = No rule holds for any of { $count } events.
cli-rules-matched = { $count } events were looked at.
cli-rules-open-heading = Rules that cannot tell
cli-rules-open = { $rule }: for { $count } events; missing: { $missing }
cli-rules-of-source = { $source }: every field is answered
cli-rules-of-source-missing = { $source }: never answered: { $missing }
cli-rules-of-source-sometimes = { $source }: not always answered: { $missing }
cli-rules-of-no-source = the case has no event that this rule may be about
cli-rules-switched-off = switched off
cli-rules-no-event = The case has no such event.
cli-rules-no-answer = No rule holds for this event, and none is left open.
cli-rules-not-carried = (the source does not carry it)
cli-rules-no-value = (no value)
cli-rules-yes = yes
cli-rules-no = no
cli-rules-cannot-tell = cannot tell
cli-rules-heading-rule = RULE
cli-rules-heading-level = LEVEL
cli-rules-heading-host = HOST
cli-rules-heading-container = CONTAINER
cli-rules-heading-count = EVENTS
cli-rules-heading-first = FIRST
cli-rules-heading-last = LAST
cli-rules-heading-example = EVENT
next-check-rules = Name fewer files, or one directory at a time; `yobitsugi rules check` says what each file holds.
