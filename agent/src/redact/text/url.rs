//! Keys in URLs: who signs in, a key in the path, in the query or in the fragment.

use super::names::{self, Name};
use super::token::is_key_in_path;
use super::value::is_harmless;

/// Hosts whose URLs carry no keys in their paths: ids of AWS's own.
const KEYLESS_HOSTS: [&str; 4] = ["amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "api.aws"];

/// Hosts, and where their paths begin, of which whoever knows the path may write.
const HOOKS: [(&str, &str); 12] = [
    ("api.telegram.org", "/bot"),
    ("discord.com", "/api/webhooks/"),
    ("discordapp.com", "/api/webhooks/"),
    ("events.pagerduty.com", "/integration/"),
    ("hooks.chime.aws", "/incomingwebhooks/"),
    ("hooks.slack.com", "/"),
    ("hooks.zapier.com", "/hooks/"),
    ("maker.ifttt.com", "/trigger/"),
    ("office.com", "/webhook"),
    ("outlook.office.com", "/webhook"),
    ("webhook.office.com", "/webhook"),
    ("webhook.site", "/"),
];

/// Parameters that are keys in a URL, whatever they are elsewhere.
const KEYS: [&str; 5] = ["code", "key", "k", "sv_key", "t"];

/// Schemes by which somebody is named without being let in.
const NAMING_SCHEMES: [&str; 5] = ["ssh", "git+ssh", "sftp", "rsync", "svn+ssh"];

/// How much of a URL is looked at: without an end, long text would take long.
const LONGEST: usize = 4096;
const LONGEST_SCHEME: usize = 32;

/// Whether a URL with a key is somewhere in the text.
pub(super) fn is_in(text: &str) -> bool {
    text.match_indices("://").any(|(at, mark)| {
        let before = &text[text.ceil_char_boundary(at.saturating_sub(LONGEST_SCHEME))..at];
        let scheme = before.rsplit(|character: char| !character.is_ascii_alphanumeric() && character != '+').next();
        let rest = &text[at + mark.len()..text.floor_char_boundary(at + LONGEST)];
        let ends =
            |character: char| character.is_whitespace() || matches!(character, '"' | '\'' | '<' | '>' | '`' | '\\');
        let rest = &rest[..rest.find(ends).unwrap_or(rest.len())];
        is_secret_url(scheme.unwrap_or_default(), rest)
    })
}

/// Whether what follows `https://` has a key in it.
fn is_secret_url(scheme: &str, rest: &str) -> bool {
    let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if authority.rsplit_once('@').is_some_and(|(user, _)| lets_in(scheme, user)) {
        return true;
    }
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    if [query, fragment].iter().flat_map(|pairs| pairs.split(['&', ';'])).any(is_secret_parameter) {
        return true;
    }
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = host.split(':').next().unwrap_or(host);
    is_hook(host, path) || (!is_keyless(host) && path.split('/').any(is_key_in_path))
}

/// Whether those who sign in so bring a secret, and no reference to one.
fn lets_in(scheme: &str, user: &str) -> bool {
    match user.split_once(':') {
        Some((_, password)) => !is_harmless(password),
        None => !NAMING_SCHEMES.contains(&scheme) && !matches!(user, "git" | "hg") && !is_harmless(user),
    }
}

fn is_secret_parameter(pair: &str) -> bool {
    let Some((name, value)) = pair.split_once('=') else { return false };
    let is_key =
        names::of(name) != Name::Plain || KEYS.contains(&name.to_ascii_lowercase().as_str()) && value.len() > 2;
    is_key && !is_harmless(value) && !is_place(name, value)
}

/// A page or a token of one: `code=200`, `t=30s`.
fn is_place(name: &str, value: &str) -> bool {
    KEYS.contains(&name) && name != "key" && value.len() < 16
}

fn is_hook(host: &str, path: &str) -> bool {
    let is_of = |known: &str| host == known || host.strip_suffix(known).is_some_and(|rest| rest.ends_with('.'));
    HOOKS.iter().any(|(known, start)| is_of(known) && path.len() > start.len() && path.starts_with(start))
}

fn is_keyless(host: &str) -> bool {
    KEYLESS_HOSTS.iter().any(|known| host.strip_suffix(known).is_some_and(|rest| rest.ends_with('.')))
}
