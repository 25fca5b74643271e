//! `plumbline iam can`: one request of a person, answered with the statements that decide and with what would change it.

use std::io::{self, Write};

use plumbline_baseline::policy::{
    Bearing, Change, Context, Deciding, Decision, Layer, Outcome, Part, Request, bearing, changes, decide,
};
use serde_json::{Value, json};

use super::files::Files;
use super::{answer, caller};
use crate::args::{AnswerFormat, CanArgs};
use crate::clock;
use crate::exit;
use crate::failure::{Failure, Result};
use crate::terminal::{self, safe};

/// Answers the question of the command line.
pub(super) fn run(args: &CanArgs) -> Result<exit::Outcome> {
    let files = Files::read(args)?;
    let (request, assumed) = request(args)?;
    let policies = caller::concerning(files.policies.clone(), &request);
    let decision = decide(&policies, &request);
    let said = Said { files: &files, decision: &decision, request: &request, assumed: &assumed };
    let bearing = bearing(&policies, &request);
    let changes = if decision.outcome == Outcome::Allow { Vec::new() } else { changes(&policies, &request) };
    match args.format {
        AnswerFormat::Text => terminal::print(|out| said.text(out, &bearing, &changes))?,
        AnswerFormat::Json => terminal::print(|out| writeln!(out, "{:#}", said.json(&bearing, &changes)))?,
    };
    Ok(match decision.outcome {
        Outcome::Allow => exit::Outcome::Done,
        Outcome::ExplicitDeny | Outcome::ImplicitDeny => exit::Outcome::Denied,
        Outcome::Unknown => exit::Outcome::Incomplete,
    })
}

/// The request, and the keys that were assumed.
fn request(args: &CanArgs) -> Result<(Request, Vec<(String, String)>)> {
    let refused = |option: &'static str| {
        move |cause: String| Failure::usage("understand the question", cause, format!("correct {option}"))
    };
    let action = args.action.as_deref().unwrap_or_default();
    let given = Request {
        principal: caller::principal(args.caller.as_deref().unwrap_or_default(), action).map_err(refused("--as"))?,
        action: caller::action(action).map_err(refused("--action"))?,
        resource: caller::resource(&args.resource).map_err(refused("--resource"))?,
        resource_account: caller::owner(&args.resource, args.resource_account.as_deref())
            .map_err(refused("--resource-account"))?,
        context: context(&args.context).map_err(refused("--context"))?,
    };
    if args.context_is_complete {
        return Ok((given, Vec::new()));
    }
    let mut request = given.clone().with_derived_keys();
    let now = clock::now()?;
    for (key, value) in [("aws:SecureTransport", "true"), ("aws:CurrentTime", now.as_str())] {
        if request.context.get(key).is_none() {
            request.context.set(key, [value]);
        }
    }
    let is_new = |key: &str| given.context.get(key).is_none();
    let assumed = request.context.iter().filter(|(key, _)| is_new(key));
    let assumed = assumed.map(|(key, values)| (key.to_owned(), values.join(", "))).collect();
    Ok((request, assumed))
}

fn context(written: &[String]) -> std::result::Result<Context, String> {
    let mut context = Context::new();
    for each in written {
        let (key, value) = each.split_once('=').filter(|(key, _)| key.contains(':')).ok_or_else(|| {
            format!("`{each}` is no key with a value: wanted is KEY=VALUE, such as aws:SourceIp=203.0.113.7")
        })?;
        let mut values = context.get(key).map(<[String]>::to_vec).unwrap_or_default();
        values.push(value.to_owned());
        context.set(key, values);
    }
    Ok(context)
}

/// What is said about a decision.
struct Said<'a> {
    files: &'a Files,
    decision: &'a Decision,
    request: &'a Request,
    assumed: &'a [(String, String)],
}

