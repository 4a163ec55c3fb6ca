//! No code: the tests of this package compile programs and read what the compiler says.
