//! Which service logs what, and where it can go. The checked form of an entry of `log-sources/<family>.yaml`.

/// A source of logs. Texts are empty where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogSource {
    /// `cloudtrail-management`: unique, and never reused.
    pub id: String,
    /// The file's name: sources that belong together.
    pub family: String,
    /// What the sources of its file have in common.
    pub family_title: String,
    /// What is logged.
    pub source: String,
    /// The type of resource that it is switched on for, as CloudFormation calls it.
    pub resource_type: String,
    /// What one setting covers.
    pub scope: String,
    /// Where it can be delivered: `cloudwatch-logs`, `s3`, `firehose`.
    pub destinations: Vec<String>,
    /// Where else it can be had.
    pub other: String,
    /// What a record looks like.
    pub format: String,
    /// How late it comes.
    pub latency: String,
    /// What there is before anybody does anything.
    pub default: String,
    /// When it is on, in the API's words.
    pub on_when: String,
    /// The call that tells.
    pub check_call: String,
    /// What says that it is not delivered.
    pub health: String,
    /// How the organization can switch it on for all.
    pub organization_setting: String,
    /// What the destination has to allow.
    pub destination_needs: String,
    /// What people trip over.
    pub trap: String,
}
