//! Named expressions in files: `let`, `derive` and definitions, and where what is wrong with them is told.

use super::*;

const DEFINITIONS: &str = r#"definitions:
  - name: is_long
    of: [text, least]
    is: size(text) > least
    says: The text is longer than that.
    examples:
      - { given: { text: abc, least: 2 }, gives: true }
      - { given: { text: abc, least: 3 }, gives: false }
"#;

const DERIVE: &str = "    derive:
      HasName: resource.Name != null && account.id != ''
      IsNamed: resource.HasName && is_long(resource.Name, 0)
";

const LETS: &str = "let:
  is_there: resource.IsNamed
  is_enough: >-
    is_there &&
    is_long(resource.Name, settings.shortest)
pass_when: is_enough
";

fn control() -> String {
    let expression = "pass_when: >-\n  resource.Name != null &&\n  size(resource.Name) > settings.shortest\n";
    assert!(CONTROL.contains(expression));
    CONTROL.replace(expression, LETS)
}

fn load_all(definitions: &str, derive: &str, control: &str) -> (Pack, Vec<String>) {
    let sources = [
        source("collectors/s3.yaml", format!("{COLLECTOR}{derive}")),
        source("definitions/text.yaml", definitions),
        source("controls/s3/s3-bucket-named.yaml", control),
    ];
    let (pack, problems) = Pack::load(sources, Catalog::embedded());
    (pack, problems.iter().map(ToString::to_string).collect())
}

#[test]
fn what_is_right_loads_and_its_cases_and_examples_hold() {
    let (pack, problems) = load_all(DEFINITIONS, DERIVE, &control());
    assert!(problems.is_empty(), "{problems:#?}");
    let control = pack.control("s3-bucket-named").unwrap();
    for case in &control.control.cases {
        assert!(crate::case::run(&pack, control, case).holds(), "{}", case.name);
    }
    let definition = &pack.definitions()["is_long"];
    assert_eq!((definition.examples.len(), definition.says.as_str()), (2, "The text is longer than that."));
    for example in &definition.examples {
        assert_eq!(crate::case::run_example(&pack, definition, example), None);
    }
    let wrong = DEFINITIONS.replace("least: 3 }, gives: false", "least: 3 }, gives: true");
    let (pack, _) = load_all(&wrong, DERIVE, &self::control());
    let definition = &pack.definitions()["is_long"];
    let failure = crate::case::run_example(&pack, definition, &definition.examples[1]);
    assert_eq!(failure.as_deref(), Some("gives false, not true"));
}

/// One text of the files replaced, and what is said of it.
fn check(from: &str, to: &str, expected: &str) {
    let (definitions, derive, control) = (DEFINITIONS.to_owned(), DERIVE.to_owned(), control());
    let texts = [definitions, derive, control];
    assert!(texts.iter().any(|text| text.contains(from)), "{from}");
    let [definitions, derive, control] = texts.map(|text| text.replacen(from, to, 1));
    let (_, problems) = load_all(&definitions, &derive, &control);
    assert!(problems.iter().any(|problem| problem.contains(expected)), "`{to}` should say `{expected}`: {problems:#?}");
}

#[test]
fn mistakes_are_told_in_the_file_and_line_where_they_are() {
    let control = "controls/s3/s3-bucket-named.yaml";
    check(
        "resource.IsNamed\n",
        "resource.IsNamd\n",
        &format!("{control}:8:22: error: AWS::S3::Bucket has no member `IsNamd`; did you mean `IsNamed`?"),
    );
    check(
        "is_there &&",
        "is_ther &&",
        &format!("{control}:10:5: error: there is no variable `is_ther`; did you mean `is_there`?"),
    );
    check(
        "is_long(resource.Name, settings",
        "is_log(resource.Name, settings",
        &format!("{control}:11:5: error: there is no function `is_log`; did you mean `is_long`?"),
    );
    check(
        "is_long(resource.Name, settings",
        "is_long(5, settings",
        &format!("{control}:11:5: error: in `is_long`: `size` cannot work with a number"),
    );
    check(
        "    is_there &&\n",
        "    is_enough &&\n",
        &format!("{control}:10:5: error: `is_enough` stands further down"),
    );
    check(
        "pass_when: is_enough",
        "pass_when: is_there",
        &format!("{control}:9:3: warning: no expression uses `is_enough`"),
    );
    check("  is_there:", "  resource:", &format!("{control}:8:3: error: `resource` has a meaning in every expression"));
    check("  is_there:", "  size:", "`size` has a meaning in every expression");
    check(
        "resource.IsNamed\n",
        "resource.IsNamed &&\n",
        &format!("{control}:8:31: error: an operand is expected here, and not the end"),
    );
    check(
        "is: size(text)",
        "is: size(txt)",
        "definitions/text.yaml:4:14: error: there is no variable `txt`; did you mean `text`?",
    );
    check(
        "is: size(text)",
        "is: size(text) > 1 && is_long(text, 1) && size(text)",
        "`is_long` is defined by itself: is_long → is_long",
    );
    check("is: size(text) >", "is: size(resource.Name) >", "there is no `resource` here");
    check("      - { given: { text: abc, least: 3 }, gives: false }\n", "", "a definition has at least 2 examples");
    check(
        "given: { text: abc, least: 2 }",
        "given: { text: abc }",
        "`given` has what the definition is of: text, least",
    );
    check("name: is_long", "name: exists", "`exists` has a meaning in every expression");
    check(
        "HasName: resource.Name",
        "HasName: resource.Nam",
        "collectors/s3.yaml:9:25: error: AWS::S3::Bucket has no member `Nam`",
    );
    check("IsNamed: resource.HasName", "IsNamed: resource.IsNamed", "has no member `IsNamed`");
    check("      HasName: resource.Name", "      Name: resource.Name", "AWS::S3::Bucket has a member `Name` already");
    check("{ Name: abc }", "{ Name: abc, IsNamed: true }", "`IsNamed` is computed from the resource");
    check("unknown: [Name]", "unknown: [IsNamed]", "`IsNamed` is computed from the resource");
    check(
        "finding: { one: A bucket has no name,",
        "finding: { one: A bucket has no name.,",
        "a finding ends without a full stop",
    );
    check("{count} buckets", "Buckets", "`other` has to say how many there are: {count}");
    check("finding: {", "findin: {", "a control has no key `findin`; did you mean `finding`?");
    check("finding: {", "zzz: {", "a control needs `finding");
}

#[test]
fn what_one_type_derives_is_not_read_of_several() {
    let twin = COLLECTOR.split_once("resources:\n").unwrap().1.replace("AWS::S3::Bucket", "AWS::S3::Twin");
    let types = control().replace("resource: AWS::S3::Bucket", "resource: [AWS::S3::Bucket, AWS::S3::Twin]");
    let (_, problems) = load_all(DEFINITIONS, &format!("{DERIVE}{twin}{DERIVE}"), &types);
    assert!(problems.iter().any(|problem| problem.contains("has no member `IsNamed`")), "{problems:#?}");
}
