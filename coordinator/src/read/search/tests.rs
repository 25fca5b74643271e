//! What a search says of one document.

use plumbline_baseline::Doc;
use plumbline_baseline::pack::Pack;

use super::*;

const BUCKET: &str = r#"{
    "Name": "b", "Size": 5, "Port": "5", "On": true, "Text": "true", "Nothing": null,
    "Block": {"Acls": false, "Policy": {"$unread": {"reason": "access_denied", "operation": "s3:GetX"}}},
    "Rules": [{"Id": "one", "Days": 1}, {"Id": "two"}],
    "Some": [{"Id": "one"}, {"$unread": {"reason": "partial_listing"}}],
    "Secret": {"$redacted": "0011223344556677"}, "Hidden": "a {\"$redacted\":\"00\"} b",
    "Empty": [], "Names": ["x", "y"], "Nested": [["x"], ["z"]],
    "Attributes": {"access_logs.s3.enabled": "false", "a=b": 1},
    "Tags": [{"Key": "owner", "Value": "pay"}, {"Key": "secret", "Value": {"$redacted": "00"}}]
}"#;

fn bucket() -> StoredDocument {
    StoredDocument { id: "arn:aws:s3:::b".into(), document: Doc::from_json(BUCKET).unwrap() }
}

fn answer(search: &Search) -> String {
    match search.decide(&bucket(), About::default()) {
        Answer::Yes => "yes".to_owned(),
        Answer::No => "no".to_owned(),
        Answer::Unknown(Undecided { member, why }) => format!("{member}: {why}"),
    }
}

fn check(condition: &str, expected: &str) {
    let search = Search { members: vec![Condition::parse(condition).unwrap()], ..Search::default() };
    assert_eq!(answer(&search), expected, "{condition}");
}

#[test]
fn values_are_compared_as_scalars() {
    for condition in ["Name=b", "Name=\"b\"", "Size=5", "Size=5.0", "Port=5", "Port=\"5\"", "On=true", "Text=true"] {
        check(condition, "yes");
        check(&condition.replacen('=', "!=", 1), "no");
        check(&condition.replacen('=', "==", 1), "yes");
    }
    for condition in ["Name=B", "Size=\"5\"", "On=\"true\"", "Size=6", "Block=false", "Name=", "Rules=one", "Name.X=b"]
    {
        check(condition, "no");
        check(&condition.replacen('=', "!=", 1), "yes");
    }
    check("Block.Acls=false", "yes");
    check(" Block.Acls = false ", "yes");
    check("Attributes.\"access_logs.s3.enabled\"=false", "yes");
    check("Attributes.\"a=b\"=1", "yes");
}

#[test]
fn what_is_absent_is_null() {
    for path in ["Nothing", "Absent", "Absent.Below", "Name.Below", "Rules.Days"] {
        check(&format!("{path}=null"), "yes");
        check(&format!("{path}!=null"), "no");
    }
    check("Name=null", "no");
    check("Absent=\"null\"", "no");
}

#[test]
fn any_element_of_a_list_will_do() {
    for condition in
        ["Rules.Id=two", "Rules[].Id=two", "Names=y", "Names[]=x", "Nested=z", "Rules.Days=1", "Rules.Id~tw"]
    {
        check(condition, "yes");
    }
    check("Rules.Id!=two", "no");
    check("Rules.Id!=three", "yes");
    check("Empty.Id=null", "no");
    check("Empty=x", "no");
}

#[test]
fn what_was_not_read_decides_nothing_unless_the_answer_does_not_depend_on_it() {
    for condition in ["Block.Policy=true", "Block.Policy!=true", "Block.Policy.Deep=null", "Block.Policy~x"] {
        check(condition, &format!("{}: access_denied: s3:GetX", condition.split(['=', '!', '~']).next().unwrap()));
    }
    check("Some.Id=one", "yes");
    check("Some.Id!=one", "no");
    check("Some.Id=two", "Some.Id: partial_listing");
    check("Some.Id!=two", "Some.Id: partial_listing");
    let both = |one: &str, other: &str| {
        let members = [one, other].map(|text| Condition::parse(text).unwrap()).into();
        answer(&Search { members, ..Search::default() })
    };
    assert_eq!(both("Block.Policy=true", "Name=other"), "no");
    assert_eq!(both("Block.Policy=true", "Name=b"), "Block.Policy: access_denied: s3:GetX");
}

