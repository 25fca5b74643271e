//! How far an organization is along the handbook, as reports show it. Values only: whoever knows the handbook fills them.
//! Must not decide how far anything is.

/// How far it is, and what comes next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Roadmap {
    /// The level that the organization has reached; 0 for none.
    pub level: u8,
    /// The level that it would have reached if a person confirmed all that is left to confirm.
    pub level_once_confirmed: u8,
    /// What a person has to know of that, in sentences.
    pub sentences: Vec<String>,
    /// Processes by level and state, the lowest level first.
    pub levels: Vec<OfLevel>,
    /// Of those that are done, the ones that rest on a person's word, too.
    pub attested: u64,
    /// Accounts by the level that they have reached, those with none first.
    pub accounts_by_level: Vec<u64>,
    /// How much is done.
    pub figures: Figures,
    /// What comes next.
    pub next: Vec<Next>,
    /// The units, those above others first.
    pub units: Vec<Part>,
    /// The accounts, the least first.
    pub accounts: Vec<Part>,
}

impl Roadmap {
    /// What is done of it, and the first step that comes next, on one line.
    pub fn line(&self) -> String {
        let Figures { processes_done, processes, .. } = self.figures;
        let next = self.next.first().map(|next| format!("; next is {}, {}", next.process_title, next.title));
        format!("{processes_done} of {processes} processes done{}", next.unwrap_or_default())
    }
}

/// Processes of a level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfLevel {
    /// Its number.
    pub level: u8,
    /// What people call it.
    pub name: &'static str,
    /// Processes by state: a word for machines, one for people, and how many.
    pub states: Vec<(&'static str, &'static str, u64)>,
}

impl OfLevel {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.states.iter().map(|(_, _, count)| count).sum()
    }
}

/// How much is done, in the figures that are kept of every night.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// The organization's level.
    pub level: u8,
    /// Processes that are done.
    pub processes_done: u64,
    /// Of how many.
    pub processes: u64,
    /// How often a process is done: each account's own in each account, those of the organization once.
    pub places_done: u64,
    /// Of how many.
    pub places: u64,
    /// Steps × accounts of which nothing is left.
    pub steps_done: u64,
    /// All of them.
    pub steps: u64,
}

impl Figures {
    /// The share of places that are done.
    pub fn share(&self) -> Option<f64> {
        share(self.places_done, self.places)
    }

    /// The share of steps × accounts that are done: the first to move.
    pub fn share_of_steps(&self) -> Option<f64> {
        share(self.steps_done, self.steps)
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// A step that comes next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Next {
    /// The process and the step, by their ids.
    pub process: String,
    /// The step's id.
    pub step: String,
    /// What the process does.
    pub process_title: String,
    /// What the step does.
    pub title: String,
    /// What is to be done with it, for machines.
    pub action: &'static str,
    /// Who does it, by what, and where, in words.
    pub who: String,
    /// In how many accounts.
    pub accounts: u64,
    /// The controls that it closes: id, severity, accounts.
    pub controls: Vec<(String, &'static str, u64)>,
    /// What it is worth for what it costs.
    pub value: f64,
    /// How that comes about.
    pub sum: String,
    /// The processes that come before it.
    pub after: Vec<String>,
}

/// A unit or an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The path of a unit, or the id of an account.
    pub id: String,
    /// The account's name; empty for a unit.
    pub name: String,
    /// The level that it has reached.
    pub level: u8,
    /// How many accounts it has.
    pub accounts: u64,
    /// How often a process is done in it.
    pub places_done: u64,
    /// Of how many.
    pub places: u64,
    /// Processes of which something is open.
    pub open: u64,
}
