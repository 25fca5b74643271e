//! Full text over controls, processes, guides and sources of logs. Words count by how rare they are and where they stand; the
//! beginning of a word finds it, too. Pure.

use std::collections::BTreeMap;

use plumbline_baseline::pack::Pack;
use plumbline_baseline::pack::handbook::Handbook;

/// What a hit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A guide.
    Guide,
    /// A process.
    Process,
    /// A source of logs.
    LogSource,
    /// A control.
    Control,
}

impl Kind {
    /// For people and machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Guide => "guide",
            Self::Process => "process",
            Self::LogSource => "log source",
            Self::Control => "control",
        }
    }
}

/// What can be found.
#[derive(Clone, Debug)]
pub struct Searched {
    /// What it is.
    pub kind: Kind,
    /// Its id.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// A sentence of it.
    pub says: String,
    /// Words that stand for it: its id, its title, its question.
    head: String,
    /// All else that it says.
    body: String,
}

impl Searched {
    /// The words by which a reader finds it first, for a search without a server.
    pub(crate) fn head(&self) -> &str {
        &self.head
    }

    /// The other words, each once: what a search without a server needs of the text.
    pub(crate) fn words(&self) -> String {
        let words: std::collections::BTreeSet<String> =
            words(&self.body).filter(|word| word.len() > 2 && !EMPTY.contains(&word.as_str())).collect();
        words.into_iter().collect::<Vec<_>>().join(" ")
    }

    /// All that there is to find.
    pub fn all(handbook: &Handbook, pack: &Pack) -> Vec<Self> {
        let mut all = Vec::new();
        for guide in handbook.guides() {
            all.push(Self {
                kind: Kind::Guide,
                id: guide.id.clone(),
                title: guide.title.clone(),
                says: first_sentence(&guide.body),
                head: format!("{} {}", guide.id, guide.title),
                body: guide.body.clone(),
            });
        }
        for process in handbook.processes() {
            let steps: Vec<&str> = process.steps.iter().map(|step| step.title.as_str()).collect();
            let prose: Vec<&str> =
                process.steps.iter().flat_map(|step| [step.action.as_str(), &step.cli, &step.look]).collect();
            all.push(Self {
                kind: Kind::Process,
                id: process.id.clone(),
                title: process.title.clone(),
                says: process.question.clone(),
                head: format!("{} {} {} {}", process.id, process.title, process.question, steps.join(" ")),
                body: format!("{} {}", process.why, prose.join(" ")),
            });
        }
        for source in handbook.log_sources() {
            all.push(Self {
                kind: Kind::LogSource,
                id: source.id.clone(),
                title: source.source.clone(),
                says: source.default.clone(),
                head: format!("{} {} {} logs", source.id, source.source, source.resource_type),
                body: format!("{} {} {} {}", source.scope, source.check_call, source.trap, source.other),
            });
        }
        for control in pack.controls().map(|compiled| &compiled.control) {
            all.push(Self {
                kind: Kind::Control,
                id: control.id.to_string(),
                title: control.title.clone(),
                says: first_sentence(&control.why),
                head: format!("{} {}", control.id, control.title),
                body: format!("{} {}", control.why, control.remediation.steps),
            });
        }
        all
    }
}

/// What was found, and how well it fits.
#[derive(Clone, Debug)]
pub struct Hit<'s> {
    /// It.
    pub found: &'s Searched,
    /// How well it fits, for the order only.
    pub score: f64,
}

/// Words that stand everywhere and find nothing.
const EMPTY: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "by", "can", "do", "does", "for", "from", "have", "how", "i", "in",
    "is", "it", "its", "my", "of", "on", "or", "our", "should", "that", "the", "their", "there", "this", "to", "use",
    "we", "what", "when", "where", "which", "who", "why", "with", "you",
];
/// How much more a word counts that stands in the head.
const IN_HEAD: f64 = 4.0;
/// How much a word counts that only begins like the one that is wanted.
const BEGINS: f64 = 0.6;

