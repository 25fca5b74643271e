//! Ways in which a principal gives itself more than it has: steps that have to be allowed together. Data of the pack.

use std::sync::LazyLock;

use super::table;

/// All routes of the pack.
pub(crate) static ROUTES: LazyLock<Vec<Route>> =
    LazyLock::new(|| parse(table::ESCALATION).expect("a test reads the table"));

/// One way.
#[derive(Debug)]
pub(crate) struct Route {
    /// Its name.
    pub(crate) name: String,
    /// What it leads to.
    pub(crate) leads: Leads,
    /// What has to be allowed.
    pub(crate) steps: Vec<Step>,
}

/// What a route leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leads {
    /// Permissions of its own.
    Itself,
    /// Those of another principal.
    Principal,
    /// Those of a role that a service takes.
    Service,
}

/// One step of a way.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) action: String,
    /// With placeholders for account and partition.
    pub(crate) resource: String,
    /// Condition keys in lower case, with their values.
    pub(crate) keys: Vec<(String, String)>,
}

fn parse(text: &str) -> Result<Vec<Route>, String> {
    let mut routes: Vec<Route> = Vec::new();
    for row in table::rows(text, &["route", "step", "action", "resource", "keys", "leads", "source"])? {
        let field = |number: usize| row.get(number).unwrap_or_default();
        let wrong = |what: &str| format!("line {}: {what}", table::line(&row));
        let leads = match field(5) {
            "self" => Leads::Itself,
            "principal" => Leads::Principal,
            "service" => Leads::Service,
            _ => return Err(wrong("it leads nowhere")),
        };
        let keys =
            field(4).split_whitespace().map(|pair| pair.split_once('=').ok_or_else(|| wrong("a key has no value")));
        let keys = keys.map(|pair| pair.map(|(key, value)| (key.to_lowercase(), value.to_owned())));
        let step =
            Step { action: field(2).to_owned(), resource: field(3).to_owned(), keys: keys.collect::<Result<_, _>>()? };
        match routes.iter_mut().find(|route| route.name == field(0)) {
            Some(route) if field(1) == (route.steps.len() + 1).to_string() => route.steps.push(step),
            None if field(1) == "1" => routes.push(Route { name: field(0).to_owned(), leads, steps: vec![step] }),
            _ => return Err(wrong("the steps are not in order")),
        }
    }
    Ok(routes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        assert!(ROUTES.len() > 15);
        assert!(ROUTES.iter().flat_map(|route| &route.steps).all(|step| step.action.contains(':')));
        let header = "route,step,action,resource,keys,leads,source\n";
        let wrong = |row: &str| parse(&format!("{header}{row}\n")).unwrap_err();
        assert!(wrong("a,2,a:b,*,,self,x").contains("order"));
        assert!(wrong("a,1,a:b,*,k,self,x").contains("no value"));
        assert!(wrong("a,1,a:b,*,,home,x").contains("nowhere"));
    }
}
