//! What candidates accept, beside what the pattern accepts: one walk over both and over what can occur.
//!
//! The walk goes through all combinations of states of three automata: the pattern, the universe, and all texts of all candidates
//! at once. At each place where a text of the universe can end it is known which candidates accept it. A candidate that accepts
//! where the pattern does not is wrong, and every place where the pattern accepts must be covered.

use std::collections::HashSet;

use regex_automata::util::primitives::StateID;
use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, Dot, Hir, Repetition};

use super::template::{self, PathTemplate, TemplateSegment};
use super::{Alternative, Text};
use crate::pattern::automaton::{self, Automaton};
use crate::pattern::{Pattern, Scope};

/// Combinations of states that a walk visits.
const PLACES: usize = 20_000;

/// Memory of the automaton of all candidates.
const CHOICES_BYTES: usize = 2 << 20;

/// What the walk found about candidates.
pub(super) struct Proof {
    /// For each candidate whether the pattern accepts all it accepts in the universe.
    pub(super) sound: Vec<bool>,
    /// For each candidate its exceptions, without those that no text of the universe meets.
    pub(super) exceptions: Vec<Vec<Text>>,
    kinds: Vec<Kind>,
    queue: Vec<Step>,
}

/// Texts of the universe that are alike: the same candidates and exceptions accept them, and the pattern does or does not.
struct Kind {
    in_pattern: bool,
    /// Candidates that accept them whatever the version of the mesh, in order.
    surely: Vec<usize>,
    /// Candidates that may accept them.
    perhaps: Vec<usize>,
    /// Where the walk met the first of them.
    at: usize,
}

/// A combination of states, and how the walk got there.
struct Step {
    states: [StateID; 3],
    from: usize,
    byte: u8,
}

/// The first place where a text of its kind ends.
struct End {
    at: usize,
    in_pattern: bool,
}

impl Proof {
    /// Walks. `None` if something takes too much.
    pub(super) fn new(pattern: &Pattern, universe: &Pattern, candidates: &[Alternative]) -> Option<Proof> {
        let texts = Texts::of(candidates);
        let choices = Automaton::of_many(&texts.trees, CHOICES_BYTES)?;
        let automata = [pattern.automaton()?, universe.automaton()?, &choices];
        let (queue, ends) = walk(automata)?;
        let mut met = vec![false; texts.list.len()];
        let mut kinds = Vec::new();
        for End { at, in_pattern } in ends {
            let mut accepted = vec![false; texts.trees.len()];
            choices.accepted(queue[at].states[2]).for_each(|tree| accepted[tree] = true);
            for (text, met) in met.iter_mut().enumerate() {
                *met |= accepted[texts.most[text]];
            }
            let candidates = texts.candidates.iter().enumerate();
            let perhaps = candidates.clone().filter(|(_, c)| c.accepts(&accepted, &texts.most, &texts.least));
            let surely = candidates.filter(|(_, c)| c.accepts(&accepted, &texts.least, &texts.most));
            kinds.push(Kind {
                in_pattern,
                surely: surely.map(|(index, _)| index).collect(),
                perhaps: perhaps.map(|(index, _)| index).collect(),
                at,
            });
        }
        let mut sound = vec![true; candidates.len()];
        for kind in kinds.iter().filter(|kind| !kind.in_pattern) {
            kind.perhaps.iter().for_each(|&candidate| sound[candidate] = false);
        }
        let real = |c: &Candidate| {
            c.except.iter().filter(|&&text| met[text]).map(|&text| texts.list[text].clone()).collect()
        };
        let exceptions = texts.candidates.iter().map(real).collect();
        Some(Proof { sound, exceptions, kinds, queue })
    }

    /// Whether the pattern accepts a text of the universe which this candidate surely accepts, and none of `others`.
    pub(super) fn needs(&self, candidate: usize, others: &[usize]) -> bool {
        self.kinds.iter().any(|kind| {
            kind.in_pattern
                && kind.surely.binary_search(&candidate).is_ok()
                && !others.iter().any(|other| kind.surely.binary_search(other).is_ok())
        })
    }

    /// A shortest text that the pattern accepts and none of `chosen`; failing that, one that none of them accepts in every version
    /// of the mesh.
    pub(super) fn missing(&self, chosen: &[usize]) -> Option<String> {
        let first = |accepting: fn(&Kind) -> &[usize]| {
            let missed = |kind: &&Kind| {
                kind.in_pattern && !chosen.iter().any(|c| accepting(kind).binary_search(c).is_ok())
            };
            self.kinds.iter().filter(missed).map(|kind| kind.at).min()
        };
        first(|kind| &kind.perhaps).or_else(|| first(|kind| &kind.surely)).map(|at| self.spell(at))
    }

