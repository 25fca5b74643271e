//! The file descriptors of the process: the soft limit that most shells and systemd give is 1,024, and connections are
//! descriptors.

use std::io;

/// Raises the soft limit to the hard one, and says how many files may be open now.
///
/// # Errors
/// When the system does not allow it; the limit is what it was.
pub fn raise_limit() -> io::Result<u64> {
    rlimit::increase_nofile_limit(u64::MAX)
}

/// What running out of them is called, and what to do about it; `None` when the error is another one.
pub(crate) fn exhausted(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let system = error.downcast_ref::<io::Error>();
        match system.and_then(io::Error::raw_os_error) {
            Some(OF_PROCESS) => {
                let limit = rlimit::getrlimit(rlimit::Resource::NOFILE).map(|(soft, _)| soft.to_string());
                let limit = limit.unwrap_or_else(|_| "no more".to_owned());
                return Some(format!(
                    "the process may have {limit} files open (RLIMIT_NOFILE), and has: raise it with `ulimit -n`, or LimitNOFILE= of the systemd unit"
                ));
            }
            Some(OF_SYSTEM) => {
                return Some("the system has no file descriptors left (fs.file-max): close other programs".to_owned());
            }
            _ => {}
        }
        cause = system.and_then(io::Error::get_ref).map_or_else(|| error.source(), |inner| Some(inner));
    }
    None
}

/// EMFILE and ENFILE, which have these numbers on every system that is supported.
const OF_PROCESS: i32 = 24;
const OF_SYSTEM: i32 = 23;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_out_of_descriptors_names_the_limit_and_the_next_step() {
        let said = exhausted(&io::Error::from_raw_os_error(OF_PROCESS)).unwrap();
        assert!(said.contains("RLIMIT_NOFILE") && said.contains("ulimit -n"), "{said}");
        let wrapped = io::Error::other(io::Error::from_raw_os_error(OF_SYSTEM));
        assert!(exhausted(&wrapped).unwrap().contains("fs.file-max"));
        assert_eq!(exhausted(&io::Error::from_raw_os_error(111)), None);
    }

    #[test]
    fn the_soft_limit_is_raised_to_the_hard_one() {
        let raised = raise_limit().unwrap();
        let (soft, hard) = rlimit::getrlimit(rlimit::Resource::NOFILE).unwrap();
        assert_eq!((raised, soft), (soft, hard));
    }
}
