//! Operators by precedence, and what is expected where. Operands (`primary`) and calls that are macros (`macros`) are
//! below it.

mod macros;
mod primary;

use super::DEEPEST;
use super::meant;
use super::token::{Kind as TokenKind, Token, tokens};
use super::tree::{Expr, Kind, Operator, Span, too_deep};
use crate::expr::Problem;

pub(super) type Parsed<T> = Result<T, Problem>;

/// Reads one expression.
pub(super) struct Parser<'s> {
    pub(super) source: &'s str,
    tokens: Vec<Token>,
    position: usize,
    /// Expressions inside one another that are being read.
    level: usize,
}

/// Operators with the strength with which they bind; those of one strength are read from the left.
const BINARY: &[(&str, Operator, u8)] = &[
    ("||", Operator::Or, 1),
    ("&&", Operator::And, 2),
    ("==", Operator::Equal, 3),
    ("!=", Operator::NotEqual, 3),
    ("<", Operator::Less, 3),
    ("<=", Operator::LessOrEqual, 3),
    (">", Operator::Greater, 3),
    (">=", Operator::GreaterOrEqual, 3),
    ("in", Operator::In, 3),
    ("+", Operator::Add, 4),
    ("-", Operator::Subtract, 4),
    ("*", Operator::Multiply, 5),
    ("/", Operator::Divide, 5),
    ("%", Operator::Remainder, 5),
];

impl<'s> Parser<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self { source, tokens: tokens(source), position: 0, level: 0 }
    }

    /// The whole text as one expression.
    pub(super) fn whole(mut self) -> Parsed<Expr> {
        let expression = self.expression()?;
        match self.peek().kind {
            TokenKind::End => Ok(expression),
            _ => Err(self.after_operand("an operator is expected here")),
        }
    }

    /// An expression: an operand, operators, or a choice.
    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        self.level += 1;
        if self.level > DEEPEST {
            return Err(too_deep(self.peek().span));
        }
        let when = self.binary(1)?;
        let question = self.peek().span;
        let whole = if self.take("?") { self.choice(when, question)? } else { when };
        self.level -= 1;
        Ok(whole)
    }

    fn choice(&mut self, when: Expr, question: Span) -> Parsed<Expr> {
        let yes = self.binary(1)?;
        if !self.take(":") {
            if matches!(self.peek().kind, TokenKind::End) {
                return Err(Problem::new(question, "`?` needs a `:`, and what it is otherwise"));
            }
            return Err(self.after_operand("`:` or an operator is expected here"));
        }
        let no = self.expression()?;
        let extent = when.extent.to(no.extent);
        Expr::new(extent, Kind::Choose { when: Box::new(when), yes: Box::new(yes), no: Box::new(no) })
    }

    /// Operands, and the operators between them that bind at least so strongly.
    fn binary(&mut self, least: u8) -> Parsed<Expr> {
        let mut left = self.unary()?;
        while let Some((operator, strength)) = self.operator().filter(|(_, strength)| *strength >= least) {
            self.advance();
            let right = self.binary(strength + 1)?;
            left = match operator {
                Operator::And | Operator::Or => self.chain(operator, strength, left, right)?,
                _ => join(operator, left, right)?,
            };
        }
        Ok(left)
    }

    /// Further operands of `&&` or `||`.
    fn chain(&mut self, operator: Operator, strength: u8, left: Expr, right: Expr) -> Parsed<Expr> {
        let mut operands = vec![Some(left), Some(right)];
        while self.operator().is_some_and(|(next, _)| next == operator) {
            self.advance();
            operands.push(Some(self.binary(strength + 1)?));
        }
        balanced(operator, &mut operands)
    }

    fn operator(&self) -> Option<(Operator, u8)> {
        let written = match self.peek().kind {
            TokenKind::Mark(mark) => mark,
            TokenKind::Word => self.written(self.peek().span),
            _ => return None,
        };
        BINARY.iter().find(|(mark, ..)| *mark == written).map(|(_, operator, strength)| (*operator, *strength))
    }

    /// `!` and `-`; two of a kind cancel each other. A number has its sign with it.
    fn unary(&mut self) -> Parsed<Expr> {
        let start = self.peek().span;
        let (mark, wrap): (_, fn(Box<Expr>) -> Kind) = match self.peek().kind {
            TokenKind::Mark("!") => ("!", Kind::Not),
            TokenKind::Mark("-") if !self.is_number(1) => ("-", Kind::Negate),
            _ => return primary::operand(self),
        };
        let mut count = 0;
        while self.take(mark) {
            count += 1;
        }
        let operand = primary::operand(self)?;
        let extent = start.to(operand.extent);
        if count % 2 == 0 { Ok(operand) } else { Expr::new(extent, wrap(Box::new(operand))) }
    }

    /// Whether a number that can have a sign stands so many tokens on.
    pub(super) fn is_number(&self, ahead: usize) -> bool {
        let token = self.tokens.get(self.position + ahead);
        token.is_some_and(|token| matches!(token.kind, TokenKind::Int | TokenKind::Double))
    }

    pub(super) fn peek(&self) -> &Token {
        // The last token is never passed.
        &self.tokens[self.position.min(self.tokens.len() - 1)]
    }

    pub(super) fn advance(&mut self) {
        self.position += 1;
    }

    /// Goes past a mark, if it is there.
    pub(super) fn take(&mut self, mark: &str) -> bool {
        let is_there = matches!(self.peek().kind, TokenKind::Mark(each) if each == mark);
        self.position += usize::from(is_there);
        is_there
    }

    pub(super) fn written(&self, span: Span) -> &'s str {
        &self.source[span.start..span.end]
    }

    /// What is wrong where something else stands behind an operand.
    pub(super) fn after_operand(&self, expected: &str) -> Problem {
        let token = self.peek();
        let written = self.written(token.span);
        let before = self.position.checked_sub(1).map_or(token.span, |before| self.tokens[before].span);
        match &token.kind {
            TokenKind::Broken(problem) => problem.clone(),
            TokenKind::End => Problem::new(token.span, format!("{expected}, and not the end")),
            _ if self.written(before).eq_ignore_ascii_case("not") => {
                Problem::new(before, format!("`{}` is no operator", self.written(before))).meaning("!")
            }
            _ if written.eq_ignore_ascii_case("not") => {
                Problem::new(token.span, "`not` is no operator; write `!(a in b)` for what is not in a list")
            }
            TokenKind::Mark(closing @ (")" | "]" | "}")) => {
                Problem::new(token.span, format!("`{closing}` closes nothing that is open here"))
            }
            _ => match meant::operator(written) {
                Some(meant) => Problem::new(token.span, format!("`{written}` is no operator")).meaning(meant),
                None => Problem::new(token.span, format!("{expected}, and not `{written}`")),
            },
        }
    }
}

fn join(operator: Operator, left: Expr, right: Expr) -> Parsed<Expr> {
    let extent = left.extent.to(right.extent);
    Expr::new(extent, Kind::Binary { operator, left: Box::new(left), right: Box::new(right) })
}

/// A balanced tree of many operands of `&&` or `||`: as deep as it has to be, and no deeper.
fn balanced(operator: Operator, operands: &mut [Option<Expr>]) -> Parsed<Expr> {
    if let [only] = operands {
        return Ok(only.take().expect("every operand is used once"));
    }
    // CEL's own way to halve.
    let middle = (operands.len() - 2).div_ceil(2) + 1;
    let (left, right) = operands.split_at_mut(middle);
    join(operator, balanced(operator, left)?, balanced(operator, right)?)
}
