//! The HTTP API over the ledger, and the page that acknowledges.
