//! Style, script and icon. An address changes with what lies at it, so that it may be kept for
//! good.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use crate::web::App;
use crate::web::auth::sha256;

/// Something that pages ask for.
pub(super) struct Asset {
    path: &'static str,
    content_type: &'static str,
    content: &'static str,
}

/// How pages look.
pub(super) const STYLE: Asset = Asset {
    path: "/assets/portner.css",
    content_type: "text/css; charset=utf-8",
    content: include_str!("../assets/portner.css"),
};

/// What every page shares.
pub(super) const DESK: Asset = script("/assets/desk.js", include_str!("../assets/desk.js"));

/// What shows calls as they go.
pub(super) const NOW: Asset = script("/assets/now.js", include_str!("../assets/now.js"));

/// What takes dropped files.
pub(super) const LISTS: Asset = script("/assets/lists.js", include_str!("../assets/lists.js"));

/// The editor of rules.
pub(super) const RULES: Asset = script("/assets/rules.js", include_str!("../assets/rules.js"));

/// Speaking and hearing in a trial call.
pub(super) const TRY: Asset = script("/assets/try.js", include_str!("../assets/try.js"));

/// What lets texts be heard.
pub(super) const SETTINGS: Asset =
    script("/assets/settings.js", include_str!("../assets/settings.js"));

/// What fills a row of the log; goes before the scripts that show some.
pub(super) const ROW: Asset = script("/assets/row.js", include_str!("../assets/row.js"));

/// What keeps the log up to date.
pub(super) const LIVE: Asset = script("/assets/live.js", include_str!("../assets/live.js"));

/// The picture in the browser's tab.
pub(super) const ICON: Asset = Asset {
    path: "/assets/icon.svg",
    content_type: "image/svg+xml",
    content: include_str!("../assets/icon.svg"),
};

const ALL: [&Asset; 10] = [
    &STYLE, &DESK, &ROW, &LIVE, &NOW, &LISTS, &RULES, &SETTINGS, &TRY, &ICON,
];

const fn script(path: &'static str, content: &'static str) -> Asset {
    Asset {
        path,
        content_type: "text/javascript; charset=utf-8",
        content,
    }
}

impl Asset {
    /// Where it is, with its version.
    pub(super) fn address(&self) -> String {
        let hash = hex::encode(&sha256(self.content).as_ref()[..6]);
        format!("{}?{hash}", self.path)
    }
}

/// What answers without login, since the login page needs it.
pub(in crate::web) fn assets() -> Router<App> {
    ALL.into_iter().fold(Router::new(), |router, asset| {
        let answer = move || async move {
            (
                [
                    (header::CONTENT_TYPE, asset.content_type),
                    (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
                ],
                asset.content,
            )
                .into_response()
        };
        router.route(asset.path, get(answer))
    })
}
