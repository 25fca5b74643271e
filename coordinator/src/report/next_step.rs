//! What to do about each reason of an UNKNOWN. Codes that are not known here get an honest general answer.

/// A reason in words, and the next step.
#[derive(Clone, Copy, Debug)]
pub struct NextStep {
    /// What happened, as a heading.
    pub title: &'static str,
    /// What to do.
    pub step: &'static str,
}

/// The words for a reason code (`access_denied`).
pub fn next_step(code: &str) -> NextStep {
    let (title, step) = match code {
        "not_run" => (
            "Not run",
            "The job did not finish: it was interrupted, or what it needs was not collected. Run the scan again.",
        ),
        "role_unassumable" => (
            "The role could not be assumed",
            "Create the role in these accounts (deploy/cloudformation/member-role.yaml as a StackSet), or name the right one with --role and --external-id.",
        ),
        "access_denied" => (
            "Access denied",
            "Compare the role's policy with the output of `plumbline policy`; if it is the same, look for a service control policy or a resource policy that denies the call.",
        ),
        "token_refused" => (
            "AWS did not accept the session",
            "If the Region is not enabled for the account, leave it out with --regions. If it is, give the scan credentials whose session comes from a Regional STS endpoint: those of the global one are not accepted in Regions that have to be enabled, unless the account's STS settings say so. And check this machine's clock.",
        ),
        "throttled" => (
            "Throttled by AWS",
            "Scan again at a quieter hour: something else in the account uses up the request rate.",
        ),
        "transient" => (
            "Server error or time-out",
            "Scan again. If it stays, look at the AWS Health Dashboard and at the network between here and that Region.",
        ),
        "expired_credentials" => (
            "Credentials expired",
            "Sign in again before scanning, or use credentials that renew themselves (a role, or IAM Identity Center).",
        ),
        "region_disabled" => (
            "The Region is not enabled",
            "Leave the Region out with --regions, or enable it for the account if it should be in use.",
        ),
        "not_in_region" => (
            "The service does not exist in the Region",
            "Nothing is wrong: AWS does not offer the service there. Leave the Region out with --regions if it is not in use.",
        ),
        "no_endpoint" => (
            "AWS publishes no such endpoint",
            "The service may exist in the Region, but not at FIPS or dual-stack endpoints. Leave the Region or the control out, or unset AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT.",
        ),
        "not_subscribed" => {
            ("Not subscribed to the service", "Switch the service on in these accounts, or leave the control out.")
        }
        "not_supported" => (
            "AWS does not offer to read it that way",
            "Cloud Control does not have the type in that Region, or cannot list it. Read it with a collector of its own, or leave the control out there.",
        ),
        "not_recorded" => (
            "AWS Config does not record it",
            "Let the recorder of the account and Region run, and record the type; or read it with `source: cloudcontrol`, or a collector of its own.",
        ),
        "partial_listing" => (
            "Only part of a listing was read",
            "Scan again; what was read is real, but nothing is called complete without proof.",
        ),
        "not_visible" => (
            "Not visible from the account",
            "Look in the account that owns it: the detail says what it is and where the answer is, and AWS shows it to nobody else. Where that account is scanned, too, and its own row is decided, this counts as covered: scan it, or put right what keeps its row from being decided.",
        ),
        "not_yet" => (
            "AWS does not say it yet",
            "Scan again later: it is newer than what AWS says of it, such as a credential report of some hours ago.",
        ),
        "not_asked" => (
            "AWS was not asked",
            "The control reads what the collector leaves out for such a resource. Give the control the collector's condition: `applies_when: { asked: Member }`, or the same condition before the member is read.",
        ),
        "not_collected" => (
            "Not collected that night",
            "No control of that night read it, so that nobody asked AWS, or it is not kept any more. Nights from now on have what their controls read: scan with the control enabled.",
        ),
        "deadline" => (
            "The job's time was over",
            "Scan again. If it stays, the account is too large or too slow for one job in that Region: see what is throttled there.",
        ),
        "too_large" => {
            ("An answer was too large", "Report it as a bug with the operation: the limit is there to bound memory.")
        }
        "scanner_error" => ("Plumbline made a mistake", "Report it as a bug, with the detail shown here."),
        "control_error" => (
            "The control could not be evaluated",
            "See the document it was given with `plumbline snapshot`, and try the control with `plumbline controls try`.",
        ),
        _ => ("Not decided", "Look at the detail, and scan again."),
    };
    NextStep { title, step }
}
