//! Runs the pages of `tests/plans/`. The little language of their ```given blocks is in `support`.

mod support;

#[test]
fn the_pages_hold() {
    testkit::page::check_folder("tests/plans", |_, case| {
        let given = support::read(case.block("given").unwrap_or_default());
        support::show(&plan::make(&given.scopes, &given.catalogue, &given.options))
    });
}
