//! Blocks of text below a step.

use std::ops::Range;

use super::super::document::{Argument, DocString};
use super::super::line::Line;
use super::Parser;

/// A block of text that is open.
#[derive(Debug)]
pub(super) struct Open<'t> {
    block: DocString,
    lines: Vec<&'t str>,
    indent: usize,
    pub(super) place: Range<usize>,
}

impl<'t> Parser<'t> {
    pub(super) fn open_block(&mut self, line: &Line<'t>, delimiter: &'static str) {
        self.touch(line);
        let block = DocString {
            location: line.location(),
            delimiter,
            media_type: line.after(delimiter).into(),
            content: String::new(),
        };
        let (indent, place) = (line.indent(), line.span());
        self.open = Some(Open { block, lines: Vec::new(), indent, place });
    }

    pub(super) fn block_line(&mut self, line: &Line<'t>) {
        let closed = self.open.take_if(|open| line.text.starts_with(open.block.delimiter));
        if let Some(open) = &mut self.open {
            open.lines.push(line.without_indent(open.indent));
        }
        let Some(Open { mut block, lines, .. }) = closed else { return };
        let escaped: String = block.delimiter.chars().flat_map(|letter| ['\\', letter]).collect();
        block.content = lines.join("\n").replace(&escaped, block.delimiter);
        self.touch(line);
        if let Some(step) = self.steps().and_then(|steps| steps.last_mut()) {
            step.arguments.push(Argument::DocString(block));
        }
    }
}

/// The delimiter of a block of text that the line begins with.
pub(super) fn delimiter(line: &Line<'_>) -> Option<&'static str> {
    ["\"\"\"", "```"].into_iter().find(|delimiter| line.text.starts_with(delimiter))
}
