//! Scans: written once when they are planned, marked when they end.

use redb::ReadableTable;

use super::record::{Job, Scan};
use super::{Error, JOBS, SCANS, Store, key, sealed};

impl Store {
    /// Raises the number of the coordinator's start, and returns it.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn next_epoch(&self) -> Result<u64, Error> {
        self.write(|transaction| key::next(transaction, "epoch")).await
    }

    /// Stores a scan and all its jobs: from now on every planned row exists, and reads as not run.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn create_scan(&self, scan: Scan, jobs: Vec<Job>) -> Result<(), Error> {
        self.write(move |transaction| {
            transaction.open_table(SCANS)?.insert(scan.id.as_str(), sealed::seal_record(&scan).as_slice())?;
            let mut table = transaction.open_table(JOBS)?;
            for job in jobs {
                table.insert(key::job(&job.scan, &job.id).as_str(), sealed::seal_record(&job).as_slice())?;
            }
            Ok(())
        })
        .await
    }

    /// Marks the end of a scan.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn finish_scan(&self, scan: &str, finished: &str) -> Result<(), Error> {
        let (id, finished) = (scan.to_owned(), finished.to_owned());
        self.write(move |transaction| {
            let mut table = transaction.open_table(SCANS)?;
            let Some(mut scan) = load::<Scan>(table.get(id.as_str())?, "scan")? else { return Ok(()) };
            scan.finished = finished;
            table.insert(id.as_str(), sealed::seal_record(&scan).as_slice())?;
            Ok(())
        })
        .await
    }

    /// A scan by id.
    ///
    /// # Errors
    /// When the disk fails or the record is damaged.
    pub fn scan(&self, id: &str) -> Result<Option<Scan>, Error> {
        load(self.reading()?.open_table(SCANS)?.get(id)?, "scan")
    }

    /// All scan ids, the oldest first.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn scan_ids(&self) -> Result<Vec<String>, Error> {
        let table = self.reading()?.open_table(SCANS)?;
        table.iter()?.map(|entry| Ok(entry?.0.value().to_owned())).collect()
    }

    /// The latest scan. Ids are ULIDs, so the last one is the latest.
    ///
    /// # Errors
    /// When the disk fails or the record is damaged.
    pub fn latest_scan(&self) -> Result<Option<Scan>, Error> {
        let table = self.reading()?.open_table(SCANS)?;
        match table.last()? {
            Some((_, value)) => Ok(Some(sealed::open_record(value.value(), "scan")?)),
            None => Ok(None),
        }
    }

    /// The jobs of a scan, in planned order.
    ///
    /// # Errors
    /// When the disk fails or a record is damaged.
    pub fn jobs(&self, scan: &str) -> Result<Vec<Job>, Error> {
        let table = self.reading()?.open_table(JOBS)?;
        let (from, to) = (format!("{scan}/"), format!("{scan}0"));
        let mut jobs = Vec::new();
        for entry in table.range(from.as_str()..to.as_str())? {
            jobs.push(sealed::open_record(entry?.1.value(), "job")?);
        }
        Ok(jobs)
    }
}

pub(super) fn load<M: prost::Message + Default>(
    value: Option<redb::AccessGuard<'_, &'static [u8]>>,
    what: &'static str,
) -> Result<Option<M>, Error> {
    value.map(|value| sealed::open_record(value.value(), what)).transpose()
}
