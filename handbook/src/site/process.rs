//! A process: why, its steps with what to copy, what to look at and what proves them, and what comes next.

use maud::{Markup, html};
use plumbline_baseline::pack::handbook::process::{Process, Step};

use super::link::{self, Depth};
use super::shell::{self, Shell};
use super::{Page, Site, standing};
use crate::markdown;

const DEPTH: Depth = Depth::Folder;

pub(super) fn page(site: &Site<'_>, process: &Process) -> Page {
    let main = html! {
        article {
            h1 { (process.title) }
            p class="question" { (process.question) }
            (facts(site, process))
            @if let Some(known) = site.standing { (standing::of_process(known, process)) }
            section id="why" { h2 { "Why" } (prose(&process.why)) }
            section id="steps" {
                h2 { "Steps" }
                ol class="steps" {
                    @for step in &process.steps { (self::step(site, process, step)) }
                }
            }
            (afterwards(site, process))
        }
        (neighbours(site, process))
    };
    let above = vec![("index.html".to_owned(), "Handbook"), (link::chapter(process.chapter), process.chapter.title())];
    let shell = Shell { path: link::process(&process.id), depth: DEPTH, title: &process.title, above };
    shell::page(site, shell, &main)
}

pub(super) fn prose(text: &str) -> Markup {
    markdown::render(text, 2, &|target| DEPTH.target(target))
}

fn facts(site: &Site<'_>, process: &Process) -> Markup {
    html! {
        dl class="facts" {
            div { dt { "Level" } dd { (shell::level(process.level)) } }
            div { dt { "Who" } dd { (process.who.says()) } }
            div { dt { "How often" } dd { (process.how_often.says()) } }
            div { dt { "Effort" } dd { (process.effort.as_str()) " of one person, each time" } }
            @if !process.needs.is_empty() {
                div {
                    dt { "First" }
                    dd {
                        @for (index, need) in process.needs.iter().filter_map(|need| site.handbook.process(need)).enumerate() {
                            @if index > 0 { ", " }
                            a href=(DEPTH.to(&link::process(&need.id))) { (need.title) }
                        }
                    }
                }
            }
        }
    }
}

fn step(site: &Site<'_>, process: &Process, step: &Step) -> Markup {
    html! {
        li id=(step.id) class="step" {
            h3 { (step.title) " " a class="here" href=(format!("#{}", step.id)) aria-label={ "Link to the step " (step.title) } { "#" } }
            p class="facts" {
                @if step.who != process.who { span { (step.who.says()) } ", " }
                span { (step.by.says()) }
                @if let Some(known) = site.standing { " " (standing::of_step(known, process, step)) }
            }
            (prose(&step.action))
            (shell::ways(&step.cli, &step.terraform, &step.cloudformation))
            div class="look" { h4 { "Afterwards" } (prose(&step.look)) }
            div class="proof" {
                h4 { "What proves it" }
                ul {
                    @for control in step.controls.iter().filter_map(|id| site.pack.control(id)) {
                        li {
                            a href=(DEPTH.to(&link::control(control.id()))) { (control.control.title) }
                            @if let Some(known) = site.standing { " " (standing::of_control(known, control.id())) }
                        }
                    }
                    @if let Some(attest) = &step.attest {
                        li class="attest" { "A person confirms, for " (attest.days) " days at most: “" (attest.confirm.trim()) "”" }
                    }
                }
            }
        }
    }
}

fn afterwards(site: &Site<'_>, process: &Process) -> Markup {
    let next: Vec<&Process> = site.handbook.needed_by(&process.id).collect();
    html! {
        @if !next.is_empty() {
            section id="next" {
                h2 { "What can come next" }
                ul { @for next in next { li { a href=(DEPTH.to(&link::process(&next.id))) { (next.title) } " " (shell::level(next.level)) } } }
            }
        }
        section id="references" {
            h2 { "AWS's own pages" }
            ul class="references" { @for url in &process.references { li { a href=(url) rel="noreferrer" { (url.trim_start_matches("https://")) } } } }
        }
    }
}

fn neighbours(site: &Site<'_>, process: &Process) -> Markup {
    let all: Vec<&Process> = site.handbook.processes().collect();
    let at = all.iter().position(|each| each.id == process.id).unwrap_or_default();
    let before = at.checked_sub(1).and_then(|at| all.get(at));
    html! {
        nav class="neighbours" aria-label="Neighbouring processes" {
            @if let Some(before) = before { a rel="prev" href=(DEPTH.to(&link::process(&before.id))) { "‹ " (before.title) } }
            @if let Some(after) = all.get(at + 1) { a rel="next" href=(DEPTH.to(&link::process(&after.id))) { (after.title) " ›" } }
        }
    }
}
