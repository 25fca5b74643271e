//! Processes: what somebody does to make an environment secure, in steps, and what proves each of them. The checked form of
//! `processes/<chapter>/<id>.yaml`.

use std::sync::Arc;

use crate::pack::facts::Place;

/// One process.
#[derive(Clone, Debug)]
pub struct Process {
    /// `cloudtrail-organization-trail`: the file's name. Never reused.
    pub id: String,
    /// What is done.
    pub title: String,
    /// What an engineer asks to whom this is the answer.
    pub question: String,
    /// Where in the handbook it stands.
    pub chapter: Chapter,
    /// Maturity: 1 essential, 2 standard, 3 advanced.
    pub level: u8,
    /// Who is responsible for it.
    pub who: Who,
    /// How often it is done, and where.
    pub how_often: HowOften,
    /// What it costs one person in one place.
    pub effort: Effort,
    /// Ids of the processes that come first.
    pub needs: Vec<String>,
    /// Why it is done, as Markdown.
    pub why: String,
    /// What is done, in order; at least one.
    pub steps: Vec<Step>,
    /// Pages of AWS's documentation.
    pub references: Vec<String>,
    /// Where its id stands.
    pub place: Place,
}

impl Process {
    /// One of its steps.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// The controls that prove its steps, each once.
    pub fn controls(&self) -> Vec<&Arc<str>> {
        let mut controls: Vec<&Arc<str>> = self.steps.iter().flat_map(|step| &step.controls).collect();
        controls.sort();
        controls.dedup();
        controls
    }
}

/// One step of a process.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name within the process; links to it last.
    pub id: String,
    /// What is done.
    pub title: String,
    /// Who does it.
    pub who: Who,
    /// By what.
    pub by: Means,
    /// What to do, as Markdown: `do` in the file.
    pub action: String,
    /// Commands of the AWS CLI; empty where there are none.
    pub cli: String,
    /// Terraform; empty where there is none.
    pub terraform: String,
    /// CloudFormation: what stands below `Resources`; empty where there is none.
    pub cloudformation: String,
    /// What to look at afterwards, as Markdown.
    pub look: String,
    /// The controls that prove it.
    pub controls: Vec<Arc<str>>,
    /// What a person confirms.
    pub attest: Option<Attest>,
}

/// What only a person can confirm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attest {
    /// The sentence that they put their name to.
    pub confirm: String,
    /// For how many days it is good at most.
    pub days: u32,
}

/// A chapter of the handbook, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Chapter {
    /// The organization and its accounts.
    Organization,
    /// People, roles and keys.
    Identity,
    /// What is recorded, and where it goes.
    Logging,
    /// What watches, and who is told.
    Detection,
    /// What nobody can do, so that everybody may do the rest.
    Guardrails,
    /// Tags and money.
    Cost,
    /// Networks.
    Network,
    /// Who can read it, how it is encrypted, how it comes back.
    Data,
    /// What runs.
    Workloads,
    /// Incidents, and infrastructure as code.
    Readiness,
}

/// Who does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Only the root user can.
    RootUser,
    /// The security team.
    Security,
    /// The platform team.
    Platform,
    /// Developers.
    Developer,
}

/// By what something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// Signed in as the root user.
    RootUser,
    /// In the console.
    Console,
    /// With the AWS CLI.
    Cli,
    /// As infrastructure as code.
    Iac,
    /// A mixture, which the step describes.
    Mixed,
}

/// How often a process is done, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HowOften {
    /// Once for the organization.
    Organization,
    /// Once for each account.
    Account,
    /// Once for each Region of each account.
    Region,
    /// Again after so many days.
    Every(u32),
}

/// What a process costs one person in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// Under an hour.
    Minutes,
    /// Under a day.
    Hours,
    /// Under a week.
    Days,
    /// More.
    Weeks,
}

impl Chapter {
    /// All of them, in order, as they are written.
    pub const ALL: &[(&'static str, Self)] = &[
        ("organization", Self::Organization),
        ("identity", Self::Identity),
        ("logging", Self::Logging),
        ("detection", Self::Detection),
        ("guardrails", Self::Guardrails),
        ("cost", Self::Cost),
        ("network", Self::Network),
        ("data", Self::Data),
        ("workloads", Self::Workloads),
        ("readiness", Self::Readiness),
    ];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        word(Self::ALL, self)
    }

    /// As a heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Organization => "The organization and its accounts",
            Self::Identity => "People, roles and keys",
            Self::Logging => "What is recorded, and where it goes",
            Self::Detection => "What watches, and who is told",
            Self::Guardrails => "Guardrails that leave developers free",
            Self::Cost => "Tags and money",
            Self::Network => "Networks",
            Self::Data => "Data: access, encryption, backups",
            Self::Workloads => "What runs",
            Self::Readiness => "Ready for incidents and for change",
        }
    }
}

impl Who {
    /// All of them, as they are written.
    pub const ALL: &[(&'static str, Self)] = &[
        ("root-user", Self::RootUser),
        ("security", Self::Security),
        ("platform", Self::Platform),
        ("developer", Self::Developer),
    ];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        word(Self::ALL, self)
    }

    /// For people.
    pub fn says(self) -> &'static str {
        match self {
            Self::RootUser => "the root user",
            Self::Security => "the security team",
            Self::Platform => "the platform team",
            Self::Developer => "developers",
        }
    }
}

impl Means {
    /// All of them, as they are written.
    pub const ALL: &[(&'static str, Self)] = &[
        ("root-user", Self::RootUser),
        ("console", Self::Console),
        ("cli", Self::Cli),
        ("iac", Self::Iac),
        ("mixed", Self::Mixed),
    ];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        word(Self::ALL, self)
    }

    /// For people.
    pub fn says(self) -> &'static str {
        match self {
            Self::RootUser => "signed in as the root user",
            Self::Console => "in the console",
            Self::Cli => "with the AWS CLI",
            Self::Iac => "as infrastructure as code",
            Self::Mixed => "in several ways",
        }
    }
}

impl HowOften {
    /// The words for what is done once.
    pub const ONCE: &[(&'static str, Self)] =
        &[("organization", Self::Organization), ("account", Self::Account), ("region", Self::Region)];

    /// For people.
    pub fn says(self) -> String {
        match self {
            Self::Organization => "once for the organization".to_owned(),
            Self::Account => "once for each account".to_owned(),
            Self::Region => "once for each Region of each account".to_owned(),
            Self::Every(days) => format!("every {days} days"),
        }
    }
}

impl Effort {
    /// All of them, as they are written.
    pub const ALL: &[(&'static str, Self)] =
        &[("minutes", Self::Minutes), ("hours", Self::Hours), ("days", Self::Days), ("weeks", Self::Weeks)];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        word(Self::ALL, self)
    }
}

/// The word of a value.
fn word<T: Copy + PartialEq>(words: &[(&'static str, T)], wanted: T) -> &'static str {
    words.iter().find(|(_, value)| *value == wanted).map_or("", |(word, _)| *word)
}
