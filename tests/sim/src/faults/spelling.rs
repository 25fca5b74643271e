//! Rules as text, for command lines: `hang,region=eu-west-1`, `500,share=0.02`, `throttle=20,service=s3,account=2…`.

use std::str::FromStr;
use std::time::Duration;

use super::{Fault, Layer, Rule};

/// What can be written, for the message that refuses the rest.
const FAULTS: &str = "deny, scp, throttle, throttle=SECONDS, 500, reset, hang, disconnect, truncate, malformed, expired, \
                      region-disabled, latency=MILLISECONDS";
const KEYS: &str = "service, operation, account, region, except-region, except-service, share, times";

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',').map(str::trim);
        let mut rule = Self::new("", "", fault(parts.next().unwrap_or_default())?);
        for part in parts {
            let (key, value) = part.split_once('=').ok_or_else(|| format!("`{part}` is not KEY=VALUE"))?;
            let value = value.trim().to_owned();
            match key.trim() {
                "service" => rule.service = value,
                "operation" => rule.operation = value,
                "account" => rule.account = value,
                "region" => rule.region = value,
                "except-region" => rule.spared_regions.push(value),
                "except-service" => rule.spared_services.push(value),
                "share" => rule.share = number(&value)?,
                "times" => rule.times = Some(number(&value)?),
                key => return Err(format!("`{key}` is none of: {KEYS}")),
            }
        }
        Ok(rule)
    }
}

fn fault(text: &str) -> Result<Fault, String> {
    Ok(match text.split_once('=').unwrap_or((text, "")) {
        ("deny", "") => Fault::Deny(Layer::Identity),
        ("scp", "") => Fault::Deny(Layer::ServiceControl),
        ("throttle", "") => Fault::Throttle,
        ("throttle", seconds) => Fault::ThrottleFor(Duration::from_secs(number(seconds)?)),
        ("500", "") => Fault::ServerError,
        ("reset", "") => Fault::Reset,
        ("hang", "") => Fault::Hang,
        ("disconnect", "") => Fault::Disconnect,
        ("truncate", "") => Fault::Truncate,
        ("malformed", "") => Fault::Strange("<html><body>It works!</bod"),
        ("expired", "") => Fault::Expired,
        ("region-disabled", "") => Fault::RegionDisabled,
        ("latency", milliseconds) => Fault::Latency(Duration::from_millis(number(milliseconds)?)),
        _ => return Err(format!("`{text}` is none of: {FAULTS}")),
    })
}

fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.trim().parse().map_err(|_| format!("`{text}` is not a number that fits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_they_are_written() {
        let check = |text: &str, expected: Result<Rule, &str>| {
            assert_eq!(text.parse::<Rule>(), expected.map_err(str::to_owned), "{text}");
        };
        check("hang,region=eu-west-1", Ok(Rule::dead_region("eu-west-1", Fault::Hang)));
        check("500, share=0.02", Ok(Rule::new("", "", Fault::ServerError).share(0.02)));
        let slow = Rule::new("s3", "ListBuckets", Fault::ThrottleFor(Duration::from_secs(20))).in_account("1").times(3);
        check("throttle=20,service=s3,operation=ListBuckets,account=1,times=3", Ok(slow));
        check("500,share=lots", Err("`lots` is not a number that fits"));
        check("500,share", Err("`share` is not KEY=VALUE"));
        assert!("burn".parse::<Rule>().unwrap_err().starts_with("`burn` is none of: deny"));
        assert!("500,zone=a".parse::<Rule>().unwrap_err().starts_with("`zone` is none of: service"));
    }
}
