//! The main job, as its users run it: the `retail` program on files, killed and started again.
#![cfg(feature = "sqlite")]

use std::process::Stdio;
use std::time::Duration;

use serde_json::json;

#[path = "support/retail.rs"]
mod program;

use program::{figures, file, folder, long_file, refused, retail, run, said};

#[test]
fn the_sample_adds_up() {
    let folder = folder();
    let store = folder.path().join("s.db");
    let figures = figures(&run(&store, &["--json"]));
    assert_eq!(
        figures,
        json!({
            "rows": 236, "documents": 50, "orders": 42, "orders_confirmed": 39,
            "confirms_rejected": 3, "credit_notes": 6, "unknown_documents": 2,
            "order_lines": 217,
            "order_lines_rejected": {"negative price": 1, "quantity not positive": 4},
            "credit_lines": 12, "unknown_rows": 2,
            "revenue": "10670.622", "credits": "362.05",
            "by_country": {
                "EIRE": "11.70", "France": "768.38", "Germany": "536.82",
                "Netherlands": "435.08", "Norway": "1456.60",
                "United Kingdom": "6992.312", "Unspecified": "469.73"
            },
            "events": 328, "seconds": null
        })
    );
    said(&run(&store, &["verify"]));
}

#[test]
fn a_second_import_records_nothing_and_tells_the_same() {
    let folder = folder();
    let store = folder.path().join("s.db");
    let first = figures(&run(&store, &["--json"]));
    assert_eq!(figures(&run(&store, &["--json"])), first);
    let text = said(&run(&store, &[]));
    assert!(text.contains("0 events recorded"), "{text}");
    assert!(text.contains("328 were there already"), "{text}");
}

#[test]
fn a_document_is_shown_with_its_past() {
    let folder = folder();
    let store = folder.path().join("s.db");
    figures(&run(&store, &["--json"]));
    let text = said(&run(&store, &["show", "100026"]));
    assert!(
        text.contains("At version 11: confirmed, 9 lines, £469.73"),
        "{text}"
    );
    let text = said(&run(&store, &["show", "100026", "--at", "2"]));
    assert!(
        text.contains("At version 2: open, 1 lines, £60.00"),
        "{text}"
    );
    assert!(!text.contains("OrderConfirmed"), "{text}");

    for (args, words) in [
        (
            ["show", "100026", "--at", "99"].as_slice(),
            "it never was at version 99",
        ),
        (&["show", "7"], "there is no document 7"),
        (&["show", "A100019"], "neither an order nor a credit note"),
    ] {
        let text = refused(&run(&store, args));
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn a_malformed_row_names_its_line_and_nothing_is_recorded() {
    let folder = folder();
    let store = folder.path().join("s.db");
    let rows = "1,A,MUG,1,2010-12-01 08:26:00,1.5,,UK\n\
                2,A,MUG,many,2010-12-01 08:26:00,1.5,,UK\n\
                3,A,MUG,1,yesterday,1.5,,UK\n\
                4,A,MUG,1\n";
    let path = file(folder.path(), rows);
    let text = refused(&run(&store, &[path.to_str().expect("a path"), "--json"]));
    for words in [
        "line 3: Quantity `many` is not a whole number",
        "line 4: InvoiceDate `yesterday`",
        "line: 5",
    ] {
        assert!(text.contains(words), "{text}");
    }
    let verified = run(&store, &["verify"]);
    assert!(
        String::from_utf8_lossy(&verified.stdout).starts_with("0 events"),
        "{verified:?}"
    );
}

#[test]
fn a_number_with_other_content_is_not_mixed_in() {
    let folder = folder();
    let store = folder.path().join("s.db");
    for (price, works) in [("1.5", true), ("2.5", false)] {
        let path = file(
            folder.path(),
            &format!("1,A,MUG,1,2010-12-01 08:26:00,{price},,UK\n"),
        );
        let done = run(&store, &[path.to_str().expect("a path"), "--json"]);
        assert_eq!(done.status.success(), works);
        let text = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(
            text.contains("document 1: it is in the store with other content"),
            !works
        );
    }
}

#[test]
fn killed_ten_times_the_result_is_the_same() {
    let folder = folder();
    let path = long_file(folder.path());
    let path = path.to_str().expect("a path");
    let whole = figures(&run(&folder.path().join("whole.db"), &[path, "--json"]));

    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let store = folder.path().join("killed.db");
    for _ in 0..10 {
        let mut child = retail()
            .arg(path)
            .arg("--store")
            .arg(&store)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("retail runs");
        std::thread::sleep(Duration::from_millis(random.u64(5..400)));
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
    }
    assert_eq!(figures(&run(&store, &[path, "--json"])), whole);
    said(&run(&store, &["verify"]));
}
