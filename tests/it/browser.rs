//! `report.html` in a browser: nothing is clipped or overlaps, the filter filters, dark is dark, nothing is
//! loaded from elsewhere and no error is told. Needs Chromium; without it these tests say so and try nothing.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::chromium;
use crate::support::recorded::{cases, events, results};
use crate::support::trial::trial;

/// What is looked at in the page; the answer becomes the only text of it.
const PROBE: &str = r#"
const errors = [];
addEventListener("error", (event) => errors.push(String(event.message)));
addEventListener("load", () => {
  const all = [...document.querySelectorAll("details.scenario")];
  const shown = () => all.filter((it) => !it.hidden).length;
  const form = document.getElementById("filter");
  const filtered = (change) => {
    change();
    form.dispatchEvent(new Event("input", { bubbles: true }));
    return shown();
  };
  const answer = { scenarios: all.length, filter: !form.hidden, open: all.filter((it) => it.open).length };
  answer.text = filtered(() => { form.elements.text.value = "ACKNOWLEDGED IS READ"; });
  answer.none = filtered(() => { form.elements.text.value = "no such text"; });
  answer.noneTold = !document.getElementById("none").hidden;
  answer.tag = filtered(() => { form.elements.text.value = ""; form.elements.tag.value = "slow"; });
  const failed = form.querySelector("[value=failed]") ?? form.querySelector("[name=verdict]");
  answer.tagNotFailed = filtered(() => { failed.checked = false; });
  answer.all = filtered(() => { form.elements.tag.value = ""; failed.checked = true; });
  form.elements.open.click();
  answer.opened = all.filter((it) => it.open).length;
  const unfocused = [...document.querySelectorAll("summary, button, input, select, a, pre[tabindex]")]
    .filter((it) => it.checkVisibility() && (it.focus(), document.activeElement !== it));
  answer.unfocused = unfocused.map((it) => it.outerHTML.slice(0, 80));
  const page = document.documentElement;
  answer.wider = page.scrollWidth - page.clientWidth;
  answer.overlaps = [];
  answer.clipped = [];
  for (const svg of document.querySelectorAll("svg")) {
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll("text")].map((it) => [it.textContent, it.getBoundingClientRect()]);
    texts.forEach(([text, box], number) => {
      if (box.left < frame.left - 1 || box.right > frame.right + 1) answer.clipped.push(text);
      for (const [other, next] of texts.slice(number + 1)) {
        const apart = box.right <= next.left + 1 || next.right <= box.left + 1
          || box.bottom <= next.top + 2 || next.bottom <= box.top + 2;
        if (!apart) answer.overlaps.push(`${text} | ${other}`);
      }
    });
  }
  // A name that others leave no room has a letter in a line.
  answer.squeezed = all.map((it) => it.querySelector(".name"))
    .filter((it) => it.textContent.length > 20 && it.getBoundingClientRect().width < 160)
    .map((it) => it.textContent);
  answer.gaps = document.querySelectorAll(".band.gap").length;
  answer.background = getComputedStyle(document.body).backgroundColor;
  answer.names = all.map((it) => it.querySelector(".name").textContent);
  answer.scripts = document.scripts.length;
  answer.errors = errors;
  document.body.textContent = `ANSWER${JSON.stringify(answer)}END`;
});
"#;

fn browser() -> Option<&'static str> {
    let found = chromium::find();
    if found.is_none() {
        eprintln!("NOT TESTED: report.html in a browser, as there is no Chromium on this machine");
    }
    found
}

/// Makes the report of these events and asks the browser about it.
fn ask(browser: &str, events: &str, arguments: &[&str]) -> (Value, u64) {
    let folder = results(events);
    trial(["report"]).arg(folder.path()).assert().code(0);
    let page = folder.path().join("report.html");
    let size = fs::metadata(&page).expect("the page").len();
    let text = fs::read_to_string(&page).expect("the page");
    // Before the page's own script, so that its errors are heard.
    let probed = text.replacen("<script>", &format!("<script>{PROBE}</script><script>"), 1);
    fs::write(&page, probed).expect("written");
    (answer(browser, &page, folder.path(), arguments), size)
}

