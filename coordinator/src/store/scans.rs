//! Scans: written once when they are planned, marked when they end.

use prost::Message;
use redb::ReadableTable;

use super::record::{Job, Scan};
use super::{Error, JOBS, SCANS, Store, key, sealed};

impl Store {
    /// Raises the number of the coordinator's start, and returns it.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn next_epoch(&self) -> Result<u64, Error> {
        self.write(0, |transaction| key::next(transaction, "epoch")).await
    }

    /// Stores a scan and all its jobs: from now on every planned row exists, and reads as not run.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn create_scan(&self, scan: Scan, jobs: Vec<Job>) -> Result<(), Error> {
        let bytes = scan.encoded_len() + jobs.iter().map(Message::encoded_len).sum::<usize>();
        self.write(bytes, move |transaction| {
            sealed::put_record(&mut transaction.open_table(SCANS)?, &scan.id, &scan)?;
            let mut table = transaction.open_table(JOBS)?;
            for job in jobs {
                sealed::put_record(&mut table, &key::job(&job.scan, &job.id), &job)?;
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
        self.write(0, move |transaction| {
            let mut table = transaction.open_table(SCANS)?;
            let Some(mut scan) = sealed::get_record::<Scan>(&table, &id, "scan")? else { return Ok(()) };
            scan.finished = finished;
            sealed::put_record(&mut table, &id, &scan)
        })
        .await
    }

    /// A scan by id.
    ///
    /// # Errors
    /// When the disk fails or the record is damaged.
    pub fn scan(&self, id: &str) -> Result<Option<Scan>, Error> {
        sealed::get_record(&self.reading()?.open_table(SCANS)?, id, "scan")
    }

    /// All scan ids, the oldest first.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn scan_ids(&self) -> Result<Vec<String>, Error> {
        let table = self.reading()?.open_table(SCANS)?;
        let id = |key: &[u8]| String::from_utf8(key.to_vec()).map_err(|_| Error::Damaged { what: "scan" });
        table.iter()?.map(|entry| id(entry?.0.value())).collect()
    }

    /// The latest scan. Ids are ULIDs, so the last one is the latest.
    ///
    /// # Errors
    /// When the disk fails or the record is damaged.
    pub fn latest_scan(&self) -> Result<Option<Scan>, Error> {
        let table = self.reading()?.open_table(SCANS)?;
        match table.last()? {
            Some((key, value)) => Ok(Some(sealed::open_record(&table, key.value(), value.value(), "scan")?)),
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
        for entry in table.range(from.as_bytes()..to.as_bytes())? {
            let (key, value) = entry?;
            jobs.push(sealed::open_record(&table, key.value(), value.value(), "job")?);
        }
        Ok(jobs)
    }
}