#[test]
fn what_was_replaced_is_something_and_nobody_knows_what() {
    check("Secret=hunter2", "Secret: redacted");
    check("Secret!=hunter2", "Secret: redacted");
    check("Secret.Password=hunter2", "Secret.Password: redacted");
    check("Secret=null", "no");
    check("Secret!=null", "yes");
    check("Secret.$redacted=\"0011223344556677\"", "yes");
    check("Hidden~hunter2", "Hidden: redacted");
    check("Hidden~a", "yes");
    check("Hidden=\"a x b\"", "Hidden: redacted");
}

#[test]
fn texts_are_searched() {
    check("Name~b", "yes");
    check("Name~\"\"", "yes");
    check("Size~5", "yes");
    check("Nothing~n", "no");
    check("Block~Acls", "no");
}

#[test]
fn tags_are_found_by_key_and_value() {
    let check = |tag: &str, expected: &str| {
        let search = Search { tags: vec![Tag::parse(tag).unwrap()], ..Search::default() };
        assert_eq!(answer(&search), expected, "{tag}");
    };
    check("owner", "yes");
    check("owner=pay", "yes");
    check("owner=", "no");
    check("Owner", "no");
    check("secret", "yes");
    check("secret=hunter2", "tags: redacted");
    check("other", "no");
    assert!(Tag::parse("=x").is_none() && Tag::parse("").is_none());
    // Nobody read the tags of such a thing.
    let bare = StoredDocument { id: "a".into(), document: Doc::map([("Name", "b".into())]) };
    let search = Search { tags: vec![Tag::parse("owner").unwrap()], ..Search::default() };
    assert!(matches!(search.decide(&bare, About::default()), Answer::Unknown(_)));
}

#[test]
fn arns_are_searched_in_and_everything_must_hold() {
    let search = |arn: &str, name: &str| {
        let members = vec![Condition::parse(name).unwrap()];
        answer(&Search { arn: Some(arn.into()), members, ..Search::default() })
    };
    assert_eq!(search(":s3:", "Name=b"), "yes");
    assert_eq!(search(":sqs:", "Name=b"), "no");
    assert_eq!(search(":s3:", "Name=c"), "no");
}

#[test]
fn what_no_control_read_and_what_is_not_kept_is_not_absent() {
    let pack = Pack::embedded();
    let check = |name: &str, document: &str, condition: &str, has_changing: bool, expected: Answer| {
        let declared = &pack.resource_type(name).unwrap().declared;
        let resource = StoredDocument { id: "a".into(), document: Doc::from_json(document).unwrap() };
        let search = Search { members: vec![Condition::parse(condition).unwrap()], ..Search::default() };
        let about = About { declared: Some(declared), has_changing };
        assert_eq!(search.decide(&resource, about), expected, "{document} {condition}");
    };
    let unknown = |member: &str, why: &str| Answer::Unknown(Undecided { member: member.into(), why: why.into() });
    let bucket = "AWS::S3::Bucket";
    check(bucket, r#"{"Name":"b"}"#, "Policy=null", true, unknown("Policy", "not_collected"));
    check(
        bucket,
        r#"{"Name":"b"}"#,
        "Policy.Statement.Effect!=Deny",
        true,
        unknown("Policy.Statement.Effect", "not_collected"),
    );
    check(bucket, r#"{"Name":"b","Policy":null}"#, "Policy=null", true, Answer::Yes);
    check(bucket, r#"{"Name":"b"}"#, "CreationDate=null", true, Answer::Yes);
    let (name, path) = pack
        .resource_types()
        .find_map(|known| {
            Some((&known.declared.name, known.declared.volatile.iter().find(|path| !path.contains('.'))?))
        })
        .unwrap();
    check(name, "{}", &format!("{path}=null"), false, unknown(path, "not_kept"));
}

#[test]
fn what_is_no_condition_is_refused() {
    for wrong in ["", "Name", "=x", "Name!x", "A..B=x", ".A=x", "A.=x", "\"A=x", "A\"b=x", "\"a\"b=x", "[]=x"] {
        assert!(Condition::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn members_are_shown_as_they_are() {
    let document = bucket().document;
    let shown = |path: &str| MemberPath::parse(path).unwrap().shown(&document, About::default()).to_json();
    assert_eq!(shown("Size"), "5");
    assert_eq!(shown("Absent"), "null");
    assert_eq!(shown("Rules.Id"), r#"["one","two"]"#);
    assert_eq!(shown("Empty"), "[]");
    assert_eq!(shown("Some.Id"), r#"["one",{"$unread":"partial_listing"}]"#);
    assert_eq!(shown("Block.Policy"), r#"{"$unread":"access_denied: s3:GetX"}"#);
}
