//! What of the configuration says who may join by AWS identity. Mistakes are told with the role that they are in.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use plumbline_aws::proof::is_role_name;
use plumbline_baseline::AccountId;
use plumbline_coordinator::joining::AwsRole;
use plumbline_identity::Bounds;
use serde::Deserialize;

/// `agents`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AgentsSpec {
    join: JoinSpec,
}

/// `agents.join`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct JoinSpec {
    aws_roles: Vec<RoleSpec>,
}

/// One of `agents.join.aws_roles`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RoleSpec {
    account: String,
    role: String,
    own_account: bool,
    accounts: Vec<String>,
    regions: Vec<String>,
    units: Vec<String>,
}

impl AgentsSpec {
    /// The roles that are let in.
    ///
    /// # Errors
    /// In words, what the first wrong one has wrong.
    pub(super) fn aws_roles(&self) -> Result<Vec<AwsRole>, String> {
        let roles = self.join.aws_roles.iter().zip(1..);
        let roles = roles
            .map(|(spec, number)| spec.role().map_err(|why| format!("`agents.join.aws_roles`, entry {number}: {why}")));
        let roles: Vec<AwsRole> = roles.collect::<Result<_, _>>()?;
        let mut seen = BTreeSet::new();
        match roles.iter().find(|role| !seen.insert((&role.account, &role.role))) {
            Some(twice) => Err(format!(
                "`agents.join.aws_roles`: the role {} of account {} is there twice, and only one of the two could hold",
                twice.role, twice.account
            )),
            None => Ok(roles),
        }
    }
}

impl RoleSpec {
    fn role(&self) -> Result<AwsRole, String> {
        let account: AccountId =
            self.account.trim().parse().map_err(|error| format!("`account`: {error}; write it in quotes"))?;
        let role = self.role.trim();
        if role.starts_with("arn:") || role.contains('/') {
            return Err(format!(
                "`role`: `{role}` is no name; name the role alone, because AWS leaves its path out of what it says of a session"
            ));
        }
        if !is_role_name(role) {
            return Err(format!("`role`: `{role}` is not the name of a role; there are no wildcards"));
        }
        let mut accounts = each(&self.accounts, "accounts")?;
        if self.own_account {
            if !accounts.is_empty() {
                return Err("`own_account` is the account of the role alone: leave `accounts` out".to_owned());
            }
            accounts = BTreeSet::from([account.clone()]);
        }
        let bounds = Bounds { accounts, regions: each(&self.regions, "regions")?, units: each(&self.units, "units")? };
        bounds.text().map_err(|error| error.to_string())?;
        Ok(AwsRole { account, role: role.to_owned(), bounds })
    }
}

fn each<T: FromStr<Err: Display> + Ord>(values: &[String], key: &str) -> Result<BTreeSet<T>, String> {
    values.iter().map(|value| value.trim().parse().map_err(|error| format!("`{key}`: {error}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(role: &str) -> Result<Vec<String>, String> {
        let text = format!("join:\n  aws_roles: [{role}]\n");
        let spec: AgentsSpec = serde_saphyr::from_str(&text).unwrap();
        let line = |role: &AwsRole| format!("{}/{} {}", role.account, role.role, role.bounds);
        Ok(spec.aws_roles()?.iter().map(line).collect())
    }

    #[test]
    fn a_role_has_an_account_a_name_and_the_bounds_of_a_token() {
        let plain = r#"{ account: "111122223333", role: PlumblineAgent }"#;
        assert_eq!(read(plain).unwrap(), ["111122223333/PlumblineAgent any"]);
        let own = r#"{ account: "011122223333", role: PlumblineAgent, own_account: true, regions: [eu-west-1] }"#;
        assert_eq!(read(own).unwrap(), ["011122223333/PlumblineAgent accounts=011122223333 regions=eu-west-1"]);
        let bounded = r#"{ account: "111122223333", role: A, accounts: ["222222222222"], units: [ou-abcd-12345678] }"#;
        assert_eq!(read(bounded).unwrap(), ["111122223333/A accounts=222222222222 units=ou-abcd-12345678"]);
        assert_eq!(read("").unwrap().len(), 0);
    }

    #[test]
    fn what_is_wrong_with_a_role_is_said() {
        for (wrong, says) in [
            (r#"{ role: A }"#, "entry 1: `account`"),
            (r#"{ account: "11112222333", role: A }"#, "`account`"),
            (r#"{ account: "*", role: A }"#, "`account`"),
            (r#"{ account: "111122223333" }"#, "`role`"),
            (r#"{ account: "111122223333", role: "Plumbline*" }"#, "there are no wildcards"),
            (r#"{ account: "111122223333", role: path/A }"#, "name the role alone"),
            (r#"{ account: "111122223333", role: "arn:aws:iam::111122223333:role/A" }"#, "name the role alone"),
            (
                r#"{ account: "111122223333", role: A, own_account: true, accounts: ["111122223333"] }"#,
                "leave `accounts` out",
            ),
            (r#"{ account: "111122223333", role: A, regions: [Europe!] }"#, "`regions`"),
            (r#"{ account: "111122223333", role: A, units: [Root/Workloads] }"#, "`units`"),
            (
                r#"{ account: "111122223333", role: A }, { account: "111122223333", role: A, own_account: true }"#,
                "twice",
            ),
        ] {
            let said = read(wrong).unwrap_err();
            assert!(said.contains(says), "{wrong}: {said}");
        }
    }
}
