//! What the hardest policies cost: those that are made to be hard, each with the question that is hard for it, read and
//! answered. A search is bounded by counts; here it shows what these counts come to in time.

use std::time::Duration;

use plumbline_baseline::Doc;
use plumbline_baseline::policy::{Answer, Outsiders, Policy, World};
use tokio::time::Instant;

use crate::hardest::{self, Hard, Question};
use crate::table;

/// How many are shown; the others are faster.
const SHOWN: usize = 12;
/// The best of so many rounds counts, for the machine may be busy.
const ROUNDS: usize = 5;

/// Prints the table.
pub(crate) fn run() -> anyhow::Result<()> {
    let all = hardest::all();
    let mut measured: Vec<(Duration, &Hard, Answer)> = Vec::new();
    for hard in &all {
        let document = Doc::from_json(&hard.document)?;
        let mut best: Option<(Duration, Answer)> = None;
        for _ in 0..ROUNDS {
            let started = Instant::now();
            let answer = ask(hard.question, &Policy::parse(&document));
            let took = started.elapsed();
            if best.as_ref().is_none_or(|(known, _)| took < *known) {
                best = Some((took, answer));
            }
        }
        measured.extend(best.map(|(took, answer)| (took, hard, answer)));
    }
    measured.sort_by_key(|(took, _, _)| std::cmp::Reverse(*took));
    let given_up = measured.iter().filter(|(_, _, answer)| matches!(answer, Answer::Unknown(_))).count();
    let mut rows = vec![["policy", "question", "bytes", "answer", "time"].map(str::to_owned).to_vec()];
    rows.extend(measured.iter().take(SHOWN).map(|(took, hard, answer)| {
        vec![
            hard.name.clone(),
            format!("{:?}", hard.question).to_lowercase(),
            hard.document.len().to_string(),
            said(answer),
            format!("{:.1} ms", took.as_secs_f64() * 1e3),
        ]
    }));
    table::print(&format!("The hardest of {} policies, of which {given_up} are given up", all.len()), &rows);
    Ok(())
}

fn ask(question: Question, policy: &Policy) -> Answer {
    let world = World {
        account: Some("111111111111".to_owned()),
        organization: Some("o-a1b2c3d4e5".to_owned()),
        now: Some(1_768_435_200),
        ..World::default()
    };
    let outsiders = Outsiders { services: vec!["*".to_owned()], takeover: true, ..Outsiders::default() };
    match question {
        Question::Public => policy.is_public(&outsiders, &world),
        Question::Trust => policy.trusts_anyone(&outsiders, &world),
        Question::Outside => policy.grants_account_outside(&["111111111111".to_owned()], &world),
        Question::Tls => policy.denies_insecure_transport(None, &world),
        Question::Administrator => policy.allows_full_admin(&world),
    }
}

/// The answer in a word; of what is not known, its reason.
fn said(answer: &Answer) -> String {
    match answer {
        Answer::Yes(_) => "yes".to_owned(),
        Answer::No(_) => "no".to_owned(),
        Answer::Unknown(unread) if unread.detail.contains("too_complex") => "too complex".to_owned(),
        Answer::Unknown(_) => "unknown".to_owned(),
    }
}
