//! Where a failing resource comes from, by what its stored document says: its stack set, its stack, a module, what started
//! it, or a policy that it shares with others. Pure.
//!
//! Tags that begin with `aws:` are AWS's own, and nobody else can set them. What is not read, or is no such name, claims
//! nothing.

mod policy;

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::{Doc, Status};

use super::search::tags_of;
use crate::report::ReportRow;
use crate::report::origin::{
    AUTO_SCALING_GROUP, EKS_CLUSTER, IMAGE, LAUNCH_TEMPLATE, MODULE, Origin, POLICY, STACK, STACK_SET,
};

/// Tags by which people name the module that a resource comes from, unless governance names others.
const MODULE_TAGS: [&str; 6] =
    ["terraform-module", "terraform_module", "TerraformModule", "tf-module", "tf_module", "iac-module"];

/// What CloudFormation calls the stacks of a stack set: `StackSet-NAME-` and a UUID.
const OF_STACK_SET: &str = "StackSet-";

/// Members of an instance that its image decides, unless somebody says otherwise when it starts.
const OF_IMAGE: [&str; 3] = ["resource.ImageId", "resource.MetadataOptions", "resource.BlockDeviceMappings"];

/// Which tags name modules.
#[derive(Clone, Debug)]
pub(super) struct Origins {
    module_tags: Vec<Arc<str>>,
}

impl Origins {
    /// Those that governance names, or the usual ones.
    pub(super) fn new(module_tags: &[Arc<str>]) -> Self {
        let usual = || MODULE_TAGS.into_iter().map(Arc::from).collect();
        Self { module_tags: if module_tags.is_empty() { usual() } else { module_tags.to_vec() } }
    }

    /// Where a failing row's resource comes from; `None` where nothing says it.
    pub(super) fn of(&self, row: &ReportRow, document: &Doc) -> Option<Origin> {
        if row.status != Status::Fail {
            return None;
        }
        let tags = tags_of(document).unwrap_or_default();
        let by_tag = || self.by_tag(row, &tags);
        let image = || document.get("ImageId").as_str().filter(|_| is_of_image(row));
        let by_policy = || policy::shared(row, document).map(|hash| Origin::new(POLICY, &hash));
        by_tag().or_else(|| image().map(|image| Origin::new(IMAGE, image))).or_else(by_policy)
    }

    fn by_tag(&self, row: &ReportRow, tags: &BTreeMap<String, String>) -> Option<Origin> {
        let tag = |key: &str| tags.get(key).map(String::as_str).filter(|value| !value.is_empty());
        let stack = tag("aws:cloudformation:stack-name");
        if let Some(set) = stack.and_then(stack_set) {
            return Some(Origin::new(STACK_SET, set));
        }
        // Names are taken again in every account and Region; ids are not.
        let local = |kind, name: &str| Origin::new(kind, &format!("{}/{}/{name}", row.account, row.region));
        if let Some(id) = tag("aws:cloudformation:stack-id") {
            return Some(Origin::new(STACK, id));
        }
        let stack = stack.map(|name| Origin::new(STACK, &format!("{}:{}/{name}", row.account, row.region)));
        let module = || self.module_tags.iter().find_map(|key| tag(key)).map(|module| Origin::new(MODULE, module));
        let template = || tag("aws:ec2launchtemplate:id").map(|id| Origin::new(LAUNCH_TEMPLATE, id));
        let group = || tag("aws:autoscaling:groupName").map(|name| local(AUTO_SCALING_GROUP, name));
        let cluster = || tag("aws:eks:cluster-name").map(|name| local(EKS_CLUSTER, name));
        stack.or_else(module).or_else(template).or_else(group).or_else(cluster)
    }
}

/// Whether an instance fails by what its image may say.
fn is_of_image(row: &ReportRow) -> bool {
    let is_said = |path: &str| OF_IMAGE.iter().any(|member| path.starts_with(member));
    &*row.resource_type == "AWS::EC2::Instance" && row.evidence.iter().any(|evidence| is_said(&evidence.path))
}

/// The name of the stack set that made a stack; `None` for any other stack.
fn stack_set(stack: &str) -> Option<&str> {
    let rest = stack.strip_prefix(OF_STACK_SET)?;
    let (name, id) = rest.split_at_checked(rest.len().checked_sub(37)?)?;
    let groups: Vec<usize> = id.strip_prefix('-')?.split('-').map(str::len).collect();
    let is_id = groups == [8, 4, 4, 4, 12] && id.bytes().all(|each| each == b'-' || each.is_ascii_hexdigit());
    (is_id && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests;
