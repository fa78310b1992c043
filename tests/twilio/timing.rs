//! A wrong signature is refused as fast however much of it is right: two kinds of wrong ones, sent in
//! random order, must not be told apart by the time it takes (Welch's t, as dudect reckons it:
//! Reparaz, Balasch and Verbauwhede, "Dude, is my code constant time?", 2017).

use std::hint::black_box;
use std::time::Instant;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use portner::providers::twilio::sign;
use portner::providers::{Provider as _, RawRequest};

use crate::{ACCOUNT, CALL, PUBLIC, TOKEN, twilio};

/// So many samples, or as many as `PORTNER_TIMINGS` says.
const SAMPLES: usize = 20_000;
/// From here on it is a leak.
const MOST: f64 = 4.5;

const FIELDS: [(&str, &str); 2] = [("AccountSid", ACCOUNT), ("CallSid", CALL)];
const STEP: &str = "status";

fn right() -> String {
    sign(&format!("{PUBLIC}/webhooks/twilio/{STEP}"), &FIELDS, TOKEN)
}

/// Numbers in no order (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// Times `refuse` on signatures that are wrong in the last byte only, and on ones that are wrong
/// everywhere; the largest t of all samples and of the fastest parts of them.
fn leak(refuse: impl Fn(&RawRequest) -> bool) -> f64 {
    let samples = std::env::var("PORTNER_TIMINGS").map_or(SAMPLES, |count| count.parse().unwrap());
    let right = BASE64_STANDARD.decode(right()).unwrap();
    let mut dice = Dice(1);
    let mut times: Vec<(u32, bool)> = Vec::with_capacity(samples);
    for _ in 0..samples {
        // Both kinds are made alike, so that neither is warmer in the caches.
        let is_near = dice.next() & 1 == 0;
        let random: Vec<u8> = right
            .iter()
            .map(|byte| byte ^ (dice.next() as u8 | 1))
            .collect();
        let mut near = right.clone();
        if let Some(last) = near.last_mut() {
            *last ^= dice.next() as u8 | 1;
        }
        let tag = if is_near { &near } else { &random };
        let request = request(&BASE64_STANDARD.encode(tag));
        let began = Instant::now();
        let refused = black_box(refuse(black_box(&request)));
        let time = began.elapsed();
        assert!(refused);
        times.push((u32::try_from(time.as_nanos()).unwrap_or(u32::MAX), is_near));
    }
    times.drain(..samples / 20);
    let mut sorted: Vec<u32> = times.iter().map(|(time, _)| *time).collect();
    sorted.sort_unstable();
    [0.5, 0.75, 0.9, 0.99, 1.0]
        .map(|part| {
            let at = ((sorted.len() - 1) as f64 * part) as usize;
            let most = sorted[at];
            welch(times.iter().filter(|(time, _)| *time <= most).copied()).abs()
        })
        .into_iter()
        .fold(0.0, f64::max)
}

fn welch(times: impl Iterator<Item = (u32, bool)>) -> f64 {
    let mut kinds = [(0.0_f64, 0.0_f64, 0.0_f64); 2];
    for (time, is_near) in times {
        // Welford's running mean and variance.
        let (count, mean, squares) = &mut kinds[usize::from(is_near)];
        let time = f64::from(time);
        *count += 1.0;
        let off = time - *mean;
        *mean += off / *count;
        *squares += off * (time - *mean);
    }
    let [(n, mean, squares), (m, other, others)] = kinds;
    let variance = squares / (n - 1.0) / n + others / (m - 1.0) / m;
    if variance > 0.0 {
        (mean - other) / variance.sqrt()
    } else {
        0.0
    }
}

fn request(signature: &str) -> RawRequest {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(FIELDS)
        .finish();
    let mut headers = http::HeaderMap::new();
    let form = "application/x-www-form-urlencoded";
    headers.insert("content-type", form.parse().unwrap());
    headers.insert("x-twilio-signature", signature.parse().unwrap());
    RawRequest {
        method: http::Method::POST,
        step: STEP.into(),
        query: String::new(),
        headers,
        body: body.into(),
    }
}

#[test]
fn a_wrong_signature_takes_as_long_however_much_of_it_is_right() {
    let twilio = twilio();
    let t = leak(|request| twilio.receive(request).is_err());
    println!("t = {t:.2}, of at most {MOST}");
    assert!(
        t < MOST,
        "signatures can be guessed byte by byte: t = {t:.2}"
    );
}

/// What would be found if signatures were compared byte by byte until one differs.
#[test]
fn a_comparison_that_stops_at_the_first_difference_is_found_out() {
    let right = right();
    let t = leak(|request| {
        let given = request.headers["x-twilio-signature"].as_bytes();
        let mut both = given.iter().zip(right.as_bytes());
        both.any(|(given, right)| black_box(given) != black_box(right))
    });
    println!("t = {t:.2}");
    assert!(t > MOST, "t = {t:.2}");
}
