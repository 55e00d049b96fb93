//! The one place that decides by the kind of an endpoint.

use std::sync::Arc;

use super::ask::Desk;
use super::local::Local;
use super::route::{Forgetful, Memory};
use super::ssh::{Ssh, SshEnvironment};
use super::tls::TcpEngine;
use super::{Connection, Dial, Stages, Task, Watch};
use crate::domain::failure::{Failure, Stage};
use crate::inventory::spec::{Endpoint, HostSpec};

/// Dials real hosts; shared by all of them, so that keys, files and jump hosts are too.
pub struct Dialer {
    ssh: Ssh,
}

impl Dialer {
    /// With nothing read and nobody contacted yet; questions go to `desk`.
    pub fn new(environment: SshEnvironment, desk: Arc<Desk>) -> Self {
        Self {
            ssh: Ssh::new(environment, desk, Arc::new(Forgetful)),
        }
    }

    /// The same with a memory of the ways to engines.
    pub fn remembering(
        environment: SshEnvironment,
        desk: Arc<Desk>,
        memory: Arc<dyn Memory>,
    ) -> Self {
        Self {
            ssh: Ssh::new(environment, desk, memory),
        }
    }

    /// Lets go of remembered refusals of jump hosts; for the start of a sweep that a person asked for.
    pub fn forget_failures(&self) {
        self.ssh.forget_failures();
    }
}

impl Dial for Dialer {
    fn dial<'a>(
        &'a self,
        spec: &'a HostSpec,
        entered: &'a (dyn Fn(Stage) + Send + Sync),
    ) -> Task<'a, Result<Box<dyn Connection>, Failure>> {
        Box::pin(async move { self.dial_watched(spec, &Stages(entered)).await })
    }

    fn dial_watched<'a>(
        &'a self,
        spec: &'a HostSpec,
        watch: &'a dyn Watch,
    ) -> Task<'a, Result<Box<dyn Connection>, Failure>> {
        Box::pin(async move {
            let connection: Box<dyn Connection> = match &spec.endpoint {
                Endpoint::Ssh { target, socket } => Box::new(
                    self.ssh
                        .dial(spec, target, socket.as_deref(), watch)
                        .await?,
                ),
                Endpoint::Unix { path } => {
                    Box::new(Local::dial(path, spec.connect_timeout, watch).await?)
                }
                Endpoint::Tcp { host, port } => {
                    Box::new(TcpEngine::dial(spec, host, *port, watch).await?)
                }
            };
            Ok(connection)
        })
    }
}
