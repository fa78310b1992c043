//! What somebody may do, and where: on every line and with the installation itself, or on the
//! lines that are named, on each as its owner or as a viewer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::call::LineId;

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::web) enum Role {
    /// Look.
    Viewer,
    /// Everything.
    Owner,
}

/// What somebody may do, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(in crate::web) enum Rights {
    /// On every line, those to come too, and with what belongs to no line: rules, settings,
    /// accounts.
    Everywhere(Role),
    /// On these lines alone.
    Lines(BTreeMap<LineId, Role>),
}

/// What a page or an address wants of whoever comes to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Needs {
    /// It concerns the installation: whoever looks sees everything, whoever changes owns it.
    Everything,
    /// It gives out what is kept of the installation, the secrets of accounts too: whoever comes owns it,
    /// and that he came is written down.
    Ownership,
    /// It concerns lines, and asks line by line itself: whoever changes owns one of them.
    SomeLine,
    /// It concerns whoever comes.
    Oneself,
}

impl Rights {
    /// What he may do on this line; nothing, where he has no business.
    pub(in crate::web) fn on(&self, line: &LineId) -> Option<Role> {
        match self {
            Self::Everywhere(role) => Some(*role),
            Self::Lines(lines) => lines.get(line).copied(),
        }
    }

    /// What he may do with the installation itself.
    pub(in crate::web) fn everywhere(&self) -> Option<Role> {
        match self {
            Self::Everywhere(role) => Some(*role),
            Self::Lines(_) => None,
        }
    }

    /// The most that he may do anywhere.
    fn most(&self) -> Option<Role> {
        match self {
            Self::Everywhere(role) => Some(*role),
            Self::Lines(lines) => lines.values().copied().max(),
        }
    }

    /// Whether he owns the installation.
    pub(in crate::web) fn own_everything(&self) -> bool {
        self.everywhere() == Some(Role::Owner)
    }

    /// Whether they are enough to look at something, or to change it.
    pub(in crate::web) fn meet(&self, needs: Needs, changes: bool) -> bool {
        let least = if changes { Role::Owner } else { Role::Viewer };
        match needs {
            Needs::Everything => self.everywhere() >= Some(least),
            Needs::Ownership => self.own_everything(),
            Needs::SomeLine => self.most() >= Some(least),
            Needs::Oneself => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(lines: &[(&str, Role)]) -> Rights {
        let named = |(line, role): &(&str, Role)| (LineId((*line).to_owned()), *role);
        Rights::Lines(lines.iter().map(named).collect())
    }

    #[test]
    fn a_line_gives_nothing_beyond_itself() {
        let rights = on(&[("shop", Role::Owner), ("home", Role::Viewer)]);
        let line = |name: &str| rights.on(&LineId(name.to_owned()));
        assert_eq!(line("shop"), Some(Role::Owner));
        assert_eq!(line("home"), Some(Role::Viewer));
        assert_eq!(line("other"), None);
        assert!(!rights.meet(Needs::Everything, false));
        assert!(rights.meet(Needs::SomeLine, true));
        assert!(!on(&[("shop", Role::Viewer)]).meet(Needs::SomeLine, true));
        assert!(!on(&[]).meet(Needs::SomeLine, false));
        assert!(on(&[]).meet(Needs::Oneself, true));
    }

    #[test]
    fn whoever_looks_at_everything_changes_nothing() {
        let viewer = Rights::Everywhere(Role::Viewer);
        for needs in [Needs::Everything, Needs::SomeLine] {
            assert!(viewer.meet(needs, false) && !viewer.meet(needs, true));
            assert!(Rights::Everywhere(Role::Owner).meet(needs, true));
        }
        assert!(!viewer.meet(Needs::Ownership, false));
        assert!(Rights::Everywhere(Role::Owner).meet(Needs::Ownership, false));
    }

    #[test]
    fn accounts_of_before_keep_their_role() {
        let read = |text: &str| serde_json::from_str::<Rights>(text).unwrap();
        assert_eq!(read("\"owner\""), Rights::Everywhere(Role::Owner));
        assert_eq!(read("\"viewer\""), Rights::Everywhere(Role::Viewer));
        assert_eq!(read(r#"{"shop":"viewer"}"#), on(&[("shop", Role::Viewer)]));
    }
}
