//! Learning: logistic regression by averaged stochastic gradient descent, the same to the last
//! bit on every machine, because it adds, multiplies and divides and does nothing else.

use super::evidence::{self, Sign};
use super::features::{Answer, BITS, COLUMNS, Feature, see};
use crate::call::Question;

/// How often every lesson is gone through, each time as far as it goes and once cut short by
/// chance; the second half is averaged.
const EPOCHS: u32 = 12;
/// How strongly weights are held small.
const SHRINK: f64 = 5e-5;
/// How far the first steps go.
const STEP: f64 = 0.05;
/// A row of the table counts when at least so many conversations have something there.
const RARE: u16 = 4;

/// What an owner wishes of such a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Not to get through.
    Unwanted,
    /// A seller who knows why exactly here: not accused, but no measure for others either.
    Tolerated,
    /// To get through. No opinion may be so strong that one of these would be accused.
    Wanted,
}

/// A conversation to learn from, as it is looked at.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// Which business was called: all its lessons are held back together in a cross-validation.
    pub business: u32,
    /// What is wished of such a caller.
    pub wish: Wish,
    weight: f64,
    answers: Vec<Studied>,
    /// What the rules found, for each state.
    evidence: Vec<Vec<Place>>,
}

/// A place of the table, and what it counts: short, since there are many millions.
#[derive(Debug, Clone, Copy)]
struct Place {
    bucket: u32,
    value: f32,
}

impl Place {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "values are small and need no precision"
    )]
    fn of(feature: &Feature) -> Self {
        Self {
            bucket: feature.bucket,
            value: feature.value as f32,
        }
    }
}

/// An answer as it is looked at, and the question.
#[derive(Debug, Clone)]
pub struct Studied {
    question: Question,
    features: Vec<Place>,
    signs: Vec<Sign>,
}

impl Studied {
    /// Looks at an answer.
    #[must_use]
    pub fn new(answer: &Answer<'_>) -> Self {
        let mut features = Vec::new();
        see(answer, |feature| features.push(Place::of(&feature)));
        Self {
            question: answer.question,
            features,
            signs: answer.hits.iter().filter_map(Sign::of).collect(),
        }
    }
}

impl Lesson {
    /// A conversation: what the caller answered, the greeting's question first. `weight` is what it
    /// counts beside others. At most four answers are looked at.
    #[must_use]
    pub fn new(business: u32, wish: Wish, weight: f64, mut answers: Vec<Studied>) -> Self {
        answers.truncate(4);
        let mut lesson = Self {
            business,
            wish,
            weight,
            answers,
            evidence: Vec::new(),
        };
        lesson.evidence = lesson
            .states()
            .map(|state| {
                let signs = lesson.answered(state).flat_map(|answer| &answer.signs);
                evidence::sum(signs.copied())
                    .iter()
                    .map(Place::of)
                    .collect()
            })
            .collect();
        lesson
    }

    /// Every state in which such a call may be judged: the greeting's answer with any of the
    /// others. Each bit is an answer.
    pub(super) fn states(&self) -> impl Iterator<Item = u32> + use<> {
        let others = self.answers.len().saturating_sub(1);
        (0..1_u32 << others).map(|others| others << 1 | 1)
    }

    /// The last of them: everything was answered.
    pub(super) fn full(&self) -> u32 {
        self.states().last().unwrap_or(1)
    }

    fn answered(&self, state: u32) -> impl Iterator<Item = &Studied> {
        self.answers
            .iter()
            .enumerate()
            .filter(move |(index, _)| state >> index & 1 == 1)
            .map(|(_, answer)| answer)
    }

    fn features(&self, state: u32) -> impl Iterator<Item = &Place> {
        let evidence = self.evidence.get((state >> 1) as usize);
        self.answered(state)
            .flat_map(|answer| &answer.features)
            .chain(evidence.into_iter().flatten())
    }