/// What fits all words, or as many as anything does; the best first.
pub fn find<'s>(query: &str, all: &'s [Searched]) -> Vec<Hit<'s>> {
    let wanted: Vec<String> = words(query).filter(|word| !EMPTY.contains(&word.as_str())).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let texts: Vec<[BTreeMap<String, u32>; 2]> =
        all.iter().map(|each| [&each.head, &each.body].map(|text| counted(text))).collect();
    let weights: Vec<f64> = wanted.iter().map(|word| rarity(word, &texts)).collect();
    let scored = all.iter().zip(&texts).map(|(found, [head, body])| {
        let (mut score, mut fits) = (0.0, 0);
        for (word, weight) in wanted.iter().zip(&weights) {
            let (in_head, in_body) = (presence(word, head), presence(word, body));
            fits += usize::from(in_head + in_body > 0.0);
            score += weight * (IN_HEAD * in_head + in_body);
        }
        (fits, Hit { found, score })
    });
    let scored: Vec<(usize, Hit<'s>)> = scored.filter(|(fits, _)| *fits > 0).collect();
    let most = scored.iter().map(|(fits, _)| *fits).max().unwrap_or_default();
    let mut hits: Vec<Hit<'s>> = scored.into_iter().filter(|(fits, _)| *fits == most).map(|(_, hit)| hit).collect();
    hits.sort_by(|a, b| {
        b.score.total_cmp(&a.score).then_with(|| (a.found.kind, &a.found.id).cmp(&(b.found.kind, &b.found.id)))
    });
    hits
}

/// The words of a text, in small letters; `s3` and `cloudtrail-multi-region` are words, and so are the latter's parts.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| stem(&word.to_lowercase()))
}

/// The singular, where a plural is plain.
fn stem(word: &str) -> String {
    let plain = word.strip_suffix('s').filter(|rest| rest.len() > 2 && !rest.ends_with(['s', 'u', 'i']));
    plain.unwrap_or(word).to_owned()
}

fn counted(text: &str) -> BTreeMap<String, u32> {
    let mut counted = BTreeMap::new();
    for word in words(text) {
        *counted.entry(word).or_default() += 1;
    }
    counted
}

/// How much a word is there: often counts more than once, and less than often.
fn presence(word: &str, text: &BTreeMap<String, u32>) -> f64 {
    let amount = |count: u32| 1.0 + f64::from(count).ln();
    if let Some(count) = text.get(word) {
        return amount(*count);
    }
    if word.len() < 3 {
        return 0.0;
    }
    let begins = text.range(word.to_owned()..).take_while(|(known, _)| known.starts_with(word));
    begins.map(|(_, count)| BEGINS * amount(*count)).fold(0.0, f64::max)
}

fn rarity(word: &str, texts: &[[BTreeMap<String, u32>; 2]]) -> f64 {
    let with = texts.iter().filter(|[head, body]| presence(word, head) + presence(word, body) > 0.0).count();
    (1.0 + texts.len() as f64 / (1.0 + with as f64)).ln()
}

/// The first sentence of a Markdown text, without its marks.
fn first_sentence(text: &str) -> String {
    let paragraph =
        text.split("\n\n").map(str::trim).find(|part| !part.is_empty() && !part.starts_with(['#', '|', '-', '`']));
    let line = paragraph.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    let end = line.find(". ").map_or(line.len(), |end| end + 1);
    crate::markdown::plain(&line[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str) -> Vec<(Kind, String)> {
        let all = Searched::all(Handbook::embedded(), Pack::embedded());
        find(query, &all).iter().map(|hit| (hit.found.kind, hit.found.id.clone())).collect()
    }

    #[test]
    fn a_word_of_the_title_comes_before_one_of_the_text_and_nothing_finds_nothing() {
        assert_eq!(found("").len() + found("the of and").len() + found("qqqqzz").len(), 0);
        assert!(found("imdsv2")[0].1.contains("imdsv2"));
        assert!(found("bucket")[0].1.contains("bucket"), "{:?}", found("bucket"));
    }

    #[test]
    fn plurals_and_beginnings_find_as_well() {
        assert_eq!(found("cloudtrails")[0], found("cloudtrail")[0]);
        assert!(found("cloudtr").iter().any(|(_, id)| id == "cloudtrail-multi-region"));
    }
}
