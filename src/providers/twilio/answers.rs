//! What Twilio's REST interface answers, as far as it matters.

use serde::Deserialize;

/// An answer of which only the success matters.
#[derive(Deserialize)]
pub struct Ignored {}

#[derive(Deserialize)]
pub struct Message {
    pub sid: String,
}

#[derive(Deserialize)]
pub struct Lookup {
    pub valid: bool,
    pub validation_errors: Option<Vec<String>>,
    pub country_code: Option<String>,
    pub national_format: Option<String>,
    pub line_type_intelligence: Option<LineType>,
    pub caller_name: Option<CallerName>,
}

/// Where Twilio could not find out, an `error_code` stands here and all else is null.
#[derive(Default, Deserialize)]
pub struct LineType {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub carrier_name: Option<String>,
}

#[derive(Default, Deserialize)]
pub struct CallerName {
    pub caller_name: Option<String>,
}

#[derive(Deserialize)]
pub struct NumberPage {
    pub incoming_phone_numbers: Vec<IncomingNumber>,
}

#[derive(Deserialize)]
pub struct CallPage {
    pub calls: Vec<ListedCall>,
    pub next_page_uri: Option<String>,
}

#[derive(Deserialize)]
pub struct ListedCall {
    pub sid: String,
    pub from: Option<String>,
    pub to: Option<String>,
    pub direction: Option<String>,
    pub parent_call_sid: Option<String>,
    pub status: Option<String>,
    pub start_time: Option<String>,
    pub duration: Option<String>,
}

#[derive(Deserialize)]
pub struct IncomingNumber {
    pub sid: String,
    pub phone_number: String,
    pub voice_url: Option<String>,
    pub voice_fallback_url: Option<String>,
    pub status_callback: Option<String>,
    pub voice_application_sid: Option<String>,
    pub trunk_sid: Option<String>,
}

impl IncomingNumber {
    /// The application that takes the calls in place of the voice address.
    pub fn application(&self) -> Option<&str> {
        let sid = self.voice_application_sid.as_deref();
        sid.filter(|sid| !sid.is_empty())
    }

    /// The trunk that takes the calls in place of the voice address.
    pub fn trunk(&self) -> Option<&str> {
        self.trunk_sid.as_deref().filter(|sid| !sid.is_empty())
    }

    /// What takes the calls in place of the voice address, in words.
    pub fn elsewhere(&self) -> Option<String> {
        let application = self.application().map(|sid| format!("application {sid}"));
        application.or_else(|| self.trunk().map(|sid| format!("trunk {sid}")))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Problem {
    pub code: Option<u32>,
    pub message: Option<String>,
}
