//! Deleting any one essential line of a sample domain breaks its build, with the promised words.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod package;

const SAMPLE: &str = include_str!("deletion/shop.rs");
const MARK: &str = " // essential: ";

/// The sample without one of its lines.
struct Variant {
    name: String,
    deleted: &'static str,
    promised: &'static str,
    source: String,
}

fn variants() -> Vec<Variant> {
    let lines: Vec<&'static str> = SAMPLE.lines().collect();
    let marked = lines.iter().enumerate().filter_map(|(index, line)| {
        let (deleted, promised) = line.split_once(MARK)?;
        let kept: Vec<_> = [&lines[..index], &lines[index + 1..]].concat();
        Some(Variant {
            name: format!("without_line_{}", index + 1),
            deleted: deleted.trim(),
            promised,
            source: kept.join("\n"),
        })
    });
    marked.collect()
}

#[test]
fn every_essential_line_is_missed() {
    let variants = variants();
    assert!(variants.len() > 40, "the sample has lost its marks");
    let mut programs = vec![("complete".to_owned(), SAMPLE.to_owned())];
    programs.extend(
        variants
            .iter()
            .map(|it| (it.name.clone(), it.source.clone())),
    );
    let checked = package::check("eventide", &programs);

    let complete = checked.errors.get("complete");
    assert!(complete.is_none(), "the sample itself: {complete:#?}");
    assert!(checked.sound.contains("complete"));

    let mut silent = Vec::new();
    for Variant {
        name,
        deleted,
        promised,
        ..
    } in &variants
    {
        let errors = checked
            .errors
            .get(name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let kept = errors.iter().any(|error| error.contains(promised));
        if !kept || checked.sound.contains(name) {
            silent.push(format!(
                "{name}: `{deleted}`, promised `{promised}`, got:\n{}",
                errors.join("")
            ));
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}
