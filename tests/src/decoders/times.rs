//! Cron expressions, zones, and schedules as the configuration has them. The first line is the expression, the second the
//! zone, the third a length of time.

use plumbline_schedule::cron::Cron;
use plumbline_schedule::{Schedule, ScheduleSpec, Timestamp, Zone, spec};

use super::Read;

/// Fires that are looked at.
const FIRES: usize = 5;

/// Understands a schedule, and asks when it fires.
pub(super) fn times(bytes: &[u8]) -> Read {
    let Ok(text) = std::str::from_utf8(bytes) else { return Read::Refused };
    let mut lines = text.split('\n');
    let mut next = || lines.next().unwrap_or_default();
    let (expression, zone, length) = (next(), next(), next());
    let said = ScheduleSpec {
        name: "nightly".into(),
        cron: expression.into(),
        time_zone: zone.into(),
        scope: spec::Scope::default(),
        deadline: Some(length.into()).filter(|text: &String| !text.is_empty()),
        window: None,
        reports: Vec::new(),
        on_vanished_accounts: None,
    };
    let planned = spec::checked(std::slice::from_ref(&said));
    let cron = match expression.parse::<Cron>() {
        Ok(cron) => cron,
        Err(error) => {
            let longest = expression.chars().count() + 1;
            assert!((1..=longest).contains(&error.column), "column {} of `{expression}`: {error}", error.column);
            assert!(planned.is_err(), "a schedule without a time");
            return Read::Refused;
        }
    };
    assert_eq!(cron.to_string().parse::<Cron>().as_ref(), Ok(&cron), "`{cron}` is another expression");
    let Ok(zone) = Zone::named(zone) else { return Read::Refused };
    let schedule = Schedule::new(cron, zone);
    let start: Timestamp = "2026-03-28T12:00:00Z".parse().expect("a moment");
    let mut moment = start;
    for _ in 0..FIRES {
        let Some(fire) = schedule.next_after(moment) else { break };
        assert!(fire > moment, "{schedule}: {fire} is not after {moment}");
        assert_eq!(schedule.last_between(moment, fire), Some(fire), "{schedule}");
        moment = fire;
    }
    assert_eq!(schedule.fires_between(start, moment, FIRES).times.last(), Some(&moment), "{schedule}");
    Read::Accepted
}

pub(super) fn examples() -> Vec<Vec<u8>> {
    let texts = [
        "15 2 * * *\nEurope/Zurich\n6h",
        "*/7 0-5,22 1-15/2 jan,MAR-dec mon-fri\nUTC\n1h30m",
        "@daily\nAmerica/New_York\n1d",
        "0 0 29 2 *\nAustralia/Lord_Howe\n90s",
        "30 2 * * sun\nAfrica/Casablanca\n",
        "@weekly\nAntarctica/Troll\n7d",
        "59 23 31 12 7\nPacific/Apia\n5m",
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}
