//! What is understood, what is refused and in which words, and which dates come next.

use jiff::civil::date;

use super::*;

fn check(text: &str, column: usize, cause: &str) {
    let error = text.parse::<Cron>().expect_err(text);
    assert!(error.column == column && error.cause.contains(cause), "{text:?}: {error}");
}

/// Two ways to write the same.
fn same(one: &str, other: &str) {
    let read = |text: &str| text.parse::<Cron>().unwrap_or_else(|error| panic!("{text}: {error}"));
    let (one, other) = (read(one), read(other));
    assert_eq!((one.minutes, one.hours, one.days), (other.minutes, other.hours, other.days), "{one} and {other}");
}

#[test]
fn what_is_written_differently_and_means_the_same() {
    same("@daily", "0 0 * * *");
    same("@Midnight", "0 0 * * *");
    same("@weekly", "0 0 * * sun");
    same("@yearly", "0 0 1 jan *");
    same("@annually", "0 0 1 1 *");
    same("@monthly", "0 0 1 * *");
    same("@hourly", "0 * * * *");
    same("*/20 * * * *", "0,20,40 * * * *");
    same("5-59/20 * * * *", "5,25,45 * * * *");
    same("0 0 1 JAN-mar *", "0 0 1 1,2,3 *");
    same("0 0 * * 0", "0 0 * * 7");
    same("0 0 * * sat-sun", "0 0 * * 6,0");
    same("0 0 * * 5-7", "0 0 * * fri,sat,sun");
    same("0 0 * * sun-tue", "0 0 * * 0,1,2");
    same("0 0 * * mon-sun", "0 0 * * 0-6");
    same("0 0 * * 1-7/2", "0 0 * * mon,wed,fri,sun");
    same("  0\t0   *  * * ", "0 0 * * *");
    same("05 007 * * *", "5 7 * * *");
    assert_eq!("  0\t0   *  * MON ".parse::<Cron>().unwrap().to_string(), "0 0 * * MON");
}

#[test]
fn a_mistake_has_its_column_and_what_is_expected_there() {
    check("", 1, "five fields are expected: minute, hour");
    check("   ", 1, "five fields");
    check("15 2 * *", 9, "it ends after 4 of them; five fields");
    check(
        "0 15 2 * * mon",
        12,
        "there is a sixth field; five fields are expected: minute, hour, day of the month, month, day of the week, and no seconds; did you mean `15 2 * * mon`?",
    );
    check("0 15 2 * * mon 2026", 12, "there are 7");
    check("60 * * * *", 1, "`60` is not a minute: a number from 0 to 59 is expected");
    check("0 24 * * *", 3, "`24` is not an hour: a number from 0 to 23");
    check("0 0 0 * *", 5, "`0` is not a day of the month: a number from 1 to 31");
    check("0 0 1 13 *", 7, "`13` is not a month: a number from 1 to 12 or a name from jan to dec");
    check("0 0 * * 8", 9, "`8` is not a day of the week: a number from 0 to 7 or a name");
    check("0 0 * * monday", 9, "did you mean `mon`?");
    check("0 0 * * tue,wen", 13, "did you mean `wed`?");
    check("0 0 1 sept *", 7, "did you mean `sep`?");
    check("1,,2 * * * *", 3, "something is missing here: a number from 0 to 59");
    check("1, * * * *", 3, "something is missing");
    check("5- * * * *", 3, "something is missing");
    check("-5 * * * *", 1, "something is missing");
    check("0,15,99 * * * *", 6, "`99` is not a minute");
    check("1-5-9 * * * *", 3, "`5-9` is not a minute");
    check("+5 * * * *", 1, "`+5` is not a minute");
    check("99999999999999999999 * * * *", 1, "is not a minute");
    check("٣ * * * *", 1, "is not a minute");
    check("** * * * *", 1, "`**` is not a minute");
    check("0 0 ? * mon", 5, "did you mean `*`?");
    check("0 0 L * *", 5, "an extension that is not known here");
    check("0 0 * * fri#2", 9, "an extension that is not known here");
    check("0 0 15W * *", 5, "`15W` is not a day of the month");
}

