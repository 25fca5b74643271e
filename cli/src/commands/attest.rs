//! `plumbline attest`: writes what a person confirms into the folder of governance, as a file of its own that is to be
//! committed and reviewed. Never over another file, and nothing that `governance check` would refuse.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use plumbline_baseline::pack::{Level, Source};
use plumbline_governance::{Day, Governance};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::args::AttestArgs;
use crate::clock;
use crate::config::{Basics, at_home, names};
use crate::exit::Outcome;
use crate::failure::{Failure, OrFail, Result, did_you_mean};
use crate::governance::{Folder, Organization, directory, today};
use crate::pack::Pack;
use crate::terminal::{self, say};
use crate::whole_file::NewFile;

/// The folder within the folder.
const BELOW: &str = "attestations";
/// Names that are tried.
const TRIES: u32 = 1_000;

/// Writes the file.
pub(crate) fn run(args: AttestArgs, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let place = Basics::resolve(&args.pack.config, data_dir, args.pack.pack.clone())?.governed(&args.governance);
    let pack = Pack::load(&place.pack)?;
    let now = clock::now()?;
    let folder = directory(&place)?;
    let known = Folder::named(&place, &pack, &now)?;
    let today = today(&now)?;
    let on = args.on.as_deref().map_or(Ok(today), |text| day("--on", text))?;
    let until = match &args.until {
        Some(text) => day("--until", text)?,
        None => on.plus(longest(&args.step, &pack)?),
    };
    if until < today {
        let next_step = "name a day to come with --until";
        return Err(Failure::usage("attest the step", format!("--until {until} is past"), next_step));
    }
    let text = text(&args, on, until, &evidence(&args.evidence)?)?;
    check(&text, known.sources, &pack, today)?;
    say_of_accounts(&args, &place);
    let below = folder.join(BELOW);
    std::fs::create_dir_all(&below)
        .or_fail(format!("create {}", below.display()), "check the directory given with --governance")?;
    let path = write(&below, &format!("{}-{on}", args.step.replace('/', "-")), &text).or_fail(
        format!("write into {}", below.display()),
        "check the directory given with --governance, and the disk",
    )?;
    terminal::print(|out| writeln!(out, "{}", terminal::safe(path.display())))?;
    say(format_args!(
        "good until {until} once it is in version control: git add {} && git commit, and have it reviewed",
        path.display()
    ));
    Ok(Outcome::Done)
}

fn day(option: &str, text: &str) -> Result<Day> {
    let refused =
        |error| Failure::usage("attest the step", format!("{option} {text}: {error}"), "write it as 2031-06-30");
    text.trim().parse().map_err(refused)
}

/// For how many days the step allows it.
fn longest(step: &str, pack: &Pack) -> Result<u32> {
    let (process, name) = step.split_once('/').unwrap_or((step, ""));
    let found = pack.handbook().process(process).and_then(|process| process.step(name));
    if let Some(attest) = found.and_then(|step| step.attest.as_ref()) {
        return Ok(attest.days);
    }
    let cause = match found {
        Some(_) => "nobody confirms it: its controls measure it, and nothing else proves it".to_owned(),
        None => {
            let all: Vec<String> = plumbline_governance::attested_steps(pack.handbook()).collect();
            format!("there is no such step{}", did_you_mean(step, all.iter().map(String::as_str)))
        }
    };
    let next_step = "a step is PROCESS/STEP: `plumbline handbook show PROCESS` has those that a person confirms";
    Err(Failure::usage(format!("attest {step}"), cause, next_step))
}

/// What is written of the evidence: an address, or a file's name and hash.
fn evidence(given: &str) -> Result<Value> {
    let given = given.trim();
    if given.contains("://") {
        return Ok(Value::from(given));
    }
    let path = at_home(PathBuf::from(given));
    let hash = hash(&path).or_fail(
        format!("read {}", path.display()),
        "check the path given with --evidence; an address begins with https://",
    )?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(serde_json::json!({ "file": name, "sha256": hash }))
}

fn hash(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 64 * 1024]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(HEXLOWER.encode(&hash.finalize())),
            read => hash.update(&buffer[..read]),
        }
    }
}

/// The file: YAML whose values are written as JSON, which YAML reads as it is.
fn text(args: &AttestArgs, on: Day, until: Day, evidence: &Value) -> Result<String> {
    let [accounts, units] = [&args.account, &args.units].map(|list| names(list.clone(), Vec::new()));
    let place = match (accounts.is_empty(), units.is_empty(), args.organization) {
        (false, _, _) => ("accounts", Value::from(accounts)),
        (_, false, _) => ("units", Value::from(units)),
        (_, _, true) => ("organization", Value::from(true)),
        _ => {
            let next_step = "say where it holds: --account ID, --units PATH, or --organization";
            return Err(Failure::usage(format!("attest {}", args.step), "nobody said where", next_step));
        }
    };
    let mut text = "attestations:\n".to_owned();
    let mut lead = "  - ";
    let mut line = |key: &str, value: &Value| {
        text += &format!("{lead}{key}: {value}\n");
        lead = "    ";
    };
    line("step", &Value::from(args.step.as_str()));
    line(place.0, &place.1);
    line("by", &Value::from(args.by.as_str()));
    line("evidence", evidence);
    line("on", &Value::from(on.to_string()));
    line("until", &Value::from(until.to_string()));
    if let Some(note) = args.note.as_deref().filter(|note| !note.trim().is_empty()) {
        line("note", &Value::from(note));
    }
    Ok(text)
}