impl Said<'_> {
    fn text(&self, out: &mut impl Write, bearing: &[Bearing], changes: &[Change]) -> io::Result<()> {
        let Request { principal, action, resource, .. } = self.request;
        let (word, because) = match self.decision.outcome {
            Outcome::Allow => ("allowed", ""),
            Outcome::ExplicitDeny => ("denied", ", because a statement denies it"),
            Outcome::ImplicitDeny => ("denied", ", because not all that has to allow it does"),
            Outcome::Unknown => ("unknown", ""),
        };
        writeln!(out, "{word}: {}{because}", safe(format_args!("{principal}, {action} on {resource}")))?;
        if let Some(unread) = &self.decision.unread {
            writeln!(out, "  because    {}", safe(&unread.detail))?;
        }
        for statement in &self.decision.statements {
            writeln!(out, "  by         {}", safe(self.place(statement)))?;
        }
        for layer in &self.decision.missing {
            writeln!(out, "  missing    {}", self.missing(*layer))?;
        }
        for each in bearing {
            let word = if each.statement.allows { "close" } else { "denies" };
            let parts: Vec<String> = each.hangs_on.iter().map(|part| sentence(part, each.statement.allows)).collect();
            writeln!(out, "  {word:<10} {}: {}", safe(self.place(&each.statement)), safe(parts.join("; ")))?;
        }
        for change in changes {
            writeln!(out, "  change     {}", safe(self.change(change)))?;
        }
        for (key, value) in self.assumed {
            writeln!(out, "  assumed    {}", safe(format_args!("{key}={value}")))?;
        }
        Ok(())
    }

    /// `identity policy alice.json, statement ReadDocs`.
    fn place(&self, deciding: &Deciding) -> String {
        let name = self.files.name(deciding.layer, deciding.document);
        format!("{} {name}, statement {}", layer_name(deciding.layer), deciding.statement)
    }

    fn missing(&self, layer: Layer) -> String {
        let given = match self.files.has(layer) {
            true => "no statement in it allows this",
            false => "none was given",
        };
        format!("{}: {given}", layer_name(layer))
    }

    fn change(&self, change: &Change) -> String {
        match change {
            Change::Key { key, values } if values.is_empty() => format!("without {key} it would be allowed"),
            Change::Key { key, values } => format!("with {key}={} it would be allowed", values.join(", ")),
            Change::Policies { without, allowing } => {
                let without = without.iter().map(|statement| format!("without {}", self.place(statement)));
                let allowing = allowing
                    .iter()
                    .map(|layer| format!("with a statement that allows it in the {}", layer_name(*layer)));
                format!("{} it would be allowed", without.chain(allowing).collect::<Vec<_>>().join(" and "))
            }
        }
    }

    fn json(&self, bearing: &[Bearing], changes: &[Change]) -> Value {
        let mut answer = answer::json(self.decision);
        for (statement, deciding) in
            answer["statements"].as_array_mut().into_iter().flatten().zip(&self.decision.statements)
        {
            statement["file"] = json!(self.files.name(deciding.layer, deciding.document));
        }
        for (name, allows) in [("close", true), ("denies", false)] {
            let of_effect = bearing.iter().filter(|each| each.statement.allows == allows);
            answer[name] = of_effect.map(|each| self.bearing_json(each)).collect();
        }
        answer["changes"] = changes.iter().map(change_json).collect();
        answer["assumed"] = self.assumed.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
        answer
    }

    fn bearing_json(&self, bearing: &Bearing) -> Value {
        let mut statement = answer::statement(&bearing.statement);
        statement["file"] = json!(self.files.name(bearing.statement.layer, bearing.statement.document));
        statement["hangs_on"] = bearing.hangs_on.iter().map(part_json).collect();
        statement
    }
}

fn layer_name(layer: Layer) -> String {
    match layer {
        Layer::ServiceControl(level) | Layer::ResourceControl(level) => format!("{} of level {level}", layer.name()),
        _ => layer.name().to_owned(),
    }
}

/// What a statement lacks, or what makes it deny.
fn sentence(part: &Part, allows: bool) -> String {
    match part {
        Part::Principal => "it does not name the caller".to_owned(),
        Part::Action => "it does not cover the action".to_owned(),
        Part::Resource => "it does not cover the resource".to_owned(),
        Part::Condition { operator, key, wanted, found } => {
            let found = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
            let condition = format!("{operator} {key} {}", wanted.join(", "));
            match allows {
                true => format!("asks for {condition}, and the request has {found}"),
                false => format!("{condition} holds, as the request has {found}"),
            }
        }
    }
}

fn part_json(part: &Part) -> Value {
    match part {
        Part::Principal => json!({ "element": "Principal" }),
        Part::Action => json!({ "element": "Action" }),
        Part::Resource => json!({ "element": "Resource" }),
        Part::Condition { operator, key, wanted, found } => {
            json!({ "element": "Condition", "operator": operator, "key": key, "wanted": wanted, "found": found })
        }
    }
}

fn change_json(change: &Change) -> Value {
    match change {
        Change::Key { key, values } => json!({ "key": key, "values": values }),
        Change::Policies { without, allowing } => json!({
            "without": without.iter().map(answer::statement).collect::<Vec<_>>(),
            "allowing": allowing.iter().map(|layer| answer::policy(*layer)).collect::<Vec<_>>(),
        }),
    }
}
