//! **Portner** answers the phone of a small business: asks an unknown caller who he is, what it is
//! about and why exactly here, judges the answers by rules that the owner can read, and puts him
//! through, takes a message, or says a polite no.
//!
//! This page is the architecture. It changes in the same commit as the house does.
//!
//! # One sentence
//!
//! A call is a value that flows one way, and everything that decides is a pure function:
//!
//! ```text
//!  HTTP request
//!    │  web::hook             body within bounds, handed on untouched
//!    │  providers::twilio     signature, reading                    (knows the wire, no rules)
//!    ▼
//!  CallEvent                  Incoming · Heard · OwnerReached · OwnerPressed · OwnerActed · …
//!    │  service               one event of a call at a time; load the call; gather facts, each
//!    │                        with a deadline; take the policy snapshot
//!    ▼
//!  screening::advance(&Policy, &Facts, Call, CallEvent, now) -> Step
//!    │                        Step = the call as it now is + instructions + effects
//!    ▼
//!  store                      one durable write: the call, its indexes, lists, jobs
//!    │                        the change → live hub → desk; jobs → outbox
//!    ▼
//!  Instruction                Say · Ask · Dial · Whisper · Bridge · Record · Reject · Hangup
//!    │  providers::twilio     TwiML
//!    ▼
//!  HTTP response
//! ```
//!
//! # Rooms, and who may know whom
//!
//! | room | what lives there | may know |
//! |---|---|---|
//! | [`call`] | the vocabulary of telephony, plain values | nothing here |
//! | [`rules`] | the rule file: syntax, phrases, one matcher for all of them, diagnostics | `call` |
//! | [`opinion`] | the learned second opinion: a small linear model, and how it is learned; pure | `call`, `rules` |
//! | [`screening`] | the policy of a line, the dialogue, the principles of judgement; pure | `call`, `rules`, `opinion` |
//! | [`evaluation`] | labelled conversations, garbled if asked, played through the dialogue and counted; calls of the log judged again; changes that might mend a wrong verdict | `call`, `rules`, `opinion`, `screening` |
//! | [`store`] | the `Store` trait, in memory and on sled | `call` |
//! | [`outbound`] | the one place that makes an HTTP client, and the one that sends mail; webhooks of ours, and where they may not lead | nothing here |
//! | [`identity`] | who somebody is, by a provider of OpenID Connect | `outbound` |
//! | [`providers`] | the `Provider` trait and a folder for each provider | `call`, `outbound` |
//! | [`transfer`] | lists as CSV and vCard | `call`, `store` |
//! | [`telemetry`] | logs, figures, the board of alarms; traces, if built with `otlp` | `call`, `outbound` |
//! | [`service`] | glue: one event through the rooms, by trait only | `call`, `rules`, `screening`, `evaluation`, `store`, `providers`, `telemetry` |
//! | [`config`] | the settings, checked, with the place of every mistake; and changed in their file | `call`, `rules`, `opinion`, `screening`, `outbound` |
//! | [`web`] | HTTP: webhooks, interface, the owner's desk, health | `call`, `rules`, `screening`, `evaluation`, `store`, `identity`, `providers`, `transfer`, `telemetry`, `service`, `config` |
//! | [`app`] | names concrete parts and joins them; reloads files; looks whether all is well | all above |
//! | [`cli`] | a file for each command | all above |
//!
//! No arrow runs back up; `tests/it/architecture.rs` reads this table and the sources, and says which
//! file and line breaks it.
//!
//! # A call, from the first webhook to the last
//!
//! 1. Twilio posts to `/webhooks/twilio/voice`. [`providers::twilio`] verifies the signature over
//!    the *configured* public address and reads a [`call::CallEvent::Incoming`]. A bad signature
//!    gets a bare 403, so that Twilio goes to its own fallback.
//! 2. [`service::Service`] takes the lock of that call, loads it or begins it, asks the lists, and
//!    calls [`screening::advance`]. A known customer gets a `Dial` at once; an unknown caller a
//!    greeting and an open question.
//! 3. The step is written into a journal by one writer thread, many steps with one fsync; the
//!    database gets the call later, and once. Only when the journal is on disk is the answer given.
//!    A refusal is never given without its record; a ring is, when the store is late.
//! 4. The answers come back as `Heard` events. Each is matched against every rule at once; hits
//!    are summed up as [`screening::evidence`], and [`screening::principles`], a function for each,
//!    turns that into the next question or a verdict. The page of that module is the law of the house.
//! 5. Put through, the caller waits while the owner's phone rings. The owner hears who it is and
//!    presses a key; no key means that the caller leaves a message, so that a mobile's own
//!    voicemail cannot swallow such a call.
//!
//! # What stands beside a call
//!
//! The owner's marks ([`store::marks`]), campaigns ([`screening::campaign`]), the hits of rules
//! ([`service::hits`]) and which messages are unheard ([`service::Unheard`]) are kept on shelves of
//! the store, not in the call: nothing that happens to a call can touch them, and no call waits for
//! them.
//!
//! # What must hold
//!
//! * **Fail open.** Whatever breaks behind a verified request, the answer rings the owner.
//! * **Acknowledged is durable**, and the same event twice is one event: a call keeps its whole
//!   timeline, each entry with the event's key and the instructions that answered it.
//! * **No ring is taken for another**: each that is written down has a number that is never given twice
//!   in a call, and keeps what it was given with, whatever the owner settles while the phone rings.
//! * **Every verdict explains itself**: principle, rules, words, points, missing H's, rule version.
//! * **The owner's hand leaves a trace**: what he does with a live call is an event that goes through
//!   `advance` and is written down before the provider is told ([`service::Service::act`]).
//! * **Who lacks a line sees nothing of it**: what shows calls, lists or live events is given a
//!   `web::seen::Seen` and not the house, so that a page cannot forget to ask.
//! * **What a caller says is data**: in markup, pages, logs, files. Only configured destinations
//!   are ever dialled.
//!
//! # What keeps it from failing in silence
//!
//! * Troubles stand on one board ([`telemetry::Alarms`]): in the status, the figures, `portner doctor`,
//!   and told through the owner's webhook when they begin and end.
//! * Beyond what can be served or is to be paid for, [`screening::ring_through`] answers in place of
//!   [`screening::advance`], and writes down the event that really came.
//! * The calls that go on are known in memory too: while the store fails the owner hears who calls and
//!   takes it with his key, and callers in hand come to an end before the program stops.
//! * Work in the background that breaks begins anew ([`service::supervised`]).
//! * What is wrong with the owner's rules does not keep the house from starting: it begins with the shipped
//!   ones and those of his files that can be used, and takes the others when they are mended.
//! * A store that is damaged is set aside, and a new one goes on with a spare copy of the owner's lists
//!   and what can be read of the old one; without that copy everybody rings through.
//! * The provider's own list of calls is a second ledger ([`service::reconcile`]), and a made-up call
//!   goes through the whole house every day. `SECURITY.md` names every threat and its test,
//!   `docs/operations.md` every trouble and what to do.
//!
//! # Where this differs from the first plan
//!
//! * Replies are not stored as markup: the timeline keeps the instructions, and writing them again
//!   gives the same bytes. One value and one write fewer for each event.
//! * The simulator is no provider of its own. `portner call` is a small Twilio with an account of
//!   its own (the key of this machine), so it goes through exactly what Twilio goes through.
//! * Settings live in one file with places for every mistake rather than in flags alone, because
//!   owners edit them.
//! * What an owner settles for a line ([`screening::line::Line`]) lives in `screening`; `config`
//!   reads it from a file and knows `screening`, not the other way round.
//!
//! # How something is added
//!
//! | to add | new | also touched |
//! |---|---|---|
//! | a provider | a folder in `src/providers/` that implements [`providers::Provider`] | its table in `src/config/file/providers.rs` and what must go together beside `config/twilio.rs`; `app`, which makes it, and anew when its settings change. Calls go through it then. `portner connect`, the trial calls, the doctor and the form of the account know Twilio alone so far |
//! | a rule, a phrase, a weight | a table in a file under `rules/` | a new file also in `src/rules/shipped.rs` |
//! | a business to learn from | a folder in `tests/corpus/`, which `build.rs` packs into the program | – (then `portner learn`; under `unseen/` it is only measured by) |
//! | a rule condition | a file in `src/rules/condition/` | two lines in its `mod.rs`; schema and reference are generated (`PORTNER_BLESS=1 cargo test --lib rules::schema`). One that looks at a new fact: also `rules/situation.rs`, and where `screening::dialogue` and `evaluation::lesson` fill it in |
//! | a store | a file or folder in `src/store/` | one arm in [`store::open`], one line in the contract tests |
//! | a command | a file in `src/cli/` with its `Args` and its `run` | three lines in its `mod.rs` (module, variant, arm); a row in the README |
//! | a page of the desk | a file in `src/web/desk/` | one route in its `mod.rs`: under `pages_of_lines` with a `Seen`, or under `pages` for whoever sees everything; one entry in `place.rs` |
//! | a setting | a documented field in `src/config/file/` | what it becomes in [`config::Config`], in the file that checks its subject; the reference is generated. A field in `src/web/desk/settings/` for its form |

#![forbid(unsafe_code)]

pub mod app;
pub mod call;
pub mod cli;
pub mod config;
pub mod evaluation;
pub mod identity;
pub mod opinion;
pub mod outbound;
pub mod providers;
pub mod rules;
pub mod screening;
pub mod service;
pub mod store;
pub mod telemetry;
pub mod transfer;
pub mod web;