/// Whether the folder takes it: what is wrong with it is said before it is written.
fn check(text: &str, mut sources: Vec<Source>, pack: &Pack, today: Day) -> Result<()> {
    const NEW: &str = "the new file";
    sources.push(Source { path: NEW.to_owned(), text: text.to_owned() });
    let (_, problems) = Governance::load(sources, pack.inner(), pack.handbook(), today);
    let wrong: Vec<String> = problems
        .into_iter()
        .filter(|problem| &*problem.file == NEW && problem.level == Level::Error)
        .map(|problem| match problem.suggestion {
            Some(meant) => format!("{}; did you mean `{meant}`?", problem.message),
            None => problem.message,
        })
        .collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Failure::usage("attest the step", wrong.join("; "), "correct it; see `plumbline attest --help`"))
}

/// Says of accounts that the latest scan does not know: they may be new.
fn say_of_accounts(args: &AttestArgs, place: &Basics) {
    let wanted = names(args.account.clone(), Vec::new());
    let organization = match Organization::of(place, None) {
        Ok(Some(organization)) if !wanted.is_empty() => organization,
        Ok(_) => return,
        Err(failure) => return say(format_args!("note: whether the accounts are there is not known: {failure}")),
    };
    let known = || organization.accounts().iter().map(|account| account.id.as_str());
    for account in wanted.iter().filter(|wanted| !known().any(|id| id == wanted.as_str())) {
        let meant = did_you_mean(account, known());
        say(format_args!("note: scan {} has no account {account}{meant}", organization.scan));
    }
}

/// Writes a file of this name, or with a number behind it where there is one already.
fn write(folder: &Path, name: &str, text: &str) -> io::Result<PathBuf> {
    for number in 1..=TRIES {
        let name = if number == 1 { format!("{name}.yaml") } else { format!("{name}-{number}.yaml") };
        let path = folder.join(name);
        let mut file = NewFile::create(&path)?;
        file.write_all(text.as_bytes())?;
        match file.keep() {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            kept => return kept.map(|()| path),
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> AttestArgs {
        AttestArgs {
            step: "identity-federation/provider".to_owned(),
            account: vec!["111111111111".to_owned()],
            units: Vec::new(),
            organization: false,
            by: "Kim".to_owned(),
            evidence: String::new(),
            until: None,
            on: None,
            note: None,
            governance: Default::default(),
            pack: Default::default(),
        }
    }

    fn days() -> (Day, Day) {
        ("2026-11-27".parse().unwrap(), "2027-01-31".parse().unwrap())
    }

    #[test]
    fn what_is_written_is_read_as_it_was_meant() {
        let pack = Pack::load(&[]).unwrap();
        let (on, until) = days();
        for by in [
            "Kim",
            "=cmd|' /C calc'!A0",
            "a: b # c",
            "\"quoted\" 'both'",
            "{x}",
            "zwei\nZeilen",
            "\u{1b}[31m",
            "*a",
            "true",
        ] {
            let written = AttestArgs { by: by.to_owned(), note: Some(by.to_owned()), ..args() };
            let text = text(&written, on, until, &Value::from("https://wiki.example.com/1")).unwrap();
            check(&text, Vec::new(), &pack, on).unwrap();
            let source = Source { path: "a.yaml".to_owned(), text };
            let (read, _) = Governance::load([source], pack.inner(), pack.handbook(), on);
            let [found] = read.attestations() else { panic!("{by}") };
            assert_eq!((&*found.attested.by, &*found.note, found.attested.until), (by, by, until));
        }
    }

    #[test]
    fn what_the_folder_would_not_take_is_not_written() {
        let pack = Pack::load(&[]).unwrap();
        let (on, until) = days();
        let refused = |args: &AttestArgs, evidence: &str, until: Day, part: &str| {
            let text = text(args, on, until, &Value::from(evidence)).unwrap();
            let failure = check(&text, Vec::new(), &pack, on).unwrap_err().to_string();
            assert!(failure.contains(part), "{failure}");
        };
        let good = "https://wiki.example.com/1";
        refused(&args(), "http://wiki.example.com/1", until, "`evidence` is an https address");
        refused(&args(), good, on.plus(4_000), "good for 180 days at most");
        refused(&AttestArgs { by: " ".to_owned(), ..args() }, good, until, "`by` has no value");
        refused(&AttestArgs { account: vec!["12".to_owned()], ..args() }, good, until, "twelve digits");
        refused(
            &AttestArgs { step: "identity-federation/saml2".to_owned(), ..args() },
            good,
            until,
            "has no step `saml2`",
        );
        let nowhere = AttestArgs { account: Vec::new(), ..args() };
        assert!(text(&nowhere, on, until, &Value::from(good)).is_err());
    }

    #[test]
    fn nothing_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let first = write(folder.path(), "a", "one").unwrap();
        let second = write(folder.path(), "a", "two").unwrap();
        assert_eq!(second, folder.path().join("a-2.yaml"));
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        assert_eq!((read(&first), read(&second)), ("one".to_owned(), "two".to_owned()));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn evidence_is_an_address_or_a_hash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("drill.pdf");
        std::fs::write(&path, "").unwrap();
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let found = evidence(path.to_str().unwrap()).unwrap();
        assert_eq!(found, serde_json::json!({ "file": "drill.pdf", "sha256": empty }));
        assert_eq!(evidence(" https://a.example/x ").unwrap(), Value::from("https://a.example/x"));
        assert!(evidence("/no/such/file").unwrap_err().to_string().contains("/no/such/file"));
        assert!(evidence(folder.path().to_str().unwrap()).is_err());
    }
}
