//! Bounds of conditions.

/// Longest condition, in bytes.
pub const TEXT_BYTES_MAX: usize = 1000;

/// Deepest nesting: of brackets and ternaries in the text, and of nodes in the tree.
///
/// The parser takes 12 KiB of stack for each bracket within another, and 1 KiB for each operator of a chain. The worst
/// text that `scan` lets through is 32 brackets around the longest chain. It takes 512 KiB of a worker thread's 2 MiB.
pub const DEPTH_MAX: usize = 32;

/// Most nodes of the tree. A name, a literal, an operator or a call is one node.
pub const NODES_MAX: usize = 100;
