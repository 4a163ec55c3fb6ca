//! A user who depends on eventide by another name says so with `crate = ".."`.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod package;

#[test]
fn every_macro_takes_another_name_of_the_crate() {
    let program = include_str!("renamed/lamp.rs").to_owned();
    let checked = package::check("renamed", &[("lamp".to_owned(), program)]);
    assert!(checked.errors.is_empty(), "{:#?}", checked.errors);
    assert!(checked.sound.contains("lamp"));
}
