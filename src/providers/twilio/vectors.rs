//! Signatures made and checked by Twilio's SDKs for Python 9.13.0 and Node 6.2.0.

use serde_json::Value;

use super::fields::Fields;
use super::signature::{Key, binds_body, holds};

fn file() -> Value {
    let text = include_str!("../../../tests/twilio/signature_vectors.json");
    serde_json::from_str(text).unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

/// Whether we accept the vector's signature over this address and body.
fn accepted(vector: &Value, url: &str, body: Option<&str>) -> bool {
    let secret = text(vector, "key").unwrap();
    let key = match text(vector, "algorithm").unwrap() {
        "HMAC_SHA256" => Key::shared(secret),
        _ => Key::token(secret),
    };
    let fields = pairs(vector);
    let fields: Fields<'_> = fields
        .iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let bound = body.is_none_or(|body| binds_body(&Fields::query(query), body.as_bytes()));
    let signature = text(vector, "signature").unwrap();
    bound && holds(std::iter::once(&key), url, &fields, signature.as_bytes())
}

fn pairs(vector: &Value) -> Vec<(String, String)> {
    let Some(params) = vector.get("params").and_then(Value::as_object) else {
        return Vec::new();
    };
    let values = |value: &Value| match value {
        Value::Array(values) => values.clone(),
        value => vec![value.clone()],
    };
    params
        .iter()
        .flat_map(|(name, value)| {
            let values = values(value).into_iter();
            values.map(move |value| (name.clone(), value.as_str().unwrap().to_owned()))
        })
        .collect()
}

#[test]
fn every_signature_of_the_sdks_holds() {
    let file = file();
    let vectors = file["vectors"].as_array().unwrap();
    assert_eq!(vectors.len(), 11);
    for vector in vectors {
        let url = text(vector, "url").unwrap();
        assert!(accepted(vector, url, text(vector, "body")), "{vector}");
        if text(vector, "algorithm") == Some("HMAC_SHA1") {
            let pairs = pairs(vector);
            let pairs: Vec<_> = pairs
                .iter()
                .map(|(name, value)| (&**name, &**value))
                .collect();
            let made = super::sign(url, &pairs, text(vector, "key").unwrap());
            assert_eq!(Some(&*made), text(vector, "signature"), "{vector}");
        }
    }
}

#[test]
fn variants_hold_as_far_as_we_want_them_to() {
    let file = file();
    let variants = file["variants"].as_array().unwrap();
    assert_eq!(variants.len(), 7);
    for variant in variants {
        let base = variant["base"].as_str().unwrap();
        let vectors = file["vectors"].as_array().unwrap();
        let vector = vectors
            .iter()
            .find(|vector| vector["name"] == base)
            .unwrap();
        let url = text(variant, "url").or(text(vector, "url")).unwrap();
        let suffix = text(variant, "body_suffix").unwrap_or_default();
        let body = text(vector, "body").map(|body| format!("{body}{suffix}"));
        let expected = match text(variant, "name").unwrap() {
            // The SDKs strip any port; we know ours, so a port that is not the scheme's own is
            // another address.
            "signature_without_port_on_url_with_8443" => {
                assert_eq!(variant["expect"], true, "the SDKs accept it");
                false
            }
            _ => variant["expect"].as_bool().unwrap(),
        };
        assert_eq!(
            accepted(vector, url, body.as_deref()),
            expected,
            "{variant}"
        );
    }
}
