//! What policies mention: condition keys, accounts, organizations, ranges of addresses. Whoever is mentioned in full is no
//! stranger, and what is not mentioned cannot make a difference.

use std::net::IpAddr;

use super::document::{Comparison, Condition, Document, Named, Operand, Statement, is_account};
use super::keys::{KEYS, Signed};
use super::pattern::{Case, Pattern, Token, wildcard};

/// What some documents mention.
#[derive(Debug, Default)]
pub(crate) struct Mentions<'a> {
    statements: Vec<&'a Statement>,
    /// What the organization denies beside them.
    denials: Vec<&'a Statement>,
    /// The service that the policies are of, where that is known otherwise than from what they name.
    pub(crate) service: Option<&'a str>,
    /// Whether what is asked for carries nothing that somebody gave it, such as tags.
    pub(crate) untagged: bool,
    /// Condition keys, in lower case, also those of policy variables.
    pub(crate) keys: Vec<&'a str>,
    /// Accounts in full.
    pub(crate) accounts: Vec<String>,
    /// Those of them that nothing but the organization names, as exceptions of what it denies.
    pub(crate) excepted: Vec<String>,
    /// Patterns that parts of account ids may match.
    pub(crate) account_patterns: Vec<Pattern>,
    /// Organizations in full.
    pub(crate) organizations: Vec<String>,
    /// Patterns that ids of organizations may match.
    pub(crate) organization_patterns: Vec<Pattern>,
    /// The partition of the ARNs that are there.
    pub(crate) partition: &'static str,
}

impl<'a> Mentions<'a> {
    /// Looks through documents.
    pub(crate) fn of(documents: impl IntoIterator<Item = &'a Document>) -> Self {
        Self::of_statements(documents.into_iter().flat_map(|document| document.statements().iter()))
    }

    /// Looks through statements.
    pub(crate) fn of_statements(statements: impl IntoIterator<Item = &'a Statement>) -> Self {
        let statements = statements.into_iter().collect();
        let mut mentions = Self { statements, partition: "aws", ..Self::default() };
        for statement in mentions.statements.clone() {
            mentions.read(statement);
        }
        mentions.sort();
        mentions
    }

    /// Looks through what the organization denies as well. It says nothing of which resources the policies are about.
    pub(crate) fn limit(&mut self, denials: &'a [Statement]) {
        let own = self.accounts.clone();
        denials.iter().for_each(|statement| self.read(statement));
        self.denials.extend(denials);
        self.sort();
        self.excepted = self.accounts.iter().filter(|account| !own.contains(account)).cloned().collect();
    }

    fn sort(&mut self) {
        for list in [&mut self.accounts, &mut self.organizations] {
            list.sort_unstable();
            list.dedup();
        }
    }

    fn read(&mut self, statement: &'a Statement) {
        for named in statement.principals.iter().flat_map(|principals| &principals.named) {
            match named {
                Named::Account(account) => self.accounts.push(account.to_string()),
                Named::Arn(arn) | Named::Federated(arn) => self.note_text(arn),
                _ => {}
            }
        }
        for text in statement.resources.iter().flat_map(|patterns| &patterns.texts) {
            text.variables().for_each(|key| self.note_key(key));
            if let Some(pattern) = text.fixed() {
                self.note_partition(pattern.tokens().iter().map(|token| match token {
                    Token::Literal(character) => Some(*character),
                    _ => None,
                }));
            }
        }
        for condition in &statement.conditions {
            self.note_key(&condition.key);
            condition.variables().for_each(|key| self.note_key(key));
            if condition.comparison == Comparison::Text {
                condition.values.iter().for_each(|value| self.note_text(value));
            }
        }
    }

    fn note_key(&mut self, key: &'a str) {
        if !self.keys.contains(&key) {
            self.keys.push(key);
        }
    }

    /// The partition of an ARN, or of a pattern of ARNs.
    fn note_partition(&mut self, arn: impl Iterator<Item = Option<char>>) {
        let mut fields = arn.map_while(|character| character);
        if !"arn:".chars().all(|wanted| fields.next() == Some(wanted)) {
            return;
        }
        let name: String = fields.take_while(|character| *character != ':').collect();
        self.partition = match name.as_str() {
            "aws-cn" => "aws-cn",
            "aws-us-gov" => "aws-us-gov",
            "aws-iso" => "aws-iso",
            "aws-iso-b" => "aws-iso-b",
            "aws-eusc" => "aws-eusc",
            _ => self.partition,
        };
    }

