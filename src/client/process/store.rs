//! The database of a standalone consumer: the results of what it has processed, and, where it keeps them
//! itself, the offsets up to which it has.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Result, params};

const TABLES: &str = "
    -- Only processes are killed here, never the machine, so what the system has taken in is safe.
    PRAGMA synchronous = OFF;
    CREATE TABLE IF NOT EXISTS results (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        client TEXT NOT NULL,
        message TEXT NOT NULL,
        value BLOB
    );
    CREATE TABLE IF NOT EXISTS offsets (
        topic TEXT NOT NULL,
        partition INTEGER NOT NULL,
        next INTEGER NOT NULL,
        PRIMARY KEY (topic, partition)
    );
";

/// The database.
#[derive(Debug)]
pub struct Store(Connection);

/// The result of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The process that stored it.
    pub client: String,
    /// The identity of the message.
    pub message: String,
    /// Its value, which stands for whatever was made of it.
    pub value: Option<Vec<u8>>,
}

/// The offset of the next message to process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// Topic.
    pub topic: String,
    /// From 0.
    pub partition: i32,
    /// Offset.
    pub next: i64,
}

impl Store {
    /// Opens the database, made if it is not there, to write.
    ///
    /// # Errors
    /// When the file cannot be made or is none.
    pub fn open(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(TABLES)?;
        Ok(Self(connection))
    }

    /// Opens the database of a consumer that may be at work or was killed, to read.
    ///
    /// # Errors
    /// When there is none.
    pub fn look_into(path: &Path) -> Result<Self> {
        // Not read-only: what a killed process has left half done is undone by the next one that looks.
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map(Self)
    }

    /// Stores results and offsets in one transaction, and calls `halfway` between the two.
    ///
    /// # Errors
    /// When nothing of it was stored.
    pub fn store(
        &mut self,
        results: &[Stored],
        offsets: &[Next],
        halfway: impl FnOnce(),
    ) -> Result<()> {
        let transaction = self.0.transaction()?;
        for Stored { client, message, value } in results {
            transaction.execute(
                "INSERT INTO results (client, message, value) VALUES (?1, ?2, ?3)",
                params![client, message, value],
            )?;
        }
        halfway();
        for Next { topic, partition, next } in offsets {
            transaction.execute(
                "INSERT OR REPLACE INTO offsets (topic, partition, next) VALUES (?1, ?2, ?3)",
                params![topic, partition, next],
            )?;
        }
        transaction.commit()
    }

    /// Every result, in the order in which they were stored.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn results(&self) -> Result<Vec<Stored>> {
        let mut query =
            self.0.prepare("SELECT client, message, value FROM results ORDER BY number")?;
        let rows = query.query_map([], |row| {
            Ok(Stored { client: row.get(0)?, message: row.get(1)?, value: row.get(2)? })
        })?;
        rows.collect()
    }

    /// Every offset that is kept here.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn offsets(&self) -> Result<Vec<Next>> {
        let mut query = self.0.prepare("SELECT topic, partition, next FROM offsets")?;
        let rows = query.query_map([], |row| {
            Ok(Next { topic: row.get(0)?, partition: row.get(1)?, next: row.get(2)? })
        })?;
        rows.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(message: &str) -> Stored {
        Stored { client: "s".into(), message: message.into(), value: Some(b"1".to_vec()) }
    }

    #[test]
    fn results_and_offsets_are_stored_together_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("s.sqlite");
        let next = |next| Next { topic: "t".into(), partition: 2, next };
        let mut store = Store::open(&path).expect("made");
        store.store(&[result("a")], &[next(1)], || {}).expect("stored");
        store.store(&[result("b")], &[next(2)], || {}).expect("stored");
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            store.store(&[result("c")], &[next(3)], || panic!("halfway"))
        }));
        assert!(unwound.is_err());
        let seen = Store::look_into(&path).expect("there");
        assert_eq!(seen.results().expect("read"), [result("a"), result("b")]);
        assert_eq!(seen.offsets().expect("read"), [next(2)]);
    }

    #[test]
    fn a_database_that_is_not_there_is_not_made_by_looking() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(Store::look_into(&folder.path().join("none.sqlite")).is_err());
    }
}
