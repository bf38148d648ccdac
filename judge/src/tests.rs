//! Tests over whole pages and trees.

mod condition;
mod copies;
mod judging;
mod lint;
mod pages;
mod property;
mod sample;
