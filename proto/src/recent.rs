//! What was said of the scans that an agent worked for lately, at both ends of a session: what is said once is known as
//! long at one end as at the other. Several scans may run at a time; who runs for months must not keep what was said of all
//! of them. Pure.

/// Scans that are remembered: more than a coordinator runs at a time.
const KEPT: usize = 16;

/// By scan, what was used last at the end.
#[derive(Debug)]
pub struct Recent<T>(Vec<(String, T)>);

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Recent<T> {
    /// Remembers what was said of a scan, in the place of what was said before.
    pub fn insert(&mut self, scan: String, said: T) {
        self.0.retain(|(known, _)| *known != scan);
        if self.0.len() == KEPT {
            self.0.remove(0);
        }
        self.0.push((scan, said));
    }

    /// What was said of a scan.
    pub fn get(&mut self, scan: &str) -> Option<&T> {
        self.find(|known| known == scan).map(|said| &*said)
    }

    /// What was said of the scan that is meant.
    pub fn find(&mut self, is_meant: impl Fn(&str) -> bool) -> Option<&mut T> {
        let index = self.0.iter().position(|(known, _)| is_meant(known))?;
        let used = self.0.remove(index);
        self.0.push(used);
        self.0.last_mut().map(|(_, said)| said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_use_stays() {
        let mut recent = Recent::default();
        recent.insert("long".into(), 0);
        for number in 1..100 {
            recent.insert(number.to_string(), number);
            assert_eq!(recent.get("long"), Some(&0));
        }
        for (scan, expected) in [("99", Some(&99)), ("1", None), ("x", None)] {
            assert_eq!(recent.get(scan), expected);
        }
        recent.insert("long".into(), 7);
        assert_eq!(recent.get("long"), Some(&7));
        assert_eq!(recent.0.len(), KEPT);
    }
}