    /// What these weights make of it in a state.
    pub(super) fn score(&self, state: u32, weights: &Weights) -> f64 {
        let sum = |sum, place: &Place| sum + weights.of(place);
        self.features(state).fold(weights.bias, sum)
    }
}

/// What was learned, before it is written in bytes.
#[derive(Debug, Clone)]
pub(super) struct Weights {
    /// A weight for each place of the table, beside that of its row.
    pub table: Vec<f64>,
    /// What a row weighs in whatever answer.
    rows: Vec<f64>,
    /// What counts before anything was heard.
    pub bias: f64,
}

impl Weights {
    fn of(&self, place: &Place) -> f64 {
        let at = place.bucket as usize;
        (self.rows[at / COLUMNS] + self.table[at]) * f64::from(place.value)
    }

    /// Adds others, each of theirs that many times.
    fn add(&mut self, others: &Self, times: f64) {
        let both = |mine: &mut [f64], theirs: &[f64]| {
            for (mine, their) in mine.iter_mut().zip(theirs) {
                *mine += their * times;
            }
        };
        both(&mut self.table, &others.table);
        both(&mut self.rows, &others.rows);
    }

    /// The same with nothing left in the rows that is not in each of their places.
    fn spread(mut self) -> Self {
        for (row, places) in self.rows.iter_mut().zip(self.table.chunks_mut(COLUMNS)) {
            for place in places {
                *place += *row;
            }
            *row = 0.0;
        }
        self
    }
}

/// Learns from these lessons.
pub(super) fn train(lessons: &[&Lesson]) -> Weights {
    let common = common(lessons);
    // Weights are kept divided by `scale`, so that shrinking all of them is one multiplication.
    let mut now = Weights {
        table: vec![0.0; common.len() * COLUMNS],
        rows: vec![0.0; common.len()],
        bias: 0.0,
    };
    let mut sum = now.clone();
    let averaged = f64::from(EPOCHS - EPOCHS / 2);
    // That a question was put at all says who seemed to sell to whoever wrote the lessons: what
    // that weighs is learned apart, and forgotten.
    let mut put = [0.0_f64; 4];
    let mut scale = 1.0_f64;
    let mut steps = 0.0_f64;
    let mut chance = Chance::default();
    let mut order: Vec<usize> = (0..lessons.len()).collect();
    for epoch in 0..EPOCHS {
        chance.shuffle(&mut order);
        for lesson in order.iter().map(|at| lessons[*at]) {
            let unwanted = f64::from(u8::from(lesson.wish == Wish::Unwanted));
            let others = lesson.answers.len().saturating_sub(1);
            let drawn = u32::try_from(chance.below(1 << others)).unwrap_or_default();
            for state in [lesson.full(), drawn << 1 | 1] {
                steps += 1.0;
                let rate = STEP / (1.0 + STEP * SHRINK * steps);
                let words = lesson.score(state, &now) - now.bias;
                let places = || {
                    lesson
                        .answered(state)
                        .map(|answer| answer.question as usize)
                };
                let asked: f64 = places().map(|place| put[place]).sum();
                let error =
                    (unwanted - sigmoid(words * scale + now.bias + asked)) * lesson.weight / 2.0;
                scale *= 1.0 - rate * SHRINK;
                places()
                    .filter(|place| *place != Question::Open as usize)
                    .for_each(|place| put[place] += rate * error);
                for feature in lesson.features(state) {
                    let at = feature.bucket as usize;
                    if common[at / COLUMNS] {
                        let step = rate * error * f64::from(feature.value) / scale;
                        now.table[at] += step;
                        now.rows[at / COLUMNS] += step;
                    }
                }
                now.bias += rate * error;
            }
        }
        if epoch >= EPOCHS / 2 {
            sum.add(&now, scale / averaged);
            sum.bias += now.bias / averaged;
        }
    }
    sum.spread()
}