#[test]
fn ranges_and_steps_that_cannot_be_meant() {
    check("0 22-2 * * *", 3, "`22-2` runs backwards; did you mean `22-23,0-2`?");
    check("0 22-0 * * *", 3, "did you mean `22-23,0`?");
    check("0 23-2 * * *", 3, "did you mean `23,0-2`?");
    check("0 23-0 * * *", 3, "did you mean `23,0`?");
    check("0 0 * * fri-mon", 9, "`fri-mon` runs backwards; did you mean `fri-sat,sun-mon`?");
    check("0 0 1 nov-feb *", 7, "did you mean `nov-dec,jan-feb`?");
    check("*/0 * * * *", 3, "`0` is not a step");
    check("*/ * * * *", 3, "`` is not a step");
    check("*/x * * * *", 3, "`x` is not a step");
    check("*/5/5 * * * *", 3, "`5/5` is not a step");
    check("*/90 * * * *", 3, "a step of 90 goes beyond the range, which ends at 59; did you mean `0`?");
    check("*/900 * * * *", 3, "a step of 900 goes beyond");
    check("0 8-12/6 * * *", 8, "did you mean `8`?");
    check("5/15 * * * *", 1, "a step wants a range before it; did you mean `5-59/15`?");
    for meant in ["0 22-23,0-2 * * *", "0 0 * * fri-sat,sun-mon", "5-59/15 * * * *"] {
        assert!(meant.parse::<Cron>().is_ok(), "{meant}");
    }
}

#[test]
fn macros_and_variables() {
    check("@dayly", 1, "`@dayly` is not known; @hourly, @daily, @weekly, @monthly or @yearly; did you mean `@daily`?");
    check("  @reboot", 3, "`@reboot` is no time");
    check("@daily 5", 8, "nothing is expected behind `@daily`");
    check("CRON_TZ=Europe/Zurich 0 2 * * *", 1, "the zone has its own key, `time_zone`");
}

#[test]
fn what_never_fires_is_refused() {
    check("0 0 30 2 *", 5, "it never fires: there is no day 30, February has at most 29 days; did you mean `28`?");
    check("0 0 31 apr *", 5, "there is no day 31, April has 30 days; did you mean `30`?");
    check("0 0 31 2,4,6,9,11 *", 5, "February, April, June, September, November have at most 30 days");
    check("0 0 30-31 2 *", 5, "it never fires: there is no day 30");
    for fires in ["0 0 29 2 *", "0 0 30 2 mon", "0 0 31 2-3 *", "0 0 29 2 */6", "0 0 */30 2 mon", "0 0 28-31 2 *"] {
        let cron: Cron = fires.parse().unwrap();
        assert!(cron.next_after(date(2090, 1, 1).at(0, 0, 0, 0)).is_some(), "{fires}");
    }
}

#[test]
fn two_restricted_fields_of_days_are_either_and_a_star_makes_them_both() {
    let names = |text: &str, date: &str| text.parse::<Cron>().unwrap().names(date.parse().unwrap());
    // 1 June 2026 is a Monday, the 2nd a Tuesday.
    assert!(names("0 0 2 * mon", "2026-06-01T00:00") && names("0 0 2 * mon", "2026-06-02T00:00"));
    assert!(!names("0 0 2 * mon", "2026-06-03T00:00") && !names("0 0 2 * mon", "2026-06-02T00:01"));
    assert!(names("0 0 */2 * mon", "2026-06-01T00:00") && !names("0 0 */2 * mon", "2026-06-08T00:00"));
    assert!(!names("0 0 */2 * mon", "2026-06-03T00:00"));
    assert!(names("0 0 1 * */2", "2027-04-01T00:00") && !names("0 0 1 * */2", "2026-06-01T00:00"));
}