fn answer(browser: &str, page: &Path, folder: &Path, arguments: &[&str]) -> Value {
    let mut all = vec!["--enable-logging=stderr", "--window-size=1200,900"];
    all.extend(arguments);
    let output = chromium::shown(browser, page, folder, &all);
    let told = String::from_utf8_lossy(&output.stderr);
    let console: Vec<_> = told.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert!(console.is_empty(), "{console:?}");
    let page = String::from_utf8_lossy(&output.stdout);
    let answer = page.split_once("ANSWER").and_then(|(_, rest)| rest.split_once("END"));
    let answer = answer.unwrap_or_else(|| panic!("no answer in {page}\n{told}")).0;
    let answer = answer.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error} in {answer}"))
}

fn recorded() -> String {
    events("three-endings")
}

/// The recorded scenarios again and again, in other files, so that there are so many.
fn many(times: usize) -> String {
    let (events, mut all) = (recorded(), String::new());
    let is_of_scenario = |line: &&str| line.contains("\"scenario\":{");
    let of_run: Vec<_> = events.lines().filter(|line| !is_of_scenario(line)).collect();
    let (last, first) = of_run.split_last().expect("events");
    first.iter().for_each(|line| all.push_str(&format!("{line}\n")));
    for number in 0..times {
        for line in events.lines().filter(is_of_scenario) {
            all.push_str(&line.replace("features/demo", &format!("features/demo{number}")));
            all.push('\n');
        }
    }
    all + last + "\n"
}

fn assert_well_made(answer: &Value) {
    for nothing in ["overlaps", "clipped", "squeezed", "unfocused", "errors"] {
        assert_eq!(answer[nothing], serde_json::json!([]), "{nothing}");
    }
    assert_eq!(answer["wider"], 0, "the page is wider than its window");
    assert_eq!(answer["filter"], true);
    assert_eq!(answer["none"], 0);
    assert_eq!(answer["noneTold"], true);
    assert_eq!(answer["all"], answer["scenarios"]);
    assert_eq!(answer["opened"], answer["scenarios"]);
    assert_eq!(answer["scripts"], 2, "that of the page and that of this test");
}

#[test]
fn a_few_scenarios_read_well_and_are_filtered() {
    let Some(browser) = browser() else { return };
    let (answer, _) = ask(browser, &recorded(), &[]);
    assert_well_made(&answer);
    assert_eq!([&answer["scenarios"], &answer["open"], &answer["text"]], [3, 1, 1]);
    assert_eq!([&answer["tag"], &answer["tagNotFailed"]], [1, 0]);
    let names = answer["names"].to_string();
    assert!(names.contains("<script>alert(1)</script> ]]>"), "{names}");
}

#[test]
fn every_recorded_run_reads_well() {
    let Some(browser) = browser() else { return };
    for case in cases() {
        let events = fs::read_to_string(case.join("events.ndjson")).expect("events");
        let (answer, _) = ask(browser, &events, &[]);
        assert_well_made(&answer);
    }
}

#[test]
fn every_gap_of_a_topic_is_drawn() {
    let Some(browser) = browser() else { return };
    let (answer, _) = ask(browser, &events("expected-damage"), &[]);
    assert_eq!(answer["gaps"], 3);
}

#[test]
fn two_hundred_scenarios_read_as_well_and_are_small() {
    let Some(browser) = browser() else { return };
    let (answer, size) = ask(browser, &many(67), &[]);
    assert_well_made(&answer);
    assert_eq!(answer["scenarios"], 201);
    assert!(size < 4_000_000, "{size} bytes for 201 scenarios");
}

#[test]
fn dark_is_dark_and_narrow_windows_do() {
    let Some(browser) = browser() else { return };
    let light = ["--blink-settings=preferredColorScheme=1"];
    let (answer, _) = ask(browser, &recorded(), &light);
    assert_eq!(answer["background"], "rgb(255, 255, 255)");
    let dark = ["--blink-settings=preferredColorScheme=0", "--window-size=500,900"];
    let (answer, _) = ask(browser, &recorded(), &dark);
    assert_eq!(answer["background"], "rgb(20, 25, 31)");
    assert_well_made(&answer);
}

#[test]
fn a_name_can_be_anything() {
    let Some(browser) = browser() else { return };
    let evil = r#"</title></script><img src=x onerror=alert(1)> ]]> \u0000\u0007\u202e \\\" & '"#;
    let events = recorded().replace("Nothing was started", evil);
    let (answer, _) = ask(browser, &events, &[]);
    assert_well_made(&answer);
    let names = answer["names"].to_string();
    assert!(names.contains("<img src=x onerror=alert(1)>"), "{names}");
    assert!(names.contains("⟨U+0000⟩⟨U+0007⟩⟨U+202E⟩"), "{names}");
}
