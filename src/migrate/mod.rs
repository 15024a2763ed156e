//! Moving in from other CAs' software: what they kept, read as what it is.
//!
//! Nothing here reaches into the world: octets, the environment and the files that a file includes come as
//! arguments. What cannot be carried over exactly is told with its place, and never replaced by a guess.

pub mod openssl;
