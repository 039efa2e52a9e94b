//! The program and the library from outside, as one test program. What needs real clusters is in `real_clusters`;
//! what needs a process of its own is in `tests/alone`.

mod browser;
mod checker;
mod checker_properties;
mod cli;
mod clusters;
mod compare;
mod disk;
mod distribution;
mod environment;
mod formatters;
mod gherkin;
mod merge;
mod mutation;
mod properties;
mod real_clusters;
mod reports;
mod schemas;
mod simulation;
mod support;
