//! The remediation of a control for each of its findings, as text to copy: commands, Terraform or CloudFormation with the
//! real identifiers, by account and Region. It only writes, and everything that is no remediation is a comment.
//!
//! Findings stream through: those of an account and Region arrive together. Memory holds one of them, or those that the
//! same commands put right.

mod head;
mod place;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::sync::Arc;

use plumbline_baseline::Doc;
use plumbline_baseline::fill::{self, Filled, Format, Left, Subject, hcl_string, yaml_string};
use plumbline_baseline::pack::collector::ResourceType;
use plumbline_baseline::pack::control::Control;

use super::row::ReportRow;
use super::text::counted;
use head::{Head, comment, left_lines};
use place::Place;

/// Findings of which the heads are held, to stand above one remediation.
const HELD: usize = 200;
/// Resources in one template: CloudFormation takes five hundred.
const IN_TEMPLATE: usize = 200;

/// What is to be put right, and how it is written.
#[derive(Clone, Copy)]
pub struct Fixing<'a> {
    /// The control.
    pub control: &'a Control,
    /// What its remediation is written in.
    pub format: Format,
    /// The scan's id.
    pub scan: &'a str,
    /// The partition.
    pub partition: &'a str,
    /// A type by its name.
    pub types: &'a dyn Fn(&str) -> Option<&'a ResourceType>,
}

/// Writes the remediation of each finding.
pub struct FixWriter<'a, W: Write> {
    out: W,
    fixing: Fixing<'a>,
    has_begun: bool,
    place: Option<Place>,
    held: Vec<Head>,
    /// What puts right what is held.
    text: String,
    /// Types of which it is said what their definition has to say.
    defined: BTreeSet<Arc<str>>,
    /// Parameters or variables that are used, and what each is.
    asked: BTreeMap<String, Left>,
    in_template: usize,
    written: u64,
    without_document: u64,
}

impl<'a, W: Write> FixWriter<'a, W> {
    /// Begins.
    pub fn new(out: W, fixing: Fixing<'a>) -> Self {
        Self {
            out,
            fixing,
            has_begun: false,
            place: None,
            held: Vec::new(),
            text: String::new(),
            defined: BTreeSet::new(),
            asked: BTreeMap::new(),
            in_template: 0,
            written: 0,
            without_document: 0,
        }
    }

