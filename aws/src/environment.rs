//! What the environment says about how AWS is reached, as in the AWS CLI: variables first, then the profile. Proxies,
//! certificate authorities, endpoints and their variants are read here, once, for our own calls and for those of the
//! typed SDK crates. What cannot be obeyed is refused here, before anything is called. Credentials and the Region are
//! the SDK's own business (`credentials`).

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::PathBuf;

use aws_config::profile::ProfileSet;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_runtime::env_config::property::PropertiesKey;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::os_shim_internal::{Env, Fs};
use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use plumbline_baseline::api::Catalog;

use crate::endpoint::{EndpointOverrides, Variant};
use crate::error::causes;
use crate::http::trust::Trust;
use crate::http::{Limits, http_client};

/// How AWS is reached from here.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Endpoints that replace AWS's own.
    pub endpoints: EndpointOverrides,
    /// Which of AWS's endpoints are wanted.
    pub variant: Variant,
    /// The HTTP client, with the proxies and the trust of the environment.
    pub http_client: SharedHttpClient,
}

/// A setting that cannot be obeyed.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("use {setting}: {detail}")]
pub struct Error {
    /// The variable or the key of the profile, with its value where that helps.
    pub setting: String,
    /// What is wrong with it, and what would be right.
    pub detail: String,
}

impl Environment {
    /// The environment of the process: its variables, and the profile that they choose. An endpoint that is given stands
    /// for those that they configure.
    ///
    /// # Errors
    /// With the setting that makes no sense, or cannot be obeyed.
    pub async fn load(endpoint_url: Option<&str>) -> Result<Self, Error> {
        Self::read(Env::real(), Fs::real(), endpoint_url).await
    }

    /// The environment that these variables make, and the profile that they choose.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub async fn of(variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, Error> {
        let variables: HashMap<String, String> = variables.into_iter().collect();
        Self::read(Env::from(variables), Fs::real(), None).await
    }

    async fn read(env: Env, fs: Fs, endpoint_url: Option<&str>) -> Result<Self, Error> {
        let profile = aws_config::profile::load(&fs, &env, &EnvConfigFiles::default(), None).await;
        let profile = profile.map_err(|error| refused("the shared AWS configuration", causes(&error)))?;
        let settings = Settings { env, profile };
        settings.check_profile()?;
        let variant = Variant {
            fips: settings.flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")?,
            dual_stack: settings.flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")?,
        };
        let endpoints = match endpoint_url {
            Some(given) => {
                EndpointOverrides::url(url(Setting { value: given.to_owned(), place: "--endpoint-url".to_owned() })?)
            }
            None => settings.endpoints()?,
        };
        if let (Some(wanted), Some(url)) = (variant.name(), endpoints.any()) {
            return Err(refused(
                wanted,
                format!("the endpoint {url} is configured besides: leave one of the two away"),
            ));
        }
        let http_client = http_client(settings.proxies()?, settings.trust()?, Limits::PROCESS);
        Ok(Self { endpoints, variant, http_client })
    }
}

impl Default for Environment {
    /// An environment that says nothing.
    fn default() -> Self {
        let http_client = http_client(Matcher::builder().build(), Trust::Machine, Limits::PROCESS);
        Self { endpoints: EndpointOverrides::default(), variant: Variant::default(), http_client }
    }
}

/// Variables and the chosen profile.
struct Settings {
    env: Env,
    profile: ProfileSet,
}

/// A value, and where it stands.
struct Setting {
    value: String,
    place: String,
}

impl Settings {
    /// A variable; an empty one is not set.
    fn variable(&self, name: &str) -> Option<Setting> {
        let value = self.env.get(name).ok().filter(|value| !value.trim().is_empty())?;
        Some(Setting { value, place: name.to_owned() })
    }

    /// A variable, or else a key of the profile.
    fn setting(&self, variable: &str, key: &str) -> Option<Setting> {
        let of_profile = || {
            let value = self.profile.get(key).filter(|value| !value.trim().is_empty())?.to_owned();
            Some(Setting { value, place: format!("`{key}` of the profile {}", self.profile.selected_profile()) })
        };
        self.variable(variable).or_else(of_profile)
    }

    fn check_profile(&self) -> Result<(), Error> {
        match self.variable("AWS_PROFILE") {
            Some(Setting { value, .. }) if self.profile.get_profile(&value).is_none() => Err(refused(
                &format!("AWS_PROFILE={value}"),
                "no file of the shared AWS configuration has that profile",
            )),
            _ => Ok(()),
        }
    }