    fn spell(&self, last: usize) -> String {
        let mut bytes = Vec::new();
        let mut at = last;
        while at != 0 {
            bytes.push(self.queue[at].byte);
            at = self.queue[at].from;
        }
        bytes.reverse();
        String::from_utf8(bytes).expect("the universe accepts it, and all its texts are UTF-8")
    }
}

/// All places that texts of the universe can reach, and where they end.
fn walk(automata: [&Automaton; 3]) -> Option<(Vec<Step>, Vec<End>)> {
    let [pattern, universe, choices] = automata;
    let bytes = automaton::common_representatives(&automata);
    let start = Step { states: automata.map(Automaton::start), from: 0, byte: 0 };
    let mut seen = HashSet::from([start.states]);
    let mut queue = vec![start];
    let mut kinds = HashSet::new();
    let mut ends = Vec::new();
    let mut next = 0;
    while let Some(&Step { states, .. }) = queue.get(next) {
        if universe.accepts(states[1]) {
            let in_pattern = pattern.accepts(states[0]);
            if kinds.insert((choices.end(states[2]), in_pattern)) {
                ends.push(End { at: next, in_pattern });
            }
        }
        for &byte in &bytes {
            let to = [0, 1, 2].map(|index| automata[index].step(states[index], byte));
            // Nothing that matters can come where no text occurs, and where neither side accepts any more.
            let over = universe.is_dead(to[1]) || (pattern.is_dead(to[0]) && choices.is_dead(to[2]));
            if !over && seen.insert(to) {
                if queue.len() == PLACES {
                    return None;
                }
                queue.push(Step { states: to, from: next, byte });
            }
        }
        next += 1;
    }
    Some((queue, ends))
}

/// The texts of all candidates, each once, and their automata.
#[derive(Default)]
struct Texts {
    list: Vec<Text>,
    trees: Vec<Hir>,
    /// For each text, the tree of what it accepts in some version of the mesh.
    most: Vec<usize>,
    /// For each text, the tree of what it accepts in every version.
    least: Vec<usize>,
    candidates: Vec<Candidate>,
}

/// An alternative, its texts by index.
struct Candidate {
    accept: usize,
    except: Vec<usize>,
}

impl Candidate {
    /// Whether a text is accepted where `accepted` says which trees accept it.
    fn accepts(&self, accepted: &[bool], accept: &[usize], except: &[usize]) -> bool {
        accepted[accept[self.accept]] && !self.except.iter().any(|&text| accepted[except[text]])
    }
}

impl Texts {
    fn of(candidates: &[Alternative]) -> Texts {
        let mut texts = Texts::default();
        for Alternative { accept, except } in candidates {
            let accept = texts.add(accept);
            let except = except.iter().map(|text| texts.add(text)).collect();
            texts.candidates.push(Candidate { accept, except });
        }
        texts
    }

    fn add(&mut self, text: &Text) -> usize {
        if let Some(known) = self.list.iter().position(|other| other == text) {
            return known;
        }
        let most = self.tree(tree(text, template::in_operator));
        let least = match text {
            Text::Template(_) => self.tree(tree(text, template::in_every_operator)),
            _ => most,
        };
        self.list.push(text.clone());
        self.most.push(most);
        self.least.push(least);
        self.list.len() - 1
    }

    fn tree(&mut self, tree: Hir) -> usize {
        self.trees.push(automaton::whole(tree, Scope::Full));
        self.trees.len() - 1
    }
}

/// The tree of a text. Whether bytes are UTF-8 is left to the universe, which makes the automaton smaller.
fn tree(text: &Text, in_operator: fn(u8) -> bool) -> Hir {
    let anything = || repeat(0, Hir::dot(Dot::AnyByte));
    match text {
        Text::Any => anything(),
        Text::Exact(text) => automaton::literal(text),
        Text::Prefix(text) => Hir::concat(vec![automaton::literal(text), anything()]),
        Text::Suffix(text) => Hir::concat(vec![anything(), automaton::literal(text)]),
        Text::Template(template) => tree_of_template(template, in_operator),
    }
}

fn tree_of_template(template: &PathTemplate, in_operator: fn(u8) -> bool) -> Hir {
    let class = |slash: bool| {
        let bytes = (0..=u8::MAX).filter(|&byte| in_operator(byte) || (slash && byte == b'/'));
        Hir::class(Class::Bytes(ClassBytes::new(bytes.map(|byte| ClassBytesRange::new(byte, byte)))))
    };
    let mut items = Vec::new();
    for segment in template.segments() {
        items.push(automaton::literal("/"));
        items.push(match segment {
            TemplateSegment::Literal(text) => automaton::literal(text),
            TemplateSegment::One => repeat(1, class(false)),
            TemplateSegment::Many => repeat(0, class(true)),
        });
    }
    if template.trailing_slash() {
        items.push(automaton::literal("/"));
    }
    Hir::concat(items)
}

fn repeat(min: u32, of: Hir) -> Hir {
    Hir::repetition(Repetition { min, max: None, greedy: true, sub: Box::new(of) })
}
