//! Tokens → tree.
//!
//! ```text
//! or   = and { "OR" and }
//! and  = not { ["AND"] not }                 side by side = AND
//! not  = ["NOT"] near
//! near = atom [ ("NEAR/"n | "ONEAR/"n) atom ]
//! atom = ["title:"] ( ["word:" | "substring:"] (key | "@"name) | "(" or ")"
//!                   | n "OF" "(" or {"," or} ")" )
//! ```
//!
//! AND and OR at one level are refused, so both are read by one loop.

use std::ops::Range;

use super::faults::{self, Joint};
use super::token::{Token, TokenKind, tokens};
use super::{Kind, Node, local};
use crate::codes::Code;
use crate::compiled::Reading;
use crate::diagnostic::Diagnostic;
use crate::limits::{MAX_EXPRESSION_BYTES, MAX_NESTING_LEVELS};

/// A mistake after which the rest of the expression cannot be read. It is in the faults already.
struct Stopped;

/// Reads an expression. Without errors in the faults the tree is whole; warnings may be there too.
pub(crate) fn parse(text: &str) -> (Option<Node>, Vec<Diagnostic>) {
    let mut faults = Vec::new();
    if text.len() > MAX_EXPRESSION_BYTES {
        let message = format!(
            "the expression has {} bytes, at most {MAX_EXPRESSION_BYTES} are allowed",
            text.len()
        );
        let fault = Diagnostic::new(Code::LimitExceeded, local(0..text.len()), message);
        return (None, vec![fault.hint("move its keywords into a list")]);
    }
    let tokens = tokens(text, &mut faults);
    let mut parser = Parser {
        text,
        tokens: &tokens,
        at: 0,
        depth: 0,
        faults,
    };
    let node = parser.whole().ok();
    (node, parser.faults)
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    depth: usize,
    faults: Vec<Diagnostic>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&TokenKind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    /// The bytes of the next token; at the end, the end.
    fn here(&self) -> Range<usize> {
        let end = self.text.trim_end().len();
        self.tokens
            .get(self.at)
            .map_or(end..end, |token| token.range.clone())
    }

    fn bump(&mut self) -> Range<usize> {
        let range = self.here();
        self.at += 1;
        range
    }

    fn fault(
        &mut self,
        code: Code,
        range: Range<usize>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let at = self.faults.len();
        self.faults
            .push(Diagnostic::new(code, local(range), message));
        &mut self.faults[at]
    }

    fn hinted(&mut self, code: Code, range: Range<usize>, message: impl Into<String>, hint: &str) {
        self.fault(code, range, message).hints.push(hint.to_owned());
    }

    fn whole(&mut self) -> Result<Node, Stopped> {
        if self.tokens.is_empty() {
            self.fault(Code::Blank, 0..self.text.len(), "the expression is empty");
            return Err(Stopped);
        }
        let node = self.expression()?;
        match self.peek() {
            None => Ok(node),
            Some(TokenKind::Close) => {
                let range = self.here();
                self.fault(
                    Code::Unclosed,
                    range,
                    "a parenthesis is closed that was never opened",
                );
                Err(Stopped)
            }
            Some(_) => Err(self.unexpected("the end or an operator")),
        }
    }

    fn expression(&mut self) -> Result<Node, Stopped> {
        let mut operands = vec![self.negation()?];
        let mut joints = Vec::new();
        loop {
            let joint = match self.peek() {
                Some(TokenKind::Or) => Joint {
                    is_or: true,
                    range: self.bump(),
                },
                Some(TokenKind::And) => Joint {
                    is_or: false,
                    range: self.bump(),
                },
                None | Some(TokenKind::Close | TokenKind::Comma) => break,
                Some(_) => {
                    let before = operands.last().map_or(0, |node| node.range.end);
                    Joint {
                        is_or: false,
                        range: before..self.here().start,
                    }
                }
            };
            joints.push(joint);
            operands.push(self.negation()?);
        }
        self.faults
            .extend(faults::mixture(self.text, &operands, &joints));
        let Some(first) = joints.first() else {
            return Ok(operands.swap_remove(0));
        };
        let range = operands[0].range.start..operands[operands.len() - 1].range.end;
        let kind = if first.is_or {
            Kind::Or(operands)
        } else {
            Kind::And(operands)
        };
        Ok(Node { range, kind })
    }

    fn negation(&mut self) -> Result<Node, Stopped> {
        if self.peek() != Some(&TokenKind::Not) {
            return self.near();
        }
        let start = self.bump().start;
        if self.peek() == Some(&TokenKind::Not) {
            let range = self.here();
            self.hinted(Code::Syntax, range, "NOT after NOT", "leave both out");
            return Err(Stopped);
        }
        let inner = self.near()?;
        Ok(Node {
            range: start..inner.range.end,
            kind: Kind::Not(Box::new(inner)),
        })
    }

    fn near(&mut self) -> Result<Node, Stopped> {
        let left = self.atom()?;
        let Some(&TokenKind::Near { distance, ordered }) = self.peek() else {
            return Ok(left);
        };
        let operator = self.bump();
        let right = self.atom()?;
        let sides = [&left, &right];
        self.faults.extend(
            sides
                .into_iter()
                .filter_map(|side| faults::side(self.text, side, &operator)),
        );
        self.refuse_chain(&left, operator, &right)?;
        let range = left.range.start..right.range.end;
        let (left, right) = (Box::new(left), Box::new(right));
        Ok(Node {
            range,
            kind: Kind::Near {
                left,
                right,
                distance,
                ordered,
            },
        })
    }

    /// Reports, and leaves out, every NEAR that follows one.
    fn refuse_chain(
        &mut self,
        left: &Node,
        operator: Range<usize>,
        right: &Node,
    ) -> Result<(), Stopped> {
        let (mut left, mut operator, mut right) =
            (left.range.clone(), operator, right.range.clone());
        while let Some(TokenKind::Near { .. }) = self.peek() {
            let again = self.bump();
            let third = self.atom()?.range;
            let first = &self.text[left.start..right.end];
            let second = &self.text[right.start..third.end];
            let fault =
                Diagnostic::new(Code::NearChain, local(again.clone()), "NEAR does not chain")
                    .also(local(operator), "the one before")
                    .hint(format!("write `{first} AND {second}`"));
            self.faults.push(fault);
            (left, operator, right) = (right, again, third);
        }
        Ok(())
    }

    fn atom(&mut self) -> Result<Node, Stopped> {
        if self.peek() != Some(&TokenKind::Title) {
            return self.primary();
        }
        let start = self.bump().start;
        let inner = self.primary()?;
        Ok(Node {
            range: start..inner.range.end,
            kind: Kind::Title(Box::new(inner)),
        })
    }

    fn primary(&mut self) -> Result<Node, Stopped> {
        match self.peek().cloned() {
            Some(TokenKind::Word) => self.read(Reading::Word),
            Some(TokenKind::Substring) => self.read(Reading::Substring),
            Some(TokenKind::Open) => self.group(),
            Some(TokenKind::List(name)) => Ok(Node {
                range: self.bump(),
                kind: Kind::List(name),
            }),
            Some(TokenKind::Key { text, quoted }) => {
                let counts = !quoted && text.bytes().all(|b| b.is_ascii_digit());
                if counts
                    && self
                        .tokens
                        .get(self.at + 1)
                        .is_some_and(|t| t.kind == TokenKind::Of)
                {
                    return self.at_least(&text);
                }
                Ok(Node {
                    range: self.bump(),
                    kind: Kind::Key(text),
                })
            }
            _ => Err(self.unexpected("a keyword, a list or a parenthesis")),
        }
    }

    fn read(&mut self, reading: Reading) -> Result<Node, Stopped> {
        let prefix = self.bump();
        let inner = match self.peek() {
            Some(TokenKind::Open) => self.group()?,
            Some(TokenKind::Key { .. } | TokenKind::List(_)) => self.primary()?,
            _ => {
                let range = self.here();
                let range = if range.is_empty() { prefix } else { range };
                self.hinted(
                    Code::PrefixOperand,
                    range,
                    "`word:` and `substring:` take a keyword or a list",
                    "write `word:情人` or `word:@place`; `title:` comes before them",
                );
                return Err(Stopped);
            }
        };
        let range = prefix.start..inner.range.end;
        if !matches!(inner.kind, Kind::Key(_) | Kind::List(_)) {
            let before = self.text[prefix].to_owned();
            self.hinted(
                Code::PrefixOperand,
                inner.range.clone(),
                format!(
                    "`{before}` takes a keyword or a list, not {}",
                    faults::name(&inner.kind)
                ),
                &format!("put `{before}` before each keyword"),
            );
        }
        Ok(Node {
            range,
            kind: Kind::Read(reading, Box::new(inner)),
        })
    }

    fn group(&mut self) -> Result<Node, Stopped> {
        let open = self.enter()?;
        if self.peek() == Some(&TokenKind::Close) {
            let range = open.start..self.here().end;
            self.fault(
                Code::Syntax,
                range,
                "nothing stands between these parentheses",
            );
            return Err(Stopped);
        }
        let inner = self.expression()?;
        let end = self.leave(&open)?;
        Ok(Node {
            range: open.start..end,
            kind: inner.kind,
        })
    }

    fn at_least(&mut self, digits: &str) -> Result<Node, Stopped> {
        let number = self.bump();
        let of = self.bump();
        if self.peek() != Some(&TokenKind::Open) {
            let message = format!("`{digits} OF` without its operands");
            self.hinted(
                Code::Syntax,
                number.start..of.end,
                message,
                "write `2 OF (a, b, c)`; quote the words where they are keywords",
            );
            return Err(Stopped);
        }
        let open = self.enter()?;
        let mut operands = vec![self.expression()?];
        while self.peek() == Some(&TokenKind::Comma) {
            self.bump();
            operands.push(self.expression()?);
        }
        let end = self.leave(&open)?;
        // A number too large for `u32` is more than any count of operands, and refused as that.
        let count = digits.parse().unwrap_or(u32::MAX);
        Ok(Node {
            range: number.start..end,
            kind: Kind::AtLeast {
                count,
                of: operands,
            },
        })
    }

    fn enter(&mut self) -> Result<Range<usize>, Stopped> {
        let open = self.bump();
        self.depth += 1;
        if self.depth > MAX_NESTING_LEVELS {
            let message =
                format!("parentheses are nested more than {MAX_NESTING_LEVELS} levels deep");
            self.fault(Code::LimitExceeded, open, message);
            return Err(Stopped);
        }
        Ok(open)
    }

    fn leave(&mut self, open: &Range<usize>) -> Result<usize, Stopped> {
        self.depth -= 1;
        match self.peek() {
            Some(TokenKind::Close) => Ok(self.bump().end),
            None => {
                let fault = self.fault(
                    Code::Unclosed,
                    open.clone(),
                    "a parenthesis is never closed",
                );
                fault.label = "opened here".to_owned();
                Err(Stopped)
            }
            Some(_) => Err(self.unexpected("`)`")),
        }
    }

    fn unexpected(&mut self, expected: &str) -> Stopped {
        // A quote that is never closed has swallowed the rest: that was said already.
        if self.faults.iter().all(|fault| fault.code != Code::Unclosed) {
            let found = self.tokens.get(self.at);
            self.faults
                .push(faults::unexpected(self.text, found, self.here(), expected));
        }
        Stopped
    }
}
