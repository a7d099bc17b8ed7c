//! What must survive: steps, incidents, windows, outbox, commands, audit trail, on SQLite.
