//! Which keywords a rule cannot hold without.
//!
//! Rules of a topic share lists: `@place NEAR/20 停电`, `@place NEAR/20 停水`. If every keyword of a
//! rule made a post try it, each post with a place would try them all. So each rule names a set of
//! keywords of which one must occur for it to hold, as few and as much its own as its condition
//! allows, and is tried where one of them occurs and nowhere else.

use fengbiao_lexicon::compiled::{Condition, KeyId, Keys};

/// Keywords of which one must occur, and what it costs to try a rule wherever one does.
#[derive(Clone, Debug, Default)]
struct Required {
    keys: Vec<KeyId>,
    cost: u64,
}

/// The cheapest keywords, ascending, of which one must occur for a condition to hold, given how many
/// rules ask for each; none where it may hold without any.
pub(crate) fn required(
    condition: &Condition,
    rules_of: &dyn Fn(KeyId) -> u64,
) -> Option<Vec<KeyId>> {
    let chooser = Chooser { rules_of };
    chooser.of(condition).map(|required| required.keys)
}

struct Chooser<'a> {
    /// How many rules ask for a keyword.
    rules_of: &'a dyn Fn(KeyId) -> u64,
}

impl Chooser<'_> {
    fn of(&self, condition: &Condition) -> Option<Required> {
        match condition {
            Condition::Keys(keys) => Some(self.keys(keys)),
            Condition::Near { left, right, .. } => {
                let (left, right) = (self.keys(left), self.keys(right));
                Some(if right.cost < left.cost { right } else { left })
            }
            Condition::All(of) => of
                .iter()
                .filter_map(|part| self.of(part))
                .min_by_key(|part| part.cost),
            Condition::Any(of) => self.union(of.iter().map(|part| self.of(part)).collect()),
            Condition::AtLeast { count, of } => self.at_least(*count, of),
            // What must be absent is never required.
            Condition::Not(_) => None,
        }
    }

    /// Of so many parts that count one each, all but `count - 1` cannot be absent together: the
    /// dearest are left out.
    fn at_least(&self, count: u32, of: &[Condition]) -> Option<Required> {
        let spared = usize::try_from(count).ok()?.checked_sub(1)?;
        let mut parts = Vec::new();
        for operand in of {
            match operand {
                Condition::Keys(keys) if keys.list => {
                    let members = keys.keys.iter();
                    parts.extend(members.map(|&(key, _)| Some(self.costed(vec![key]))));
                }
                other => parts.push(self.of(other)),
            }
        }
        parts.sort_by_key(|part| part.as_ref().map_or(u64::MAX, |part| part.cost));
        parts.truncate(parts.len().saturating_sub(spared));
        self.union(parts)
    }

    /// The keywords of all parts; none where one of them needs none.
    fn union(&self, parts: Vec<Option<Required>>) -> Option<Required> {
        let parts: Option<Vec<Required>> = parts.into_iter().collect();
        Some(self.costed(parts?.into_iter().flat_map(|part| part.keys).collect()))
    }

    fn keys(&self, keys: &Keys) -> Required {
        self.costed(keys.keys.iter().map(|&(key, _)| key).collect())
    }

    /// A keyword for which many rules ask is taken to occur the more often, and tries the more rules
    /// each time.
    fn costed(&self, mut keys: Vec<KeyId>) -> Required {
        keys.sort_unstable();
        keys.dedup();
        let costs = keys
            .iter()
            .map(|&key| (self.rules_of)(key).saturating_pow(2));
        let cost = costs.fold(0, u64::saturating_add);
        Required { keys, cost }
    }
}

#[cfg(test)]
mod tests {
    use fengbiao_lexicon::parse_expression;

    use super::*;

    /// What an expression requires where so many rules ask for 场, 馆 and 店, and one for any other.
    fn chosen(expression: &str, sharing: u64) -> Option<String> {
        let (topic, _) = parse_expression(expression).unwrap();
        let place = |key: KeyId| topic.keys[usize::try_from(key.0).unwrap()].as_str();
        let rules_of = |key| match place(key) {
            "场" | "馆" | "店" => sharing,
            _ => 1,
        };
        let keys = required(&topic.rules[0].condition, &rules_of)?;
        let mut keys: Vec<&str> = keys.into_iter().map(place).collect();
        keys.sort_unstable();
        Some(keys.join(" "))
    }

    #[test]
    fn the_keywords_that_are_most_a_rules_own_are_required() {
        for (expression, expected) in [
            ("停电", "停电"),
            ("停电 OR 停水", "停水 停电"),
            ("(场 OR 馆) NEAR/20 停电", "停电"),
            ("停电 NEAR/20 (场 OR 馆)", "停电"),
            ("(场 OR 馆) 停电 NOT 计划", "停电"),
            ("场 (停电 OR 停水) 馆", "停水 停电"),
            ("(场 停电) OR (馆 停水)", "停水 停电"),
            ("title:场 停电", "停电"),
            ("2 OF (场, 停电)", "停电"),
            ("2 OF (场, 停电, 停水)", "停水 停电"),
            ("3 OF (场, 停电, 停水)", "停电"),
            ("1 OF (场, 停电)", "停电 场"),
            ("2 OF ((场 停电), 馆, 停水)", "停水 停电"),
        ] {
            assert_eq!(
                chosen(expression, 50).as_deref(),
                Some(expected),
                "{expression}"
            );
        }
        assert_eq!(
            chosen("场 (甲 OR 乙 OR 丙)", 1).unwrap(),
            "场",
            "fewer, all being alike"
        );
    }

    fn keys(ids: impl IntoIterator<Item = u32>, list: bool) -> Condition {
        let keys = ids
            .into_iter()
            .map(|id| (KeyId(id), fengbiao_lexicon::compiled::Reading::Margin));
        Condition::Keys(Keys {
            keys: keys.collect(),
            title_only: false,
            list,
        })
    }

    #[test]
    fn a_list_counts_each_of_its_members() {
        let rules_of = |key: KeyId| u64::from(key.0) + 1;
        let three = |list| Condition::AtLeast {
            count: 3,
            of: vec![keys(0..5, list), keys([7], false), keys([8], false)],
        };
        let ids = |ids: &[u32]| Some(ids.iter().copied().map(KeyId).collect::<Vec<_>>());
        // 7 and 8 are spared, and with a list of five that is all.
        assert_eq!(required(&three(true), &rules_of), ids(&[0, 1, 2, 3, 4]));
        // Else the five count once, and they are cheaper than 8.
        assert_eq!(required(&three(false), &rules_of), ids(&[0, 1, 2, 3, 4]));
        let of_list = Condition::AtLeast {
            count: 3,
            of: vec![keys(0..5, true)],
        };
        assert_eq!(required(&of_list, &rules_of), ids(&[0, 1, 2]));
    }

    #[test]
    fn what_may_hold_without_a_keyword_requires_none() {
        let not = || Condition::Not(Box::new(keys([0], false)));
        let none = |condition| required(&condition, &|_| 1);
        assert_eq!(none(not()), None);
        assert_eq!(none(Condition::All(vec![not()])), None);
        assert_eq!(none(Condition::Any(vec![keys([1], false), not()])), None);
        for (count, expected) in [
            (0, None),
            (1, None),
            (2, Some(vec![KeyId(1)])),
            (3, Some(vec![])),
        ] {
            let of = vec![keys([1], false), not()];
            assert_eq!(none(Condition::AtLeast { count, of }), expected, "{count}");
        }
    }
}
