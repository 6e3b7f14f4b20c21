//! What a screen reader is told: a tree of headings, paragraphs and tables whose leaves are lines on pages.

use std::mem;

use krilla::tagging::{Identifier, TagGroup, TagKind, TagTree};

/// A node of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NodeId(usize); // invariant: an index of `Tags::nodes`

/// The tree, in reading order.
#[derive(Default)]
pub(super) struct Tags {
    nodes: Vec<Node>,
    roots: Vec<NodeId>,
}

struct Node {
    tag: TagKind,
    children: Vec<NodeId>,
    lines: Vec<Identifier>,
}

impl Tags {
    /// Adds a node after all others below its parent.
    pub(super) fn add(&mut self, parent: Option<NodeId>, tag: impl Into<TagKind>) -> NodeId {
        let node = NodeId(self.nodes.len());
        self.nodes.push(Node { tag: tag.into(), children: Vec::new(), lines: Vec::new() });
        match parent {
            Some(NodeId(parent)) => self.nodes[parent].children.push(node),
            None => self.roots.push(node),
        }
        node
    }

    /// Says that a line on a page belongs to a node.
    pub(super) fn hold(&mut self, NodeId(node): NodeId, line: Identifier) {
        self.nodes[node].lines.push(line);
    }

    /// Returns the tree as the file has it.
    pub(super) fn into_tree(mut self, language: &str) -> TagTree {
        let mut tree = TagTree::new().with_lang(Some(language.to_owned()));
        for root in mem::take(&mut self.roots) {
            tree.push(self.group(root));
        }
        tree
    }

    /// Returns a node with all below it; a cell, the deepest, lies four below a table.
    fn group(&mut self, NodeId(node): NodeId) -> TagGroup {
        let Node { tag, children, lines } = &mut self.nodes[node];
        let mut group = TagGroup::new(tag.clone());
        let (children, lines) = (mem::take(children), mem::take(lines));
        for line in lines {
            group.push(line);
        }
        for child in children {
            group.push(self.group(child));
        }
        group
    }
}
