//! Tests of the binary just built.
