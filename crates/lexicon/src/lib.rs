//! The rule language: text, checked, compiled; lists, cases, diagnostics with line and column.

pub mod compiled;
