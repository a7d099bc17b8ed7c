//! Tests of the house, and of the binary just built.

mod arrows;
