//! Where things are in the site. Ids are addresses: words of small letters and digits.

use plumbline_baseline::pack::handbook::link::Target;
use plumbline_baseline::pack::handbook::process::Chapter;

/// How a page reaches the folder of the site.
#[derive(Clone, Copy, Debug)]
pub(super) enum Depth {
    /// It lies there.
    Top,
    /// It lies in a folder of it.
    Folder,
}

impl Depth {
    /// The address of a file of the site.
    pub(super) fn to(self, path: &str) -> String {
        match self {
            Self::Top => path.to_owned(),
            Self::Folder => format!("../{path}"),
        }
    }

    /// Where a link of the handbook's prose leads.
    pub(super) fn target(self, target: &Target<'_>) -> String {
        self.to(&match target {
            Target::Process(id, None) => process(id),
            Target::Process(id, Some(step)) => format!("{}#{step}", process(id)),
            Target::Control(id) => control(id),
            Target::Guide(id) => guide(id),
        })
    }
}

pub(super) fn process(id: &str) -> String {
    format!("processes/{id}.html")
}

pub(super) fn guide(id: &str) -> String {
    format!("guides/{id}.html")
}

pub(super) fn control(id: &str) -> String {
    format!("controls/{id}.html")
}

pub(super) fn chapter(chapter: Chapter) -> String {
    format!("chapters/{}.html", chapter.as_str())
}

/// The page of how far the organization is; only where somebody says that.
pub(super) const ROADMAP: &str = "roadmap.html";

/// The page of all sources of logs, each at its id.
pub(super) const LOGS: &str = "logs.html";
