//! The client that callers hold: it makes sessions, and single calls outside any job. Connections, budgets and what is
//! in flight are the client's, and so shared by all of them; it must not know how a call is made.

use std::fmt;
use std::sync::Arc;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use plumbline_baseline::Doc;

use crate::admission::Admission;
use crate::attempts::Patience;
use crate::error::CallError;
use crate::http;
use crate::options::Options;
use crate::pages::Pages;
use crate::scope::Scope;
use crate::session::{Session, Shared};
use crate::target::Target;

/// Calls AWS. Cheap to clone; clones share connections, request budgets and the calls in flight. One process wants
/// one, so that what it learns of AWS and what it takes from an account is the same for all its parts.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

impl Client {
    /// A client with these options.
    pub fn new(options: Options) -> Self {
        let admission = Admission::new(options.calls_in_flight, options.budgets);
        let patience = Patience {
            attempts: options.max_attempts,
            attempt_timeout: options.attempt_timeout,
            call_timeout: options.call_timeout,
            longest_pause: options.max_backoff,
            jitter: options.jitter.clone(),
        };
        let room = options.body_room.clone();
        let connector = http::connector(&options.http_client, options.connect_timeout, options.body_cap, room);
        Self { shared: Arc::new(Shared { options, connector, admission, patience }) }
    }

    /// The options it was made with.
    pub fn options(&self) -> &Options {
        &self.shared.options
    }

    /// Others call the same account: from now on so much of its request budgets in a Region is this client's, in parts per
    /// thousand. Without a Region, of what is called outside the Regions of its jobs, and by jobs for the account as a
    /// whole.
    pub fn set_share(&self, account: &str, region: Option<&str>, permille: u32) {
        self.shared.admission.set_share(account, region, permille);
    }

    /// All budgets are this client's alone again.
    pub fn forget_shares(&self) {
        self.shared.admission.forget_shares();
    }

    /// The calls of one job.
    pub fn session(&self, target: Target, scope: Scope) -> Session {
        Session::new(Arc::clone(&self.shared), target, scope)
    }

    /// Makes one call outside any job; whoever makes several keeps a [`session`](Self::session).
    ///
    /// # Errors
    /// When the call fails after every retry; the class says what that means for a scan.
    pub async fn call(&self, target: &Target, service: &str, operation: &str, input: &Doc) -> Result<Doc, CallError> {
        self.alone(target).call(service, operation, input).await
    }

    /// The pages of a listing outside any job.
    pub fn pages(&self, target: &Target, service: &str, operation: &str, input: Doc) -> Pages {
        Pages::new(self.alone(target), service, operation, input)
    }

    /// Makes a call of a typed SDK crate outside any job: see [`Session::typed`].
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn typed<T, E, F>(
        &self,
        target: &Target,
        service: &'static str,
        operation: &'static str,
        send: impl Fn() -> F,
    ) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        self.alone(target).typed(service, operation, send).await
    }

    fn alone(&self, target: &Target) -> Session {
        self.session(target.clone(), Scope::default())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("options", &self.shared.options).finish()
    }
}