    /// Writes the remediation of a finding, with what is stored of its resource.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn add(&mut self, row: &ReportRow, document: Option<&Doc>) -> io::Result<()> {
        let Some(declared) = (self.fixing.types)(&row.resource_type) else {
            return self.add_filled(row, Filled::default());
        };
        self.without_document += u64::from(document.is_none());
        let subject = Subject {
            account: &row.account,
            region: &row.region,
            partition: self.fixing.partition,
            resource: &row.resource,
            document,
            declared,
        };
        let filled = fill::fill(&self.fixing.control.remediation, self.fixing.format, &subject);
        self.add_filled(row, filled)
    }

    fn add_filled(&mut self, row: &ReportRow, filled: Filled) -> io::Result<()> {
        self.written += 1;
        self.begin(&filled)?;
        let is_elsewhere = self.place.as_ref().is_none_or(|place| !place.is_of(row));
        let is_full = self.held.len() >= HELD || self.in_template >= IN_TEMPLATE;
        if is_elsewhere || is_full || self.text != filled.text {
            self.flush()?;
        }
        if is_elsewhere || is_full && self.fixing.format == Format::CloudFormation {
            self.end_template()?;
            let place = Place::of(row);
            let is_same_account = self.place.as_ref().is_some_and(|known| known.is_in_account_of(row));
            place.write(&mut self.out, self.fixing.format, is_same_account)?;
            self.place = Some(place);
        }
        self.held.push(Head::new(row, &filled, &self.asked));
        if !filled.definition.is_empty() && self.defined.insert(row.resource_type.clone()) {
            self.define(row, &filled.definition)?;
        }
        self.asked.extend(filled.left);
        self.text = filled.text;
        Ok(())
    }

    /// The head of it all, with what the first finding leaves to choose.
    fn begin(&mut self, first: &Filled) -> io::Result<()> {
        if std::mem::replace(&mut self.has_begun, true) {
            return Ok(());
        }
        let Fixing { control, scan, .. } = self.fixing;
        let fixed_by = super::text::fixed_by(control.fix_by);
        comment(&mut self.out, &format!("{}: {}", control.id, control.title))?;
        comment(
            &mut self.out,
            &format!("What fails in scan {scan}. Nothing of it has been run: read it before you do."),
        )?;
        comment(&mut self.out, &format!("Put right by {fixed_by}. The steps: plumbline controls show {}", control.id))?;
        let chosen: Vec<_> = first.left.iter().filter(|(_, left)| matches!(left, Left::Choose(_))).collect();
        if !chosen.is_empty() {
            comment(&mut self.out, "To choose:")?;
        }
        for (word, left) in chosen {
            left_lines(&mut self.out, word, left, "  ")?;
            self.asked.insert(word.clone(), left.clone());
        }
        Ok(())
    }

    /// What the definition of each resource of a type has to say.
    fn define(&mut self, row: &ReportRow, definition: &str) -> io::Result<()> {
        writeln!(self.out)?;
        let says = format!("In the definition of each {}, and nothing new is to be made of it:", row.resource_type);
        comment(&mut self.out, &says)?;
        definition.lines().try_for_each(|line| comment(&mut self.out, &format!("  {line}")))
    }

    /// Writes what is held.
    fn flush(&mut self) -> io::Result<()> {
        let (held, text) = (std::mem::take(&mut self.held), std::mem::take(&mut self.text));
        if held.is_empty() {
            return Ok(());
        }
        if self.fixing.format == Format::CloudFormation && !text.is_empty() && self.in_template == 0 {
            writeln!(self.out, "AWSTemplateFormatVersion: \"2010-09-09\"\nResources:")?;
        }
        for head in held {
            head.write(&mut self.out)?;
        }
        if self.fixing.format != Format::CloudFormation {
            return if text.is_empty() { Ok(()) } else { writeln!(self.out, "{}", text.trim_end()) };
        }
        self.in_template += usize::from(!text.is_empty());
        for line in text.trim_end().lines() {
            writeln!(self.out, "{}{line}", if line.is_empty() { "" } else { "  " })?;
        }
        Ok(())
    }

    /// Ends a template with the parameters that it uses.
    fn end_template(&mut self) -> io::Result<()> {
        if self.fixing.format != Format::CloudFormation || std::mem::take(&mut self.in_template) == 0 {
            return Ok(());
        }
        let asked = std::mem::take(&mut self.asked);
        if !asked.is_empty() {
            writeln!(self.out, "Parameters:")?;
        }
        for (name, left) in asked {
            let says = yaml_string(&head::says(&left));
            writeln!(self.out, "  {name}:\n    Type: String\n    Description: {says}")?;
        }
        writeln!(self.out, "---")
    }

    /// Ends, and says how many findings there were.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn finish(mut self) -> io::Result<u64> {
        self.flush()?;
        self.end_template()?;
        let variables = self.asked.iter().filter_map(|(word, left)| Some((word.strip_prefix("var.")?, left)));
        for (name, left) in variables.filter(|_| self.fixing.format == Format::Terraform) {
            let says = hcl_string(&head::says(left));
            writeln!(self.out, "\nvariable \"{name}\" {{\n  type        = string\n  description = {says}\n}}")?;
        }
        if self.without_document > 0 {
            let findings = counted(self.without_document, "finding");
            let says = format!("Of {findings} no document is kept: what is known of them is what names them.");
            writeln!(self.out)?;
            comment(&mut self.out, &says)?;
        }
        self.out.flush()?;
        Ok(self.written)
    }
}

#[cfg(test)]
mod tests;
