//! How many messages nobody has heard yet, and the way to them.

use maud::{Markup, html};
use serde::Serialize;

use crate::call::{CallId, Language};
use crate::web::error::Problem;
use crate::web::seen::Seen;

/// The way to the messages; without words where none waits.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Waiting {
    words: String,
    address: String,
}

impl Waiting {
    pub(super) async fn read(app: &Seen, language: Language) -> Result<Self, Problem> {
        Ok(Self::of(&app.unheard().await?, language))
    }

    fn of(unheard: &[CallId], language: Language) -> Self {
        match unheard {
            [] => Self::default(),
            [one] => Self {
                words: language
                    .choose("1 besked venter", "1 message waits")
                    .to_owned(),
                address: format!("/calls/{one}"),
            },
            many => {
                let count = many.len();
                Self {
                    words: language.choose(
                        format!("{count} beskeder venter"),
                        format!("{count} messages wait"),
                    ),
                    address: "/calls?heard=no".to_owned(),
                }
            }
        }
    }

    pub(super) fn markup(&self) -> Markup {
        html! {
            div id="waiting" role="status" {
                a class="waiting" href=(self.address) hidden[self.words.is_empty()] { (self.words) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample;

    #[test]
    fn one_message_is_gone_to_at_once_and_several_are_listed() {
        let ids: Vec<CallId> = (0..2).map(|number| sample::call(number).id).collect();
        assert_eq!(Waiting::of(&[], Language::Da), Waiting::default());
        let one = Waiting::of(&ids[..1], Language::Da);
        assert_eq!(one.words, "1 besked venter");
        assert_eq!(one.address, format!("/calls/{}", ids[0]));
        let two = Waiting::of(&ids, Language::En);
        assert_eq!(two.words, "2 messages wait");
    }
}
