//! A comparison, told to a person and to a program.

mod json;
mod text;
