//! EC2: Regions, settings, and the Describe operations with ids and filters.

use plumbline_baseline::Doc;

use super::{Answer, ApiError, Asked};

/// Listings: operation, resource type, the output's list, the input's list of ids, the id member, the error for an
/// id that does not exist.
const LISTINGS: [(&str, &str, &str, &str, &str, &str); 10] = [
    ("DescribeVolumes", "AWS::EC2::Volume", "Volumes", "VolumeIds", "VolumeId", "InvalidVolume.NotFound"),
    ("DescribeSnapshots", "AWS::EC2::Snapshot", "Snapshots", "SnapshotIds", "SnapshotId", "InvalidSnapshot.NotFound"),
    (
        "DescribeSecurityGroups",
        "AWS::EC2::SecurityGroup",
        "SecurityGroups",
        "GroupIds",
        "GroupId",
        "InvalidGroup.NotFound",
    ),
    (
        "DescribeManagedPrefixLists",
        "AWS::EC2::PrefixList",
        "PrefixLists",
        "PrefixListIds",
        "PrefixListId",
        "InvalidPrefixListID.NotFound",
    ),
    ("DescribeVpcs", "AWS::EC2::VPC", "Vpcs", "VpcIds", "VpcId", "InvalidVpcID.NotFound"),
    ("DescribeSubnets", "AWS::EC2::Subnet", "Subnets", "SubnetIds", "SubnetId", "InvalidSubnetID.NotFound"),
    (
        "DescribeNetworkAcls",
        "AWS::EC2::NetworkAcl",
        "NetworkAcls",
        "NetworkAclIds",
        "NetworkAclId",
        "InvalidNetworkAclID.NotFound",
    ),
    (
        "DescribeRouteTables",
        "AWS::EC2::RouteTable",
        "RouteTables",
        "RouteTableIds",
        "RouteTableId",
        "InvalidRouteTableID.NotFound",
    ),
    ("DescribeFlowLogs", "AWS::EC2::FlowLog", "FlowLogs", "FlowLogIds", "FlowLogId", "InvalidFlowLogId.NotFound"),
    (
        "DescribeNetworkInterfaces",
        "AWS::EC2::NetworkInterface",
        "NetworkInterfaces",
        "NetworkInterfaceIds",
        "NetworkInterfaceId",
        "InvalidNetworkInterfaceID.NotFound",
    ),
];

pub(super) fn answer(asked: &Asked<'_>) -> Answer {
    let operation = asked.call.operation.as_str();
    Some(match operation {
        "DescribeRegions" => Ok(regions(asked)),
        "GetEbsEncryptionByDefault" => {
            let settings = asked.here("AWS::EC2::RegionSettings").into_iter().next().unwrap_or_default();
            let is_on = settings.get("EbsEncryptionByDefault").as_bool().unwrap_or(false);
            Ok(Doc::map([("EbsEncryptionByDefault", Doc::Bool(is_on))]))
        }
        "GetSnapshotBlockPublicAccessState" => {
            let settings = asked.here("AWS::EC2::RegionSettings").into_iter().next().unwrap_or_default();
            let state = settings.get("SnapshotBlockPublicAccess").as_str().unwrap_or("unblocked");
            Ok(Doc::map([("State", Doc::from(state)), ("ManagedBy", Doc::from("account"))]))
        }
        "DescribeInstances" => Ok(Doc::map([("Reservations", reservations(asked))])),
        "DescribeSnapshotAttribute" => snapshot_attribute(asked),
        "GetManagedPrefixListEntries" => prefix_list_entries(asked),
        _ => {
            let (_, type_name, output, ids, id, error) = LISTINGS.iter().find(|(name, ..)| *name == operation)?;
            let mut items: Vec<Doc> = asked.here(type_name);
            if operation == "DescribeSnapshots" {
                items.extend(foreign_snapshot(asked));
                items.retain(|snapshot| is_restorable(&asked.call.input, snapshot));
            }
            let items = items.into_iter().filter(|item| passes_filters(&asked.call.input, item)).collect();
            chosen(items, asked.call.input.get(ids), id, error).map(|items| Doc::map([(*output, Doc::List(items))]))
        }
    })
}

/// All Regions with `AllRegions`, else those that the account has.
fn regions(asked: &Asked<'_>) -> Doc {
    let wants_all = asked.call.input.get("AllRegions").as_bool() == Some(true);
    let listed = asked.regions().into_iter().filter(|(_, status)| wants_all || *status != "not-opted-in");
    let docs = listed.map(|(name, status)| {
        Doc::map([
            ("OptInStatus", Doc::from(status)),
            ("RegionName", Doc::from(name.as_str())),
            ("Endpoint", Doc::from(format!("ec2.{name}.amazonaws.com"))),
        ])
    });
    Doc::map([("Regions", Doc::List(docs.collect()))])
}

