//! Tokens to a typed condition: recursive descent with CEL's precedence
//! (`||` < `&&` < comparison < `+ -` < `* /` < `! -`).

use std::ops::Range;

use super::condition::{Kind, Node, Operator, Part};
use super::lex::{Token, tokens};
use super::metric::Metric;
use crate::limits::{MAX_CONDITION_BYTES, MAX_CONDITION_DEPTH};

/// Why a condition cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) range: Range<usize>,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Fault {
    pub(crate) fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            range,
            message: message.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}

/// Reads a whole condition: its root, which gives a boolean, and the metrics it names.
pub(crate) fn parse(text: &str, all: bool) -> Result<(Node, Vec<(String, Metric)>), Fault> {
    if text.len() > MAX_CONDITION_BYTES {
        let message = format!(
            "the condition has {} bytes, at most {MAX_CONDITION_BYTES} are allowed",
            text.len()
        );
        return Err(Fault::new(0..text.len(), message));
    }
    let mut parser = Parser {
        text,
        tokens: tokens(text)?,
        next: 0,
        depth: 0,
        all,
        metrics: vec![],
    };
    let root = parser.level(0)?;
    if parser.peek() != Token::End {
        let range = parser.range();
        let found = &text[range.clone()];
        return Err(Fault::new(range, format!("`{found}` does not follow here"))
            .hint("join two conditions with `&&` or `||`; comparisons do not chain"));
    }
    expect(Kind::Boolean, &root, text)?;
    Ok((root.node, parser.metrics))
}

/// Operators as written and meant, what they take, what they give.
type Level = (&'static [(&'static str, Operator)], Kind, Kind);

/// The operators of each level, loosest first.
const LEVELS: [Level; 5] = [
    (&[("||", Operator::Or)], Kind::Boolean, Kind::Boolean),
    (&[("&&", Operator::And)], Kind::Boolean, Kind::Boolean),
    (
        &[
            ("<", Operator::Less),
            ("<=", Operator::LessOrEqual),
            (">", Operator::Greater),
            (">=", Operator::GreaterOrEqual),
            ("==", Operator::Equal),
            ("!=", Operator::NotEqual),
        ],
        Kind::Number,
        Kind::Boolean,
    ),
    (
        &[("+", Operator::Add), ("-", Operator::Subtract)],
        Kind::Number,
        Kind::Number,
    ),
    (
        &[("*", Operator::Multiply), ("/", Operator::Divide)],
        Kind::Number,
        Kind::Number,
    ),
];

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(Token<'a>, Range<usize>)>,
    next: usize,
    depth: usize,
    all: bool,
    metrics: Vec<(String, Metric)>,
}

impl Parser<'_> {
    fn peek(&self) -> Token<'_> {
        self.tokens
            .get(self.next)
            .map_or(Token::End, |(token, _)| *token)
    }

    fn range(&self) -> Range<usize> {
        let end = self.text.len();
        self.tokens
            .get(self.next)
            .map_or(end..end, |(_, range)| range.clone())
    }

    fn level(&mut self, level: usize) -> Result<Part, Fault> {
        let Some(&(operators, takes, gives)) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.level(level + 1)?;
        while let Token::Sign(sign) = self.peek()
            && let Some(&(_, operator)) = operators.iter().find(|(known, _)| *known == sign)
        {
            self.next += 1;
            let right = self.level(level + 1)?;
            expect(takes, &left, self.text)?;
            expect(takes, &right, self.text)?;
            let range = left.range.start..right.range.end;
            let (left_node, right_node) = (Box::new(left.node), Box::new(right.node));
            left = Part {
                node: Node::Binary(operator, left_node, right_node, range.clone()),
                kind: gives,
                range,
            };
            if takes != gives {
                break; // a comparison gives what it cannot take: it does not chain
            }
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Part, Fault> {
        let range = self.range();
        let kind = match self.peek() {
            Token::Sign("!") => Kind::Boolean,
            Token::Sign("-") => Kind::Number,
            _ => return self.primary(),
        };
        let inner = self.deeper(Self::unary)?;
        expect(kind, &inner, self.text)?;
        let range = range.start..inner.range.end;
        let node = Box::new(inner.node);
        Ok(Part {
            node: match kind {
                Kind::Boolean => Node::Not(node, range.clone()),
                Kind::Number => Node::Negative(node),
            },
            kind,
            range,
        })
    }

    /// Takes the current token and reads what it opens, if that is not nested too deep.
    fn deeper(&mut self, read: fn(&mut Self) -> Result<Part, Fault>) -> Result<Part, Fault> {
        if self.depth == MAX_CONDITION_DEPTH {
            let message = format!("nested more than {MAX_CONDITION_DEPTH} deep");
            return Err(Fault::new(self.range(), message));
        }
        self.next += 1;
        self.depth += 1;
        let part = read(self)?;
        self.depth -= 1;
        Ok(part)
    }

    fn primary(&mut self) -> Result<Part, Fault> {
        let range = self.range();
        match self.peek() {
            Token::Number(value) => {
                self.next += 1;
                Ok(Part {
                    node: Node::Number(value),
                    kind: Kind::Number,
                    range,
                })
            }
            Token::Name(name) => {
                let metric = Metric::parse(name, self.all)
                    .map_err(|no| Fault::new(range.clone(), no.message).hint(no.hint))?;
                let name = name.to_owned();
                self.next += 1;
                let known = self.metrics.iter().position(|(known, _)| *known == name);
                let index = known.unwrap_or_else(|| {
                    self.metrics.push((name, metric));
                    self.metrics.len() - 1
                });
                Ok(Part {
                    node: Node::Metric(index),
                    kind: Kind::Number,
                    range,
                })
            }
            Token::Sign("(") => {
                let inner = self.deeper(|parser| parser.level(0))?;
                let end = self.range();
                if self.peek() != Token::Sign(")") {
                    return Err(Fault::new(range, "`(` is not closed, expected `)`"));
                }
                self.next += 1;
                Ok(Part {
                    range: range.start..end.end,
                    ..inner
                })
            }
            Token::End => Err(Fault::new(
                range,
                "the condition ends, expected a name or a number",
            )),
            Token::Sign(sign) => Err(Fault::new(
                range,
                format!("found `{sign}`, expected a name or a number"),
            )),
        }
    }
}

fn expect(kind: Kind, part: &Part, text: &str) -> Result<(), Fault> {
    if part.kind == kind {
        return Ok(());
    }
    let written = &text[part.range.clone()];
    Err(match kind {
        Kind::Boolean => Fault::new(
            part.range.clone(),
            format!("`{written}` is a number, expected a condition"),
        )
        .hint(format!("compare it, such as `{written} >= 1`")),
        Kind::Number => Fault::new(
            part.range.clone(),
            format!("`{written}` is a condition, expected a number"),
        )
        .hint("join conditions with `&&` or `||`"),
    })
}
