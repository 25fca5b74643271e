//! Fills templates with what a seed says: the same seed gives the same text on every machine.

/// What stands after `$` in templates; a longer name before one that it begins with.
const TOKENS: [&str; 26] = [
    "account", "region", "name", "word", "service", "hexb17", "hexc17", "hex17", "key16", "key6", "key", "uuid",
    "time", "tags", "version", "number", "hash", "ip", "dashed", "mac", "vpc", "subnet", "group", "id", "tonight",
    "now",
];
const WORDS: [&str; 24] = [
    "orders", "billing", "ledger", "search", "catalog", "invoice", "gateway", "worker", "events", "audit", "reports",
    "session", "profile", "payments", "shipping", "metrics", "archive", "staging", "mailer", "pricing", "stock",
    "login", "export", "media",
];
const SERVICES: [&str; 5] = ["lambda", "ec2", "ecs-tasks", "states", "events"];

/// One number of two: every bit of both counts (the finalizer of SplitMix64).
pub(super) fn mix(seed: u64, salt: u64) -> u64 {
    let mut bits = seed.wrapping_add(salt.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// A word.
pub(super) fn word(seed: u64) -> &'static str {
    WORDS[seed as usize % WORDS.len()]
}

/// What one resource is filled with.
pub(super) struct Filling<'a> {
    /// Of its account and Region: a few networks and keys, which many resources share.
    pub(super) place: u64,
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    /// Which of its type it is.
    pub(super) index: usize,
    /// Of the resource itself.
    pub(super) seed: u64,
    /// Of one member of it.
    pub(super) version: u64,
    /// Of tonight, for what changes by itself.
    pub(super) tonight: u64,
    pub(super) id: String,
}

impl Filling<'_> {
    /// A template with its tokens replaced.
    pub(super) fn fill(&self, template: &str) -> String {
        let mut parts = template.split('$');
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let Some(token) = TOKENS.iter().find(|token| part.starts_with(**token)) else {
                text.push('$');
                text.push_str(part);
                continue;
            };
            text.push_str(&self.value(token));
            text.push_str(&part[token.len()..]);
        }
        text
    }

    fn value(&self, token: &str) -> String {
        let salted = |salt| mix(self.seed, salt);
        let shared = |kind: u64, count: u64| mix(self.place, kind * 100 + salted(kind) % count);
        match token {
            "account" => self.account.to_owned(),
            "region" => self.region.to_owned(),
            "id" => self.id.clone(),
            "name" => format!("{}-{}-{}{:04x}", word(salted(1)), word(salted(2)), self.index, salted(3) & 0xffff),
            "word" => word(salted(4)).to_owned(),
            "service" => SERVICES[salted(5) as usize % SERVICES.len()].to_owned(),
            "hex17" => hex(salted(6), 17),
            "hexb17" => hex(salted(7), 17),
            "hexc17" => hex(salted(8), 17),
            "key16" => letters(salted(9), 16),
            "key6" => letters(salted(10), 6),
            "uuid" => uuid(salted(11)),
            "time" => date(2021 + salted(12) % 5, salted(13)),
            "tags" => tags(salted(14)),
            "version" => (self.version % 200 + 1).to_string(),
            "number" => (1_600_000_000 + salted(15) % 180_000_000).to_string(),
            "hash" => [16, 17, 18, 19].map(|salt| format!("{:016x}", salted(salt))).concat(),
            "ip" => format!("10.0.{}.{}", salted(20) % 250, salted(21) % 250),
            "dashed" => format!("10-0-{}-{}", salted(20) % 250, salted(21) % 250),
            "mac" => [22, 23, 24, 25, 26].map(|salt| format!("{:02x}", salted(salt) & 0xff)).join(":"),
            "vpc" => format!("vpc-{}", hex(shared(27, 2), 17)),
            "subnet" => format!("subnet-{}", hex(shared(28, 6), 17)),
            "group" => format!("sg-{}", hex(shared(29, 12), 17)),
            "key" => format!("arn:aws:kms:{}:{}:key/{}", self.region, self.account, uuid(shared(30, 5))),
            "now" => date(2026, self.tonight),
            _ => (self.tonight % 100_000).to_string(),
        }
    }
}

fn hex(seed: u64, digits: usize) -> String {
    format!("0{seed:016x}")[..digits].to_owned()
}

fn letters(seed: u64, count: u64) -> String {
    let letter = |place| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(mix(seed, place) % 32) as usize]);
    (0..count).map(letter).collect()
}

fn uuid(seed: u64) -> String {
    let (one, other) = (seed, mix(seed, 99));
    let tail = other & 0xffff_ffff_ffff;
    format!("{:08x}-{:04x}-4{:03x}-a{:03x}-{tail:012x}", one >> 32, one & 0xffff, (one >> 16) & 0xfff, other >> 52)
}

fn date(year: u64, seed: u64) -> String {
    let part = |salt, count| mix(seed, salt) % count;
    let (month, day, hour, minute, second) = (part(1, 12), part(2, 28), part(3, 24), part(4, 60), part(5, 60));
    format!("{year}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", month + 1, day + 1)
}

fn tags(seed: u64) -> String {
    let [team, stage, center] = [1, 2, 3].map(|salt| mix(seed, salt));
    let stage = ["prod", "staging", "dev"][stage as usize % 3];
    format!(
        r#"[{{"Key":"cost-center","Value":"{}"}},{{"Key":"stage","Value":"{stage}"}},{{"Key":"team","Value":"{}"}}]"#,
        1_000 + center % 40,
        word(team)
    )
}