/// Without an owner, DescribeSnapshots lists every public snapshot of the Region as well.
fn foreign_snapshot(asked: &Asked<'_>) -> Option<Doc> {
    let owners = asked.call.input.get("OwnerIds").as_list().unwrap_or_default();
    owners.is_empty().then(|| {
        Doc::map([
            ("SnapshotId", Doc::from("snap-0fffffffffffffff0")),
            ("OwnerId", Doc::from("099720109477")),
            ("State", Doc::from("completed")),
            ("VolumeSize", Doc::Int(8)),
            ("Encrypted", Doc::Bool(false)),
            ("StartTime", Doc::from("2024-01-01T00:00:00Z")),
        ])
    })
}

/// `RestorableByUserIds: [all]` chooses the snapshots that everybody may restore.
fn is_restorable(input: &Doc, snapshot: &Doc) -> bool {
    let users = input.get("RestorableByUserIds").as_list().unwrap_or_default();
    let permissions = snapshot.get("CreateVolumePermissions").as_list().unwrap_or_default();
    let is_public = permissions.iter().any(|permission| permission.get("Group").as_str() == Some("all"));
    users.iter().all(|user| is_public && user.as_str() == Some("all"))
}

/// One reservation an instance, as launches one by one give.
fn reservations(asked: &Asked<'_>) -> Doc {
    let instances = asked.here("AWS::EC2::Instance").into_iter();
    let wanted = instances.filter(|instance| passes_filters(&asked.call.input, instance));
    let reservations = wanted.map(|instance| {
        Doc::map([
            ("ReservationId", Doc::from("r-0123456789abcdef0")),
            ("OwnerId", Doc::from(asked.call.account.as_str())),
            ("Groups", Doc::List(Vec::new())),
            ("Instances", Doc::List(vec![instance])),
        ])
    });
    Doc::List(reservations.collect())
}

fn snapshot_attribute(asked: &Asked<'_>) -> Result<Doc, ApiError> {
    let id = asked.call.text("SnapshotId");
    let snapshots = asked.here("AWS::EC2::Snapshot");
    let snapshot = snapshots.iter().find(|snapshot| snapshot.get("SnapshotId").as_str() == Some(id));
    let snapshot = snapshot.ok_or_else(|| {
        ApiError::new(400, "InvalidSnapshot.NotFound", &format!("The snapshot '{id}' does not exist."))
    })?;
    let permissions = match snapshot.get("CreateVolumePermissions") {
        Doc::Null => Doc::List(Vec::new()),
        permissions => permissions.clone(),
    };
    Ok(Doc::map([("SnapshotId", Doc::from(id)), ("CreateVolumePermissions", permissions)]))
}

fn prefix_list_entries(asked: &Asked<'_>) -> Result<Doc, ApiError> {
    let id = asked.call.text("PrefixListId");
    let lists = asked.here("AWS::EC2::PrefixList");
    let list = lists.iter().find(|list| list.get("PrefixListId").as_str() == Some(id));
    let list = list.ok_or_else(|| {
        ApiError::new(400, "InvalidPrefixListID.NotFound", &format!("The prefix list ID '{id}' does not exist"))
    })?;
    Ok(Doc::map([("Entries", list.get("Entries").clone())]))
}

fn chosen(items: Vec<Doc>, ids: &Doc, id: &str, error: &str) -> Result<Vec<Doc>, ApiError> {
    let Some(ids) = ids.as_list() else { return Ok(items) };
    let find = |wanted: &Doc| {
        let found = items.iter().find(|item| item.get(id) == wanted).cloned();
        let name = wanted.as_str().unwrap_or_default();
        found.ok_or_else(|| ApiError::new(400, error, &format!("The ID '{name}' does not exist")))
    };
    ids.iter().map(find).collect()
}

/// Filters whose names are member names in kebab case (`vpc-id` → `VpcId`); others match nothing they do not know.
fn passes_filters(input: &Doc, item: &Doc) -> bool {
    let filters = input.get("Filters").as_list().or_else(|| input.get("Filter").as_list()).unwrap_or_default();
    filters.iter().all(|filter| {
        let name = filter.get("Name").as_str().unwrap_or_default();
        let member: String = name.split('-').map(capitalised).collect();
        let value = match item.get(&member) {
            Doc::Bool(value) => value.to_string(),
            value => value.as_str().unwrap_or_default().to_owned(),
        };
        let value =
            if name == "instance-state-name" { item.at("State.Name").as_str().unwrap_or_default() } else { &value };
        let values = filter.get("Values").as_list().unwrap_or_default();
        values.iter().any(|wanted| wanted.as_str() == Some(value))
    })
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
