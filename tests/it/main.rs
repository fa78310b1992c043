//! Tests of the whole house, one program for all of them.

mod architecture;