    /// Accounts and organizations in a text, or patterns of them.
    fn note_text(&mut self, text: &str) {
        if text.contains(|character: char| character.is_ascii_digit()) {
            for field in text.split(':') {
                self.note_account(field);
            }
        }
        let id = text.split('/').next().unwrap_or_default();
        if id.starts_with("o-") || id.starts_with('*') || id.starts_with('?') {
            match id.contains(['*', '?']) {
                false => self.organizations.push(id.to_owned()),
                true if self.organization_patterns.len() < 64 => {
                    self.organization_patterns.push(Pattern::glob(id, Case::Sensitive));
                }
                true => {}
            }
        }
        self.note_partition(text.chars().map(Some));
    }

    fn note_account(&mut self, field: &str) {
        if is_account(field) {
            self.accounts.push(field.to_owned());
            return;
        }
        let is_part = |text: &str| {
            text.contains(['*', '?'])
                && text.contains(|character: char| character.is_ascii_digit())
                && text.chars().all(|character| character.is_ascii_digit() || matches!(character, '*' | '?'))
        };
        // A wildcard may also take the colon and what is beyond it.
        let cuts = field.match_indices('*').flat_map(|(at, _)| [&field[..=at], &field[at..]]);
        for part in [field].into_iter().chain(cuts).filter(|part| is_part(part)) {
            let pattern = Pattern::glob(part, Case::Sensitive);
            if !self.account_patterns.contains(&pattern) {
                self.account_patterns.push(pattern);
            }
        }
    }

    /// Conditions on a key.
    pub(crate) fn conditions(&self, key: &str) -> impl Iterator<Item = &'a Condition> {
        let statements = self.statements.iter().chain(&self.denials);
        let conditions = statements.flat_map(|statement| &statement.conditions);
        conditions.filter(move |condition| &*condition.key == key)
    }

    /// The values that the policies compare a key with as text, as they are written.
    pub(crate) fn values(&self, key: &str) -> impl Iterator<Item = Vec<Token>> {
        let textual = self.conditions(key).filter(|condition| condition.comparison == Comparison::Text);
        textual.flat_map(|condition| {
            let operator = condition.operator.to_ascii_lowercase();
            let reads_wildcards = !operator.contains("equals") || operator.contains("arn");
            condition.values.iter().map(move |value| match reads_wildcards {
                true => value.chars().map(wildcard).collect(),
                false => value.chars().map(Token::Literal).collect(),
            })
        })
    }

    /// The ranges that the policies compare a key with.
    pub(crate) fn ranges(&self, key: &str) -> Vec<(IpAddr, IpAddr)> {
        let operands = self.conditions(key).flat_map(|condition| &condition.operands);
        operands
            .filter_map(|operand| match operand {
                Operand::Range(first, last) => Some((*first, *last)),
                _ => None,
            })
            .collect()
    }

    /// The patterns of resources that need no request to be known.
    pub(crate) fn resources(&self) -> impl Iterator<Item = &'a Pattern> {
        let elements = self.statements.iter().flat_map(|statement| &statement.resources);
        elements.flat_map(|patterns| &patterns.texts).filter_map(|text| text.fixed())
    }

    /// Everybody whom statements that allow name.
    pub(crate) fn named(&self) -> impl Iterator<Item = &'a Named> {
        let allowing = self.statements.iter().filter(|statement| statement.allows());
        allowing
            .filter_map(|statement| statement.principals.as_ref())
            .filter(|principals| !principals.inverted)
            .flat_map(|principals| &principals.named)
    }

    /// Whether a statement that allows names everybody, or all but some.
    pub(crate) fn opens_to_everybody(&self) -> bool {
        let allowing = self.statements.iter().filter(|statement| statement.allows());
        allowing
            .filter_map(|statement| statement.principals.as_ref())
            .any(|principals| principals.inverted || principals.named.contains(&Named::Everybody))
    }

    /// Whether a statement that allows asks which service it is, or for whom it acts: only services carry such keys.
    pub(crate) fn means_services(&self) -> bool {
        let allowing = self.statements.iter().filter(|statement| statement.allows());
        allowing.flat_map(|statement| &statement.conditions).filter_map(|condition| KEYS.get(&condition.key)).any(
            |key| {
                let of_service = key.presence(Signed::ByService);
                let is_of_services = of_service.may_be_present && !key.presence(Signed::ByPrincipal).may_be_present;
                is_of_services || of_service.only == ["true"]
            },
        )
    }

    /// The statements.
    pub(crate) fn statements(&self) -> &[&'a Statement] {
        &self.statements
    }

    /// What the organization denies beside them.
    pub(crate) fn denials(&self) -> &[&'a Statement] {
        &self.denials
    }
}
