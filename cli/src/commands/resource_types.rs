//! `plumbline types`: what controls can be about, what there is to read of it, and what collectors can call.

mod operations;

use std::io::{self, Write};

use plumbline_baseline::api::Catalog;
use plumbline_baseline::pack::collector::{ResourceType, Scope};
use plumbline_baseline::pack::{Origin, Outline};
use plumbline_coordinator::report::csv::TableWriter;
use plumbline_coordinator::report::{counted, printable};

use crate::args::{RowFormat, TypesArgs};
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::{Failure, Result, did_you_mean};
use crate::pack::Pack;
use crate::terminal;

/// Prints what was asked for.
pub(crate) fn run(args: TypesArgs) -> Result<Outcome> {
    if args.services {
        return operations::services(args.format);
    }
    if let Some(service) = &args.operations {
        return operations::of_service(service, args.format);
    }
    let pack = Pack::load(&Basics::resolve(&args.pack.config, None, args.pack.pack)?.pack)?;
    match args.resource_type {
        Some(name) => one(&pack, &name, args.format),
        None => all(&pack, args.format),
    }
}

/// A table of rows, which machines get with the names of the columns.
fn rows(format: RowFormat, columns: &[&str], rows: &[Vec<String>], what: &str) -> Result<Outcome> {
    terminal::print(|out| match format {
        RowFormat::Table => table(out, columns, rows, what),
        RowFormat::Csv => {
            let mut table = TableWriter::new(out, columns)?;
            for row in rows {
                table.write(&row.iter().map(String::as_str).collect::<Vec<_>>())?;
            }
            table.finish()
        }
        RowFormat::Ndjson => rows.iter().try_for_each(|row| {
            let members = columns.iter().zip(row).map(|(column, value)| ((*column).to_owned(), value.as_str().into()));
            writeln!(out, "{}", serde_json::Value::Object(members.collect()))
        }),
    })?;
    Ok(Outcome::Done)
}

fn table(out: &mut impl Write, columns: &[&str], rows: &[Vec<String>], what: &str) -> io::Result<()> {
    let widest = |index: usize| {
        let cells = rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.chars().count());
        cells.max().unwrap_or_default().max(columns[index].len())
    };
    let widths: Vec<usize> = (0..columns.len()).map(widest).collect();
    let line = |cells: Vec<String>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{:<width$}", printable(cell)));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    writeln!(out, "{}", line(columns.iter().map(|column| (*column).to_owned()).collect()))?;
    for row in rows {
        writeln!(out, "{}", line(row.clone()))?;
    }
    writeln!(out, "{}", counted(rows.len() as u64, what))
}

fn all(pack: &Pack, format: RowFormat) -> Result<Outcome> {
    let types = pack.inner().resource_types().map(|compiled| &*compiled.declared);
    let found: Vec<Vec<String>> = types
        .map(|each| {
            let parent = each.parent().map(|parent| parent.type_name.to_string()).unwrap_or_default();
            vec![each.name.to_string(), service(each), scope(each).to_owned(), each.source.word().to_owned(), parent]
        })
        .collect();
    rows(format, &["type", "service", "scope", "source", "listed_for"], &found, "resource type")
}

fn one(pack: &Pack, name: &str, format: RowFormat) -> Result<Outcome> {
    let (Some(known), Some(members)) =
        (pack.inner().resource_type(name), pack.inner().outline(name, Catalog::embedded()))
    else {
        let names = pack.inner().resource_types().map(|known| &*known.declared.name);
        let cause = format!("there is no such resource type{}", did_you_mean(name, names));
        return Err(Failure::usage(
            format!("show {name}"),
            cause,
            "see `plumbline types`, with --pack for one of your own",
        ));
    };
    let found: Vec<Vec<String>> = members.iter().map(|member| row(member, &known.declared)).collect();
    rows(format, &["member", "is", "from", "iam"], &found, "member")
}

/// A member, where it comes from, and what the role needs for it.
fn row(member: &Outline, declared: &ResourceType) -> Vec<String> {
    let (from, iam) = match &member.origin {
        Origin::Calls(calls) => {
            let names: Vec<String> = calls.iter().map(|(service, name)| format!("{service}:{name}")).collect();
            let mut actions: Vec<&str> = calls
                .iter()
                .filter_map(|(service, name)| Catalog::embedded().operation(service, name))
                .flat_map(|operation| operation.iam.iter().map(String::as_str))
                .chain(declared.handler_actions().map(String::as_str))
                .collect();
            actions.sort_unstable();
            actions.dedup();
            (names.join(", "), actions.join(", "))
        }
        Origin::Parent(parent) => (format!("its {parent}"), String::new()),
        Origin::Computed(expression) => (expression.split_whitespace().collect::<Vec<_>>().join(" "), String::new()),
    };
    vec![member.path.clone(), member.kind.clone(), from, iam]
}

/// The services that a type's calls are of, the listing's first.
fn service(declared: &ResourceType) -> String {
    let listed = declared.list.iter().map(|list| list.call.service.as_str());
    let mut names: Vec<&str> = Vec::new();
    for name in listed.chain(declared.gather.iter().map(|(_, gather)| gather.call.service.as_str())) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

fn scope(declared: &ResourceType) -> &'static str {
    match declared.scope {
        Scope::Regional => "regional",
        Scope::Global => "global",
        Scope::Organization => "organization",
        Scope::Findings => "findings",
    }
}
