//! What variables and a profile mean, from memory.

use super::*;

const CONFIG: &str = "
[default]
region = eu-west-1
use_fips_endpoint = true
[profile emulator]
endpoint_url = http://localhost:1/
services = local
ignore_configured_endpoint_urls = false
use_dualstack_endpoint = false
[services local]
s3_control =
  endpoint_url = http://localhost:2
sts =
  endpoint_url = http://localhost:3
[profile company]
ca_bundle = /nowhere/company.pem
";

async fn read(vars: &[(&str, &str)]) -> Result<Environment, Error> {
    let mut vars = vars.to_vec();
    vars.push(("AWS_CONFIG_FILE", "config"));
    vars.push(("HOME", "/home/me"));
    Environment::read(Env::from_slice(&vars), Fs::from_slice(&[("config", CONFIG)]), None).await
}

async fn refusal(vars: &[(&str, &str)]) -> String {
    read(vars).await.expect_err("it is refused").to_string()
}

#[tokio::test]
async fn variables_win_over_the_profile() {
    let fips = |environment: Environment| environment.variant.fips;
    assert!(fips(read(&[]).await.unwrap()));
    assert!(!fips(read(&[("AWS_USE_FIPS_ENDPOINT", "FALSE")]).await.unwrap()));
    assert!(fips(read(&[("AWS_USE_FIPS_ENDPOINT", "")]).await.unwrap()), "an empty variable is not set");
    let both = read(&[("AWS_USE_DUALSTACK_ENDPOINT", "true")]).await.unwrap();
    assert_eq!(both.variant, Variant { fips: true, dual_stack: true });
}

#[tokio::test]
async fn endpoints_come_from_variables_profiles_and_their_sections() {
    let of = |environment: &Environment, id: &str| environment.endpoints.for_service_id(id).map(str::to_owned);
    let emulator = read(&[("AWS_PROFILE", "emulator")]).await.unwrap();
    assert_eq!(of(&emulator, "S3 Control").as_deref(), Some("http://localhost:2"));
    assert_eq!(of(&emulator, "STS").as_deref(), Some("http://localhost:3"));
    assert_eq!(of(&emulator, "EC2").as_deref(), Some("http://localhost:1"));
    let vars = [("AWS_PROFILE", "emulator"), ("AWS_ENDPOINT_URL", "http://v"), ("AWS_ENDPOINT_URL_STS", "http://s")];
    let variables = read(&vars).await.unwrap();
    assert_eq!(of(&variables, "STS").as_deref(), Some("http://s"));
    assert_eq!(of(&variables, "S3 Control").as_deref(), Some("http://v"), "a variable wins over a section");
    let ignored = read(&[vars[0], ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")]).await.unwrap();
    assert_eq!(ignored.endpoints, EndpointOverrides::default());
}

#[tokio::test]
async fn what_cannot_be_obeyed_is_refused_with_its_name() {
    let vars = [("AWS_USE_FIPS_ENDPOINT", "yes")];
    assert_eq!(refusal(&vars).await, "use AWS_USE_FIPS_ENDPOINT: `yes` is neither true nor false");
    let vars = [("AWS_ENDPOINT_URL", "localhost:4566")];
    assert_eq!(refusal(&vars).await, "use AWS_ENDPOINT_URL: `localhost:4566` is not a URL (https://host:port)");
    let text = refusal(&[("AWS_ENDPOINT_URL", "http://localhost:4566")]).await;
    assert_eq!(
        text,
        "use FIPS endpoints: the endpoint http://localhost:4566 is configured besides: leave one of the two away"
    );
    assert!(refusal(&[("AWS_PROFILE", "nobody")]).await.starts_with("use AWS_PROFILE=nobody: no file"));
    let text = refusal(&[("AWS_PROFILE", "company")]).await;
    assert!(
        text.contains("`ca_bundle` of the profile company: read the certificate authorities in /nowhere"),
        "{text}"
    );
    let text = refusal(&[("AWS_CA_BUNDLE", "~/ca.pem")]).await;
    assert!(text.starts_with("use AWS_CA_BUNDLE: read the certificate authorities in /home/me/ca.pem: "), "{text}");
}

#[tokio::test]
async fn a_proxy_is_an_http_proxy_or_an_error_without_its_password() {
    for value in ["socks5://me:secret@proxy:1080", "ftp://me:secret@proxy", "http://"] {
        let text = refusal(&[("HTTPS_PROXY", value)]).await;
        assert_eq!(text, "use HTTPS_PROXY: it is not the URL of an HTTP proxy (http://host:port)", "{value}");
    }
    for value in ["http://me:secret@proxy:8080", "https://proxy", "proxy:8080"] {
        read(&[("https_proxy", value), ("HTTPS_PROXY", "socks5://x"), ("no_proxy", "a, .b")]).await.expect(value);
    }
}