/// The rows where enough conversations have something: what only one caller said teaches
/// nothing about others.
fn common(lessons: &[&Lesson]) -> Vec<bool> {
    let places = 1_usize << BITS;
    let mut counts = vec![0_u16; places];
    let mut last = vec![usize::MAX; places];
    for (index, lesson) in lessons.iter().enumerate() {
        let answers = lesson.answers.iter().flat_map(|answer| &answer.features);
        for feature in answers.chain(lesson.evidence.iter().flatten()) {
            let bucket = feature.bucket as usize / COLUMNS;
            if last[bucket] != index {
                last[bucket] = index;
                counts[bucket] = counts[bucket].saturating_add(1);
            }
        }
    }
    counts.into_iter().map(|count| count >= RARE).collect()
}

/// An order that looks like chance and is the same each time (Knuth's MMIX generator).
struct Chance(u64);

impl Default for Chance {
    fn default() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }
}

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % end
    }

    fn shuffle(&mut self, order: &mut [usize]) {
        for index in (1..order.len()).rev() {
            order.swap(index, self.below(index + 1));
        }
    }
}

/// `1 / (1 + e^-x)`, by arithmetic that is the same everywhere: `e^x` is `(1 + x/4096)^4096`.
pub(super) fn sigmoid(score: f64) -> f64 {
    let mut power = 1.0 + score.clamp(-30.0, 30.0) / 4096.0;
    for _ in 0..12 {
        power *= power;
    }
    power / (1.0 + power)
}

#[cfg(test)]
mod tests {
    use super::super::mask::Mask;
    use super::*;
    use crate::rules::{Lexicon, RuleSet};

    fn answer(question: Question, text: &str) -> Studied {
        let rules = RuleSet::compile(&[], &Lexicon::default()).unwrap().rules;
        Studied::new(&Answer {
            question,
            reading: &rules.read(text),
            mask: &Mask::default(),
            hits: &[],
        })
    }

    fn lesson(wish: Wish, text: &str) -> Lesson {
        Lesson::new(0, wish, 1.0, vec![answer(Question::Open, text)])
    }

    #[test]
    fn the_sigmoid_is_one() {
        for (score, wanted) in [(0.0, 0.5), (2.0, 0.880_797), (-4.0, 0.017_986)] {
            assert!((sigmoid(score) - wanted).abs() < 1e-3, "{score}");
        }
    }

    #[test]
    fn what_only_the_unwanted_say_weighs_against_a_caller() {
        let lessons: Vec<Lesson> = (0..40)
            .map(|at| {
                if at % 2 == 0 {
                    lesson(Wish::Unwanted, "et godt tilbud")
                } else {
                    lesson(Wish::Wanted, "en ny bordplade")
                }
            })
            .collect();
        let lessons: Vec<&Lesson> = lessons.iter().collect();
        let weights = train(&lessons);
        let score = |text| lesson(Wish::Wanted, text).score(1, &weights);
        assert!(score("et tilbud") > 0.5, "{}", score("et tilbud"));
        assert!(score("en bordplade") < -0.5, "{}", score("en bordplade"));
    }

    #[test]
    fn what_few_say_teaches_nothing() {
        let lessons = [
            lesson(Wish::Unwanted, "xylofon"),
            lesson(Wish::Wanted, "bordplade"),
        ];
        let lessons: Vec<&Lesson> = lessons.iter().collect();
        assert!(train(&lessons).table.iter().all(|weight| *weight == 0.0));
    }

    #[test]
    fn states_hold_the_greeting_and_any_of_the_others() {
        let answers = vec![
            answer(Question::Open, "a"),
            answer(Question::Who, "b"),
            answer(Question::Why, "c"),
        ];
        let lesson = Lesson::new(0, Wish::Wanted, 1.0, answers);
        assert_eq!(
            lesson.states().collect::<Vec<_>>(),
            [0b001, 0b011, 0b101, 0b111]
        );
    }
}
