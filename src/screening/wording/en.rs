//! The shipped texts in English.

use super::{Prompt, Tone};

pub(super) fn text(prompt: Prompt, tone: Tone) -> &'static str {
    if tone == Tone::Dry
        && let Some(text) = dry(prompt)
    {
        return text;
    }
    match prompt {
        Prompt::Notice => {
            "Hi, this is [the machine at {company}|a machine]. I write down your words."
        }
        Prompt::AskOpen => "Who is this, and what is it about?",
        Prompt::AskWho => "Who are you, and whom would you like to speak to?",
        Prompt::AskWhat => "Thanks. What is it about? A few words will do.",
        Prompt::AskWhy => "Thanks. Why are you calling us in particular?",
        Prompt::AgainOpen => "I did not catch that. Who are you, and what is it about?",
        Prompt::AgainWho => "I did not catch that. What is your name, and whom do you want?",
        Prompt::AgainWhat => "I did not understand. What is it about, in other words?",
        Prompt::AgainWhy => "I did not understand. Why are you calling us in particular?",
        Prompt::Silent => "Is anyone there? Say who you are and what it is about.",
        Prompt::OfferKeys => {
            "We cannot hear each other. Press 1 to leave a message, or 2 to be put through."
        }
        Prompt::Connecting => "Thank you. I am putting you through. Stay on the line.",
        Prompt::Message => {
            "Leave a message after the tone: your name, your number, and what it is about."
        }
        Prompt::No => {
            "Thank you for calling. The answer is a direct no. If I am wrong, press 1 and leave a \
             message."
        }
        Prompt::FinalNo => "Then it is a no. Have a good day.",
        Prompt::ScamEnd => {
            "That is not something we handle by phone. If I am wrong, press 1 and leave a message."
        }
        Prompt::BlockedNo => {
            "I do not put this number through. If I am wrong, press 1 and leave a message."
        }
        Prompt::NoAnswer => {
            "The call was not taken. Leave a message after the tone: name, number, and what it is \
             about."
        }
        Prompt::NoAnswerText => "The call was not taken. I am writing a note about it. Goodbye.",
        Prompt::Goodbye => "Thank you for calling. Goodbye.",
        Prompt::MessageThanks => "Thank you. The message is kept. Goodbye.",
        Prompt::Closed => {
            "We are closed now. Leave a message after the tone: name, number, and what it is about."
        }
        Prompt::Privacy => {
            "[{company} keeps|We keep] your number and your answers to sort out sales calls. Sound \
             is kept only when you leave a message. Ask the company if you want to see them or \
             have them erased."
        }
        Prompt::FailOpen => "One moment, I am putting you through.",
        Prompt::Whisper => {
            "[{caller}|Somebody without a name][ from {firm}][, about {matter}][: {words}][. {why}]."
        }
        Prompt::WantedWhisper => {
            "From your wanted list: [{caller}|no name given][ from {firm}][, about {matter}][: {words}]."
        }
        Prompt::WhisperKeys => {
            "Press 1 to take it, 2 for a polite no, 3 to let them through always, 4 to refuse this \
             kind from now on."
        }
        Prompt::WhisperKeysWithheld => {
            "Press 1 to take it, 2 for a polite no, 4 to refuse this kind from now on."
        }
        Prompt::OwnerText => {
            "Missed call[ to {company}]: [{caller}|no name given][ from {firm}][, about {matter}][: {words}].\
             [ Number: {number}.]"
        }
    }
}

fn dry(prompt: Prompt) -> Option<&'static str> {
    Some(match prompt {
        Prompt::AskWho => "Your name, and whom you want. Names count, job titles do not.",
        Prompt::AskWhat => {
            "And what is it about? If you want to sell something, say so. Honesty counts."
        }
        Prompt::AskWhy => {
            "Why us? That we were next on the list is an answer too. Just not a good one."
        }
        Prompt::AgainOpen => "That was fast, for a machine. Who are you, and what is it about?",
        Prompt::No => {
            "Here is a direct no, so that nobody's time is wasted. If I am wrong, press 1."
        }
        Prompt::FinalNo => {
            "It is a no. Find ten customers you really want, and call them. Good hunting."
        }
        Prompt::MessageThanks => "Thank you. I will not forget it, I am a machine. Goodbye.",
        _ => return None,
    })
}
