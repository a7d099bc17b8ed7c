//! The roles as processes of their own, on a real Apache Kafka: `cargo xtask kafka up` starts one;
//! without it these tests are skipped, each by its name.

mod foreign;
mod gone;
mod installation;
mod killed;
mod letters;
mod replaced;
mod way;
