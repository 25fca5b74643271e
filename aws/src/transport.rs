//! From a prepared request to an answer, through the AWS SDK's own runtime: signing, retries, time-outs, connections.
