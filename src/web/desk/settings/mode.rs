//! Whether a line screens or only listens, changed with one tap: written as the form of the line
//! would write it.

use std::time::Duration;

use super::field::{Posted, changes};
use super::line::MODE;
use super::page::{FormPage, LinePage};
use super::read_sheet;
use super::show::no_line;
use crate::call::{Language, LineId, bilingual};
use crate::config::amend;
use crate::screening::line::Mode;
use crate::web::App;
use crate::web::error::Problem;
use crate::web::settings::{self as files, NotSaved};

/// How long the answer waits for the change to be in force; it will be all the same.
const PATIENCE: Duration = Duration::from_secs(3);

/// How a mode is called in the file and in addresses.
pub(in crate::web::desk) fn word(mode: Mode) -> &'static str {
    match mode {
        Mode::Listen => "listen",
        Mode::Screen => "screen",
    }
}

/// Has a line listen or screen from now on. What is told of a failure has nothing of the file in
/// it: whoever owns one line does not see the settings.
pub(in crate::web::desk) async fn put(
    app: &App,
    line: &LineId,
    mode: Mode,
    by: &str,
) -> Result<(), Problem> {
    let current = files::read(app).await?;
    let sheet = read_sheet(app, &current.text).map_err(|_| not_as_it_is())?;
    let page = FormPage::of_line(&line.0, LinePage::Calls, "", Language::Da);
    let base = page.base(&sheet).ok_or_else(no_line)?;
    let chosen = Posted(vec![("mode".to_owned(), word(mode).to_owned())]);
    let changes = changes([&MODE], &chosen, &sheet, &base);
    let text = amend(&current.text, &changes).ok_or_else(not_as_it_is)?;
    match files::save(app, current.hash, text, by).await? {
        Ok(()) => {}
        Err(NotSaved::Changed(_)) => {
            return Err(Problem::conflict(bilingual!(
                "indstillingerne blev ændret imens; prøv igen",
                "the settings were changed meanwhile; try again"
            )));
        }
        Err(NotSaved::Wrong(_)) => return Err(not_as_it_is()),
        Err(NotSaved::Unwritable(why)) => return Err(Problem::conflict(why)),
    }
    wait_for(app, line, mode).await;
    Ok(())
}

fn not_as_it_is() -> Problem {
    Problem::conflict(bilingual!(
        "indstillingernes fil skal rettes, før linjen kan skifte",
        "the settings file must be mended before the line can change"
    ))
    .hint(bilingual!(
        "se på den under Indstillinger, Filen",
        "look at it under Settings, The file"
    ))
}

/// Waits until the line does so, for a moment.
async fn wait_for(app: &App, line: &LineId, mode: Mode) {
    let is_in_force = || {
        let policies = app.state.service.policies();
        let mut lines = policies.lines().iter().map(|policy| &policy.line);
        policies.trouble().is_some() || lines.any(|own| own.id == *line && own.mode == mode)
    };
    let until = tokio::time::Instant::now() + PATIENCE;
    while !is_in_force() && tokio::time::Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
