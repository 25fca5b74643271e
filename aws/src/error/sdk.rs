//! Errors of the AWS SDK's runtime in our words: what AWS said, or what went wrong on the way there, once and without the
//! runtime's own layers. Every text of an SDK error is made here; none is its debug form.

use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};

use super::causes;

/// What went wrong, without what AWS said: that is a code and a message, which callers show in their own place.
pub(crate) fn text<E, R>(error: &SdkError<E, R>) -> String
where
    E: std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    // The outer layers say "dispatch failure" and "io error"; their causes say what happened.
    let mut cause = std::error::Error::source(error);
    while let Some(layer) = cause.filter(|layer| layer.is::<ConnectorError>()) {
        cause = layer.source();
    }
    match (error, cause) {
        (SdkError::TimeoutError(_), _) => "AWS did not answer in time".to_owned(),
        (_, Some(cause)) => causes(cause),
        (_, None) => causes(error),
    }
}
