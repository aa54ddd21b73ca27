//! The data plane: rendered objects through Istio's own admission, istiod's own code and a real Envoy.
//!
//! Every request of every scenario must get the verdict or the exact shares that its `expect.yaml` has. In generated worlds the real
//! thing must do what the Istio model does, against which the searches in `access` and `meaning` compare many more worlds;
//! `SMI_ISTIOD_WORLDS` sets their number (200 of each kind by default). What admission refuses, and what Envoy will not run, is a
//! failure.

#[path = "istiod/fixtures.rs"]
mod fixtures;
#[path = "istiod/worlds.rs"]
mod worlds;

use std::fmt::Display;

use smi_tests::istiod::{Answer, Answers, Istiod, Job};

/// The program; a test without it says that it is left out, and ends.
macro_rules! istiod_or_skip {
    () => {
        match Istiod::find() {
            Ok(istiod) => istiod,
            Err(left_out) => {
                println!("{left_out}");
                return;
            }
        }
    };
}
use istiod_or_skip;

/// What is wrong with an answer, if anything is.
type Judge = Box<dyn Fn(&Answer) -> Option<String>>;

/// A request, what it is called in messages, and a judge of its answer: what is wrong with it, if anything is.
struct Question {
    name: String,
    judge: Judge,
}

impl Question {
    fn new(name: impl Display, judge: impl Fn(&Answer) -> Option<String> + 'static) -> Question {
        Question { name: name.to_string(), judge: Box::new(judge) }
    }
}

/// A job, a question for each of its requests, and what to show of it where an answer is wrong.
struct Asked {
    job: Job,
    questions: Vec<Question>,
    world: String,
}

/// Asks everything, and reports all answers that are wrong. Gives back how many there were.
fn ask(istiod: &Istiod, asked: &[Asked]) -> usize {
    let jobs: Vec<Job> = asked.iter().map(|asked| asked.job.clone()).collect();
    let mut failures = Vec::new();
    let mut answered = 0;
    for (Answers { name, refused, answers, errors }, asked) in istiod.run(&jobs).iter().zip(asked) {
        let Asked { questions, world, .. } = asked;
        let said = refused.iter().map(|refused| format!("{} is refused: {}", refused.object, refused.error));
        let mut wrong: Vec<String> = said.chain(errors.iter().cloned()).collect();
        for (answer, question) in answers.iter().zip(questions).filter(|(answer, _)| !answer.is_bad_request())
        {
            answered += 1;
            wrong.extend((question.judge)(answer).map(|problem| format!("{}\n    {problem}", question.name)));
        }
        if !wrong.is_empty() {
            failures.push(format!("{name}\n  {}\n{world}", wrong.join("\n  ")));
        }
    }
    let shown = failures.iter().take(10).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} of {} worlds\n{shown}", failures.len(), asked.len());
    answered
}

/// What is wrong with an answer that should be another one.
fn unless_equal<T: PartialEq>(
    wanted: &T,
    found: Option<&T>,
    show: impl Fn(&T) -> String,
    answer: &Answer,
) -> Option<String> {
    match found {
        Some(found) if found == wanted => None,
        Some(found) => Some(format!("expected {}\n    istiod   {}", show(wanted), show(found))),
        None => Some(format!(
            "expected {}\n    no answer: {}",
            show(wanted),
            answer.error.as_deref().unwrap_or("without a reason")
        )),
    }
}
