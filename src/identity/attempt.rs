//! One try at logging in, bound to the browser that began it: everything that must come back or be
//! shown later follows from one secret, which only that browser keeps.

use aws_lc_rs::{constant_time, digest, rand};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};

use super::IdentityError;

const SECRET_BYTES: usize = 32;

/// A try at logging in.
#[derive(Clone)]
pub struct Attempt {
    secret: [u8; SECRET_BYTES],
}

impl Attempt {
    /// A new one.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub fn new() -> Result<Self, IdentityError> {
        let mut secret = [0; SECRET_BYTES];
        rand::fill(&mut secret).map_err(|_| IdentityError::NoRandomness)?;
        Ok(Self { secret })
    }

    /// The one that a browser kept.
    #[must_use]
    pub fn kept(text: &str) -> Option<Self> {
        let secret = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let secret = secret.try_into().ok()?;
        Some(Self { secret })
    }

    /// What the browser is to keep, and nobody else to see.
    #[must_use]
    pub fn to_keep(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.secret)
    }

    /// What the provider gives back with the browser (`state`).
    #[must_use]
    pub fn state(&self) -> String {
        self.part("state")
    }

    /// Whether this came back with the browser that began.
    #[must_use]
    pub fn began(&self, state: &str) -> bool {
        let own = self.state();
        constant_time::verify_slices_are_equal(own.as_bytes(), state.as_bytes()).is_ok()
    }

    /// What the ID token must hold (`nonce`).
    pub(super) fn nonce(&self) -> String {
        self.part("nonce")
    }

    /// What is shown with the code (PKCE, RFC 7636), so that a stolen code is worth nothing.
    pub(super) fn verifier(&self) -> String {
        self.part("verifier")
    }

    /// What the provider is told of the verifier beforehand.
    pub(super) fn challenge(&self) -> String {
        let hash = digest::digest(&digest::SHA256, self.verifier().as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(hash)
    }

    fn part(&self, name: &str) -> String {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(name.as_bytes());
        context.update(&self.secret);
        BASE64_URL_SAFE_NO_PAD.encode(context.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_is_known_again_by_what_the_browser_kept() {
        let one = Attempt::new().unwrap();
        let other = Attempt::new().unwrap();
        let again = Attempt::kept(&one.to_keep()).unwrap();
        assert!(again.began(&one.state()) && !other.began(&one.state()));
        assert_eq!(again.verifier(), one.verifier());
        let parts = [
            one.state(),
            one.nonce(),
            one.verifier(),
            one.challenge(),
            one.to_keep(),
        ];
        for (at, part) in parts.iter().enumerate() {
            assert_eq!(part.len(), 43);
            assert!(!parts[..at].contains(part));
        }
        assert!(Attempt::kept("").is_none() && Attempt::kept("YQ").is_none());
    }
}
