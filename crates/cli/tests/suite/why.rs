//! `scope why`: every affected object of a recorded escape leads back to its records.

use serde_json::Value;

use crate::world::World;

fn detected() -> World {
    let world = World::of("core-pattern");
    world.investigate("case", &[]).ends_with(10);
    world
}

#[test]
fn every_affected_object_has_a_chain_from_the_crossing_to_its_records() {
    let world = detected();
    let scope = &world.artefact("case", "scope.json").unwrap()[0];
    let sets = ["touched", "transient", "settings", "exposed", "derived"];
    let mut explained = 0;
    for (set, object) in sets.iter().flat_map(|set| scope[set].as_array().unwrap().iter().map(move |one| (*set, one))) {
        let id = object["id"].as_str().unwrap();
        let ran = world.run(&["scope", "why", id, "--case", "case", "--json"]).ends_with(10);
        let chains: Value = serde_json::from_str(&ran.out).unwrap();
        let chain = chains.as_array().unwrap().iter().find(|chain| chain["set"] == set).unwrap();
        assert_eq!(chain["object"], id);
        let steps = chain["steps"].as_array().unwrap();
        assert_eq!(steps[0]["link"], "crossing", "{id}");
        let is_act = |step: &&Value| !["crossing", "process"].contains(&step["link"].as_str().unwrap());
        let acts: Vec<&Value> = steps.iter().filter(is_act).collect();
        assert!(!acts.is_empty(), "{id}");
        assert!(set == "derived" || steps.iter().any(|step| step["link"] == "process"), "{id}");
        for step in steps {
            assert!(!step["records"].as_array().unwrap().is_empty(), "{id}: {step}");
        }
        // The records of the acts name the object (a relative name at least).
        let name = id.rsplit('/').next().unwrap();
        let named = acts.iter().flat_map(|act| act["records"].as_array().unwrap());
        assert!(named.into_iter().any(|record| record["text"].as_str().unwrap().contains(name)), "{id}");
        explained += 1;
    }
    assert!(explained > 15, "{explained}");
}

#[test]
fn the_chain_is_told_in_both_languages_and_an_unknown_object_is_a_mistake() {
    let world = detected();
    let words = ["scope", "why", "/srv/host/etc/motd", "--case", "case"];
    let ran = world.run(&words).ends_with(10);
    for part in
        ["touched", "The boundary was crossed", "sed (pid ", "started by a hostile process", "type=SYSCALL", "@"]
    {
        assert!(ran.out.contains(part), "{part} in\n{}", ran.out);
    }
    // The setting first, then the program that the kernel started because of it.
    let at = |text: &str| ran.out.find(text).unwrap_or_else(|| panic!("{text} in\n{}", ran.out));
    assert!(at("core_pattern") < at("Program started by the kernel"));
    let mut command = world.command(&words);
    let output = command.env("LC_ALL", "ja_JP.UTF-8").output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.contains("境界を越えました") && out.contains("対象への操作") && !out.contains('⟦'), "{out}");
    world.run(&["scope", "why", "/no/such", "--case", "case"]).fails_with(2, "no affected object", "yobitsugi scope");
}
