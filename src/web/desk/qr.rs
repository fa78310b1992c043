//! An address as a picture for a telephone's camera: a QR code (ISO/IEC 18004) as inline SVG.

use std::fmt::Write as _;

use fast_qr::{ECL, QRBuilder};
use maud::{Markup, html};

use crate::web::error::Problem;

/// The light border that the standard wants, in modules.
const QUIET: usize = 4;

/// The picture of a text. Always dark on light, whatever the page is.
pub(super) fn picture(text: &str, name: &str) -> Result<Markup, Problem> {
    let code = QRBuilder::new(text).ecl(ECL::M).build();
    let code = code.map_err(Problem::internal)?;
    let mut dark = String::new();
    for row in 0..code.size {
        for (column, module) in code[row].iter().enumerate() {
            if module.value() {
                // Writing to a text cannot fail.
                let _ = write!(dark, "M{} {}h1v1h-1z", column + QUIET, row + QUIET);
            }
        }
    }
    let side = code.size + 2 * QUIET;
    Ok(html! {
        svg class="qr" viewBox={ "0 0 " (side) " " (side) } role="img" aria-label=(name) shape-rendering="crispEdges" {
            rect width=(side) height=(side) fill="#fff" {}
            path d=(dark) fill="#000" {}
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_its_three_corners_and_no_script() {
        let markup = picture("otpauth://totp/Portner:anne?secret=ABC", "<Anne>").unwrap();
        let svg = markup.into_string();
        assert!(
            svg.contains("M4 4h1v1h-1z") && svg.contains("&lt;Anne&gt;"),
            "{svg}"
        );
        assert!(picture(&"x".repeat(10_000), "").is_err());
    }
}
