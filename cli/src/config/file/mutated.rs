//! Configuration files that were changed at random: each is understood, or its mistake has a place in the file and words.

use super::File;

/// Files that are tried; the same ones each time.
const COUNT: usize = 4_000;
/// Real ones, and some that are made to be hard.
const EXAMPLES: [&str; 4] = [
    include_str!("../../../../deploy/plumbline.example.yaml"),
    "role: Audit\nretention: { nights: 90, weeks: 52 }\nschedules:\n  - name: nightly\n    cron: '0 2 * * *'\n    \
     time_zone: Europe/Zurich\n    scope: { exclude_ou: [Root/Sandbox] }\n    deadline: 6h\nsettings:\n  \
     tags-required: { keys: [owner, cost-center] }\n",
    "accounts: ['111122223333']\nmin_coverage: 99.5\nfail_on: high\nhttp: 127.0.0.1:9464\nagent: true\n",
    "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
     d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\naccounts: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n",
];
const TELLING: [&str; 16] = [
    "\n",
    "\t",
    ": ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "|\n",
    "'",
    "\"",
    "!!binary x",
    "99999999999999999999",
    "ä\u{0}",
];

/// Xorshift.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % limit.max(1)
    }
}

fn mutated(chance: &mut Chance) -> String {
    let mut text: Vec<char> = EXAMPLES[chance.below(EXAMPLES.len())].chars().collect();
    for _ in 0..=chance.below(4) {
        let at = chance.below(text.len() + 1);
        let end = at + chance.below((text.len() - at).min(40) + 1);
        match chance.below(4) {
            0 => drop(text.drain(at..end)),
            1 => drop(text.splice(at..at, TELLING[chance.below(TELLING.len())].chars())),
            2 => drop(text.splice(at..end, TELLING[chance.below(TELLING.len())].chars())),
            _ => {
                let again = text[at..end].repeat(1 << chance.below(6));
                text.splice(at..at, again);
            }
        }
    }
    text.into_iter().collect()
}

#[test]
fn a_file_that_was_changed_at_random_is_understood_or_explained() {
    let mut chance = Chance(7);
    let (mut understood, mut explained) = (0, 0);
    for text in EXAMPLES.into_iter().map(str::to_owned).chain((0..COUNT).map(|_| mutated(&mut chance))) {
        match File::parse(&text) {
            Ok(_) => understood += 1,
            Err((place, what)) => {
                explained += 1;
                assert!(!what.is_empty(), "{text:?}");
                let line = place.strip_prefix(':').and_then(|place| place.split(':').next()?.parse::<usize>().ok());
                let lines = text.split('\n').count();
                assert!(
                    place.is_empty() || line.is_some_and(|line| (1..=lines + 1).contains(&line)),
                    "{place}: {text:?}"
                );
            }
        }
    }
    assert!(understood > 100 && explained > 100, "{understood} and {explained}");
}
