//! What is said when nothing that was offered got anybody in.

use russh::{MethodKind, MethodSet};

use super::auth::Attempt;
use crate::domain::failure::{Failure, FailureClass, Stage};

impl Attempt<'_> {
    pub(super) fn causes(&self) -> Vec<String> {
        self.refused
            .iter()
            .map(|(_, label)| format!("refused: {label}"))
            .chain(self.notes.iter().cloned())
            .map(|cause| crate::domain::text::clean(&cause))
            .collect()
    }

    pub(super) fn failure(&self) -> Failure {
        let (whom, user) = (&self.whom, self.user);
        let takes = self.methods.as_ref().map_or_else(String::new, |methods| {
            format!("; it takes {}", names(methods))
        });
        let no_keys_taken = self
            .methods
            .as_ref()
            .is_some_and(|methods| !methods.contains(&MethodKind::PublicKey));
        if self.partial {
            let methods = self.methods.as_ref().map_or_else(String::new, names);
            let mut failure = Failure::new(
                FailureClass::Auth,
                Stage::Authentication,
                format!("{whom} accepted the key of {user} but asks for more: {methods}"),
                "run it on a terminal to be asked, or give this account a login by key alone (AuthenticationMethods in \
                 sshd_config)",
            );
            failure.causes.clone_from(&self.notes);
            return failure;
        }
        let message = match self.refused.len() {
            _ if no_keys_taken => format!("{whom} takes no keys from {user}{takes}"),
            0 => format!("there is no key to offer to {whom} as {user}{takes}"),
            1 => format!("{whom} refused the key of {user}{takes}"),
            n => format!("{whom} refused all {n} keys of {user}{takes}"),
        };
        let hint = match &self.locked {
            _ if no_keys_taken => {
                "look at PubkeyAuthentication and AuthenticationMethods in its sshd_config".to_owned()
            }
            Some(path) => format!("unlock the key for the agent: ssh-add {}", path.display()),
            None if self.refused.is_empty() && !self.target.identity_files.is_empty() => {
                "correct identity_file in the inventory, or put the key there".to_owned()
            }
            None if self.refused.is_empty() => {
                "start an agent and add a key to it, or name a key file with identity_file in the inventory"
                    .to_owned()
            }
            None => format!(
                "check the user name, and that one of these keys stands in ~{user}/.ssh/authorized_keys on the host"
            ),
        };
        let mut failure = Failure::new(FailureClass::Auth, Stage::Authentication, message, hint);
        failure.causes = self.causes();
        failure
    }
}

fn names(methods: &MethodSet) -> String {
    let names: Vec<&str> = methods.iter().map(Into::into).collect();
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}
