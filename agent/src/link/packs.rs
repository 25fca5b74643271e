//! Getting the coordinator's pack: its files, as they are. Whether they are the pack that was asked for, whoever loads them
//! finds out.

use plumbline_proto::MAX_MESSAGE_BYTES;
use plumbline_proto::agent_v1::packs_client::PacksClient;
use plumbline_proto::agent_v1::{PackFile, PackRequest};
use plumbline_proto::pack;
use tonic::Code;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;

use super::backoff::Backoff;
use super::identity::Identity;
use super::upload::{Upload, describe, with_timeout};
use super::work::Error;

/// How often a coordinator that cannot be reached is asked.
const ATTEMPTS: u32 = 5;

/// The files of the pack of this digest, over the connection of a job that wants it.
///
/// # Errors
/// That it cannot be had, or not now.
pub(crate) async fn fetch(upload: &Upload, digest: &str) -> Result<Vec<PackFile>, Error> {
    let (channel, identity) = upload.connection();
    let client: PacksClient<InterceptedService<Channel, Identity>> = PacksClient::with_interceptor(channel, identity);
    let mut client = client.max_decoding_message_size(MAX_MESSAGE_BYTES);
    let mut backoff = Backoff::reconnect();
    let mut attempt = 1;
    loop {
        let status = match with_timeout(client.fetch(PackRequest { digest: digest.to_owned() })).await {
            Ok(reply) => {
                let unusable = || Error::UnsupportedPack("what the coordinator sent is no pack".to_owned());
                return pack::unpack(&reply.files).ok_or_else(unusable);
            }
            Err(status) => status,
        };
        match status.code() {
            Code::Unimplemented => {
                let detail =
                    format!("the job wants pack {digest}, and this coordinator gives none: use --pack here, too");
                return Err(Error::UnsupportedPack(detail));
            }
            Code::NotFound | Code::OutOfRange | Code::InvalidArgument => {
                return Err(Error::UnsupportedPack(describe(&status)));
            }
            _ if attempt == ATTEMPTS => {
                return Err(Error::AgentTrouble(format!("get the pack: {}", describe(&status))));
            }
            _ => attempt += 1,
        }
        backoff.wait().await;
    }
}
