//! Requests as Twilio sends them, each of a call of its own, signed and written out beforehand.

use portner::providers::twilio::sign;

/// The account that calls.
pub const ACCOUNT: &str = "AC00000000000000000000000000000001";
/// What it signs with.
pub const AUTH_TOKEN: &str = "0123456789abcdef0123456789abcdef";
/// Where it believes to call.
pub const PUBLIC_URL: &str = "https://screen.example.dk";
/// Stands in the answer to every incoming call: it was asked something.
pub const QUESTION: &str = "/webhooks/twilio/heard?turn=1";
/// Stands in every answer.
pub const DOCUMENT: &str = "<Response";

const CALLED: &str = "+4570101010";
/// So many people call.
const CALLERS: u64 = 50_021;

/// What callers say, one after the other.
const ANSWERS: [&str; 4] = [
    "Ja goddag taler jeg med den IT-ansvarlige i virksomheden",
    "Hej det er Lone fra Skive jeg ringer om den faktura I sendte i tirsdags",
    "Goddag jeg ringer fordi vi har et godt tilbud på mobilabonnementer til mindre virksomheder",
    "Ja det er Peter jeg vil gerne høre hvornår min bil er færdig",
];

/// A call comes in.
pub fn incoming(call: u64) -> Vec<u8> {
    request("voice", call, "ringing", &[])
}

/// The caller answered the open question.
pub fn heard(call: u64) -> Vec<u8> {
    let words = ANSWERS[call as usize % ANSWERS.len()];
    let more = [("SpeechResult", words), ("Confidence", "0.9")];
    request("heard?turn=1", call, "in-progress", &more)
}

/// The call is over.
pub fn ended(call: u64) -> Vec<u8> {
    let more = [
        ("CallDuration", "30"),
        ("CallbackSource", "call-progress-events"),
    ];
    request("status", call, "completed", &more)
}

fn request(step: &str, call: u64, status: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let sid = format!("CA{call:032x}");
    let from = format!("+45{}", 71_000_000 + call.wrapping_mul(7_919) % CALLERS);
    let mut fields = vec![
        ("AccountSid", ACCOUNT),
        ("ApiVersion", "2010-04-01"),
        ("CallSid", &sid),
        ("CallStatus", status),
        ("Called", CALLED),
        ("CalledCity", ""),
        ("CalledCountry", "DK"),
        ("CalledState", ""),
        ("CalledZip", ""),
        ("Caller", &from),
        ("CallerCity", ""),
        ("CallerCountry", "DK"),
        ("CallerState", ""),
        ("CallerZip", ""),
        ("Direction", "inbound"),
        ("From", &from),
        ("FromCity", ""),
        ("FromCountry", "DK"),
        ("FromState", ""),
        ("FromZip", ""),
        ("To", CALLED),
        ("ToCity", ""),
        ("ToCountry", "DK"),
        ("ToState", ""),
        ("ToZip", ""),
    ];
    fields.extend_from_slice(more);
    let path = format!("/webhooks/twilio/{step}");
    let signature = sign(&format!("{PUBLIC_URL}{path}"), &fields, AUTH_TOKEN);
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&fields)
        .finish();
    format!(
        "POST {path} HTTP/1.1\r\n\
         Host: screen.example.dk\r\n\
         User-Agent: TwilioProxy/1.1\r\n\
         Accept: */*\r\n\
         Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n\
         X-Twilio-Signature: {signature}\r\n\
         I-Twilio-Idempotency-Token: {sid}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
