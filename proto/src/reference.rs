//! What a job is called on the wire: the end of its scan's id and its number in the scan. Every message about a job says
//! it, and whoever knows the scan makes the job's whole id of it. Pure.

/// How many letters of the scan's id are said. Ids of scans end in chance; who names a job shows its fence, too.
const SAID: usize = 6;
/// Digits of a job's number in its id at least.
const DIGITS: usize = 6;

/// A job of a scan by what it is called on the wire; a job that is not named after its scan keeps its id.
pub fn short(scan: &str, job: &str) -> String {
    let number = job.strip_prefix(scan).and_then(|rest| rest.strip_prefix('-'));
    let short = number.map(|number| {
        let digits = number.trim_start_matches('0');
        format!("{}-{}", name(scan), if digits.is_empty() { "0" } else { digits })
    });
    short.filter(|short| whole(scan, short) == job).unwrap_or_else(|| job.to_owned())
}

/// The id of a scan's job by what it is called on the wire; what is not called after this scan is an id as it is.
pub fn whole(scan: &str, short: &str) -> String {
    match number(scan, short) {
        Some(number) => format!("{scan}-{number:0>DIGITS$}"),
        None => short.to_owned(),
    }
}

/// Whether that is what a job of the scan is called on the wire.
pub fn is_of(scan: &str, short: &str) -> bool {
    number(scan, short).is_some()
}

fn number<'a>(scan: &str, short: &'a str) -> Option<&'a str> {
    let number = short.strip_prefix(name(scan))?.strip_prefix('-')?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
}

/// What a scan is called in the names of its jobs.
pub fn name(scan: &str) -> &str {
    scan.len().checked_sub(SAID).and_then(|from| scan.get(from..)).unwrap_or(scan)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCAN: &str = "01KBXN5T3M8Q2W7RZC4VYE9HGD";

    #[test]
    fn a_job_is_called_by_less_than_its_id_and_found_again() {
        for (number, expected) in
            [(0, "YE9HGD-0"), (7, "YE9HGD-7"), (90_000, "YE9HGD-90000"), (1_234_567, "YE9HGD-1234567")]
        {
            let job = format!("{SCAN}-{number:06}");
            let said = short(SCAN, &job);
            assert_eq!((said.as_str(), whole(SCAN, &said)), (expected, job));
            assert!(is_of(SCAN, &said));
        }
    }

    #[test]
    fn what_is_not_named_after_the_scan_keeps_its_id() {
        let others = ["0", "J", "", "01KBXN5T3M8Q2W7RZC4VYE9HGE-000001", "01KBXN5T3M8Q2W7RZC4VYE9HGD-1", "YE9HGE-1"];
        for job in others {
            assert_eq!((short(SCAN, job), whole(SCAN, job)), (job.to_owned(), job.to_owned()));
        }
        assert!(!is_of(SCAN, "YE9HGE-1") && !is_of(SCAN, "YE9HGD-x") && !is_of(SCAN, "YE9HGD"));
        assert_eq!(whole(SCAN, "ÄÖ-1"), "ÄÖ-1");
    }

    #[test]
    fn scans_with_short_ids_are_said_whole() {
        assert_eq!((short("S", "S-000003"), whole("S", "S-3")), ("S-3".to_owned(), "S-000003".to_owned()));
        assert_eq!(short("S", "S-0"), "S-0", "it would not come back");
    }
}
