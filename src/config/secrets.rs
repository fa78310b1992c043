//! A settings file that can be shown: every secret in it replaced by a mark that says which one it
//! was, and put back when the text comes back.

use aws_lc_rs::hmac;

use super::read::secret_values;

/// What every mark begins with.
const MARK: &str = "••••";
/// How many digits of the keyed hash tell one secret from another.
const DIGITS: usize = 10;

/// The text with every secret replaced by a mark. The same secret has the same mark, so that
/// comparing two texts says nothing that is not so; without the key a mark says nothing.
#[must_use]
pub fn hide(text: &str, key: &[u8]) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for span in secret_values(text) {
        shown.push_str(&text[at..span.start]);
        shown.push_str(&mark(&text[span.clone()], key));
        at = span.end;
    }
    shown.push_str(&text[at..]);
    shown
}

/// The text with every mark replaced by the secret that it stands for in the file.
///
/// # Errors
/// The line, from 1, of a mark that stands for nothing in the file any more.
///
/// ```
/// use portner::config::{hide, reveal};
/// let file = "[providers.twilio]\nauth_token = \"abc\"\n";
/// let shown = hide(file, b"key");
/// assert!(!shown.contains("abc"));
/// assert_eq!(reveal(&shown, file, b"key").unwrap(), file);
/// assert_eq!(reveal(&shown, "", b"key"), Err(2));
/// ```
pub fn reveal(text: &str, file: &str, key: &[u8]) -> Result<String, usize> {
    let secrets: Vec<(String, &str)> = secret_values(file)
        .into_iter()
        .map(|span| (mark(&file[span.clone()], key), &file[span]))
        .collect();
    let mut revealed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(MARK) {
        revealed.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = secrets.iter().find(|(mark, _)| rest.starts_with(mark));
        let Some((mark, secret)) = known else {
            return Err(revealed.matches('\n').count() + 1);
        };
        revealed.push_str(secret);
        rest = &rest[mark.len()..];
    }
    revealed.push_str(rest);
    Ok(revealed)
}

fn mark(secret: &str, key: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let tag = hex::encode(hmac::sign(&key, secret.as_bytes()).as_ref());
    format!("{MARK}{}", &tag[..DIGITS])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_left_wherever_it_stands() {
        let file = "# auth_token = \"old one\"\n[providers]\ntwilio = { auth_token = \"s3cret\", voice_da = \"A\" }\n\n[notify]\nsecret = '''\nwhsec_x'''\nsilence_hours = 3 # token\n";
        let shown = hide(file, b"key");
        for secret in ["old one", "s3cret", "whsec_x"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains("voice_da = \"A\"") && shown.contains("silence_hours = 3 # token"));
        assert_eq!(reveal(&shown, file, b"key").unwrap(), file);
        assert_eq!(
            reveal(
                &shown.replace("silence_hours = 3", "silence_hours = 4"),
                file,
                b"key"
            )
            .unwrap(),
            file.replace("= 3", "= 4")
        );
        assert_ne!(hide(file, b"other"), shown);
    }

    #[test]
    fn a_broken_file_hides_its_secrets_too() {
        let file = "[providers.twilio\nauth_token = \"s3cret\"\napi_key_secret = 12345\nx = = \n";
        let shown = hide(file, b"key");
        assert!(
            !shown.contains("s3cret") && !shown.contains("12345"),
            "{shown}"
        );
        assert_eq!(reveal(&shown, file, b"key").unwrap(), file);
        assert!(reveal("auth_token = \"••••0000000000\"", file, b"key").is_err());
    }

    proptest::proptest! {
        #[test]
        fn hiding_is_undone(file in "([a-z_]{0,6}(token|secret)? ?[=#\\[\\]]? ?[\"']?[a-zæø]{0,5}[\"']?\n){0,8}") {
            let shown = hide(&file, b"key");
            proptest::prop_assert_eq!(reveal(&shown, &file, b"key").unwrap(), file);
        }
    }
}
