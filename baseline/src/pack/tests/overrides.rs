//! Files that replace others, files that are there twice, and documents that do not fit their types.

use super::*;

#[test]
fn a_later_file_overrides_an_earlier_one() {
    let sources = [
        source("collectors/s3.yaml", COLLECTOR),
        source("controls/s3/s3-bucket-named.yaml", CONTROL),
        source("mine/controls/s3-bucket-named.yaml", CONTROL.replace("severity: low", "severity: high")),
    ];
    let (pack, problems) = Pack::load(sources, Catalog::embedded());
    assert!(problems.is_empty(), "{problems:#?}");
    assert_eq!(pack.control("s3-bucket-named").unwrap().control.severity, crate::Severity::High);
    assert_ne!(pack.digest(), load(COLLECTOR, CONTROL).0.digest());
}

#[test]
fn two_controls_of_one_id_in_a_pack_are_an_error() {
    let sources = [
        source("collectors/s3.yaml", COLLECTOR),
        source("controls/s3/s3-bucket-named.yaml", CONTROL),
        source("controls/other/s3-bucket-named.yaml", CONTROL),
    ];
    let (pack, problems) = Pack::load(sources, Catalog::embedded());
    assert_eq!(problems.len(), 1, "{problems:#?}");
    let expected = "error: `s3-bucket-named` is already in controls/s3/s3-bucket-named.yaml, of the same pack";
    assert!(problems[0].to_string().ends_with(expected), "{}", problems[0]);
    assert_eq!(pack.refused("s3-bucket-named"), Some("controls/other/s3-bucket-named.yaml"));
    let error = pack.select(&["s3-bucket-named".to_owned()]).unwrap_err().remove(0).to_string();
    assert!(error.starts_with("`s3-bucket-named` has errors and is left out"), "{error}");
}

#[test]
fn a_built_in_file_that_is_replaced_is_noted() {
    let built_in = Pack::embedded_sources();
    let first = built_in.iter().find(|source| source.path.starts_with("controls/s3/")).unwrap().clone();
    let name = first.path.rsplit('/').next().unwrap();
    let own = Source { path: format!("mine/controls/{name}"), text: first.text.clone() };
    let (pack, problems) = Pack::load(built_in.into_iter().chain([own.clone()]), Catalog::embedded());
    assert!(problems.is_empty(), "{problems:#?}");
    assert_eq!(pack.replaced(), [(own.path, first.path)]);
}

#[test]
fn a_snapshot_is_told_what_its_type_does_not_have() {
    let kind = Pack::embedded().type_of("AWS::KMS::Key", Catalog::embedded()).unwrap();
    let doc =
        Doc::from_json(r#"{"KeyId": "a", "Metdata": 1, "Metadata": {"KeyStat": "x"}, "Grants": [{"Grantee": 1}]}"#);
    let told = kind.strange_members(&doc.unwrap());
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(told[1].starts_with("resource.Metadata: KeyMetadata has no member `KeyStat`; did you mean `KeyState`?"));
    assert!(
        kind.strange_members(&Doc::from_json(r#"{"KeyId": "a", "Grants": [{"GrantId": "b"}]}"#).unwrap()).is_empty()
    );
}