    fn flag(&self, variable: &str, key: &str) -> Result<bool, Error> {
        match self.setting(variable, key) {
            None => Ok(false),
            Some(Setting { value, .. }) if value.eq_ignore_ascii_case("true") => Ok(true),
            Some(Setting { value, .. }) if value.eq_ignore_ascii_case("false") => Ok(false),
            Some(Setting { value, place }) => Err(refused(&place, format!("`{value}` is neither true nor false"))),
        }
    }

    fn endpoints(&self) -> Result<EndpointOverrides, Error> {
        let mut overrides = EndpointOverrides::default();
        if self.flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")? {
            return Ok(overrides);
        }
        // A variable for every service wins over the profile's section for one, as in the CLI.
        let of_all = self.setting("AWS_ENDPOINT_URL", "endpoint_url");
        let wins = self.variable("AWS_ENDPOINT_URL").is_some();
        for service in Catalog::embedded().services() {
            let name = EndpointOverrides::key(&service.service_id);
            let variable = self.variable(&format!("AWS_ENDPOINT_URL_{name}"));
            if let Some(found) = variable.or_else(|| self.section(&name).filter(|_| !wins)) {
                overrides.services.insert(name, url(found)?);
            }
        }
        overrides.default = of_all.map(url).transpose()?;
        Ok(overrides)
    }

    /// `endpoint_url` of a service in the section that the profile's `services` names.
    fn section(&self, service: &str) -> Option<Setting> {
        let section = self.profile.get("services")?;
        let key = PropertiesKey::builder()
            .section_key("services")
            .section_name(section)
            .property_name(service.to_lowercase())
            .sub_property_name("endpoint_url")
            .build()
            .ok()?;
        let value = self.profile.other_sections().get(&key).filter(|value| !value.trim().is_empty())?.to_owned();
        Some(Setting { value, place: format!("`endpoint_url` of {} in [services {section}]", service.to_lowercase()) })
    }

    /// The proxies, by the variables that every AWS tool reads; small letters win, as they do there.
    fn proxies(&self) -> Result<Matcher, Error> {
        let variable = |name: &str| self.variable(&name.to_lowercase()).or_else(|| self.variable(name));
        let mut proxies = Matcher::builder();
        for (name, destination) in [("HTTPS_PROXY", "https://a"), ("HTTP_PROXY", "http://a")] {
            let Some(Setting { value, place }) = variable(name) else { continue };
            let known = Matcher::builder().all(value.trim()).build().intercept(&Uri::from_static(destination));
            let is_http = known.is_some_and(|proxy| matches!(proxy.uri().scheme_str(), Some("http" | "https")));
            if !is_http {
                // The value may hold a password.
                return Err(refused(&place, "it is not the URL of an HTTP proxy (http://host:port)"));
            }
            proxies = if name == "HTTPS_PROXY" { proxies.https(value.trim()) } else { proxies.http(value.trim()) };
        }
        if let Some(Setting { value, .. }) = variable("NO_PROXY") {
            proxies = proxies.no(value);
        }
        Ok(proxies.build())
    }

    fn trust(&self) -> Result<Trust, Error> {
        match self.setting("AWS_CA_BUNDLE", "ca_bundle") {
            None => Ok(Trust::Machine),
            Some(Setting { value, place }) => {
                Trust::bundle(&self.path(&value)).map_err(|error| refused(&place, error.to_string()))
            }
        }
    }

    /// A path; `~` is the home directory.
    fn path(&self, text: &str) -> PathBuf {
        match (text.strip_prefix("~/"), self.variable("HOME")) {
            (Some(rest), Some(home)) => PathBuf::from(home.value).join(rest),
            _ => PathBuf::from(text),
        }
    }
}

/// An endpoint as it can be called: an HTTP URL without a trailing slash.
fn url(setting: Setting) -> Result<String, Error> {
    let Setting { value, place } = setting;
    let is_url = |url: &Uri| matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some();
    if value.trim().parse().as_ref().is_ok_and(is_url) {
        return Ok(value.trim().trim_end_matches('/').to_owned());
    }
    Err(refused(&place, format!("`{value}` is not a URL (https://host:port)")))
}

fn refused(setting: &str, detail: impl Into<String>) -> Error {
    Error { setting: setting.to_owned(), detail: detail.into() }
}
