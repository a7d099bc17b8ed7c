//! Bytes to model and back: the versioned JSON of every topic, with its JSON Schemas.
