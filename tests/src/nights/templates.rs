//! What resources look like: for each type its name, where how many of it are, its ARN, its document and what changes by
//! itself in it, four lines each in `templates.txt`. The shapes are AWS's; everything in them is made up.

use anyhow::Context;

/// A type of resource.
#[derive(Clone, Copy, Debug)]
pub(super) struct Template {
    /// CloudFormation's name.
    pub(super) type_name: &'static str,
    /// Whether it belongs to the account as a whole.
    pub(super) is_global: bool,
    /// How many of it an account has where it lives first, in its second Region, and in each of the others.
    pub(super) counts: [usize; 3],
    /// Its ARN.
    pub(super) id: &'static str,
    pub(super) document: &'static str,
    /// Empty when nothing changes by itself.
    pub(super) volatile: &'static str,
}

/// All types.
pub(super) fn all() -> anyhow::Result<Vec<Template>> {
    let lines: Vec<&str> = include_str!("templates.txt").lines().collect();
    lines.as_chunks::<4>().0.iter().map(template).collect()
}

fn template(lines: &[&'static str; 4]) -> anyhow::Result<Template> {
    let [head, id, document, volatile] = *lines;
    let words: Vec<&str> = head.split_whitespace().collect();
    let [type_name, place, counts @ ..] = words.as_slice() else { anyhow::bail!("`{head}` is no head") };
    let counts: Vec<usize> = counts.iter().map(|count| count.parse()).collect::<Result<_, _>>()?;
    let counts = counts.try_into().ok().with_context(|| format!("`{head}` has three counts"))?;
    Ok(Template { type_name, is_global: *place == "global", counts, id, document, volatile })
}
