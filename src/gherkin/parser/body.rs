//! Steps, their tables, and rows of examples.

use super::super::document::{Argument, Row, Step, Table};
use super::super::line::Line;
use super::super::mistake::SyntaxMistake;
use super::{Below, Parser, State};

impl<'t> Parser<'t> {
    pub(super) fn step(&mut self, line: &Line<'t>) -> bool {
        let Some((keyword, kind)) = self.language.step(line.text) else { return false };
        self.describe();
        self.touch(line);
        self.state = State::Steps(Below::Nothing);
        let step = Step {
            location: line.location(),
            keyword: keyword.into(),
            kind,
            text: line.after(keyword).into(),
            arguments: Vec::new(),
        };
        if let Some(steps) = self.steps() {
            steps.push(step);
        }
        true
    }

    pub(super) fn table_row(&mut self, line: &Line<'t>, is_next: bool) {
        let row = Row { location: line.location(), cells: line.cells() };
        self.touch(line);
        let Some(step) = self.steps().and_then(|steps| steps.last_mut()) else { return };
        let mut rows = Vec::new();
        if is_next && let Some(Argument::Table(table)) = step.arguments.pop() {
            rows = table.rows;
        }
        let mistake = uneven(line, &row, rows.first());
        rows.push(row);
        step.arguments.push(Argument::Table(Table { rows }));
        mistake.into_iter().for_each(|mistake| self.tell(mistake, line));
    }

    pub(super) fn example_row(&mut self, line: &Line<'t>) -> bool {
        if !line.text.starts_with('|') {
            return false;
        }
        self.describe();
        self.touch(line);
        self.state = State::Rows;
        let row = Row { location: line.location(), cells: line.cells() };
        let examples = self.scenario().and_then(|scenario| scenario.examples.last_mut());
        if let Some(examples) = examples {
            let mistake = uneven(line, &row, examples.rows.first());
            examples.rows.push(row);
            mistake.into_iter().for_each(|mistake| self.tell(mistake, line));
        }
        true
    }
}

/// What is wrong with a row beside the first one of its table.
fn uneven(line: &Line<'_>, row: &Row, first: Option<&Row>) -> Option<SyntaxMistake> {
    let found = row.cells.len();
    let expected = first.map_or(found.max(1), |first| first.cells.len());
    if found == expected {
        return None;
    }
    let (_, rest) = line.text.rsplit_once('|')?;
    let rest = rest.trim();
    let is_escaped = rest.is_empty() && line.text.trim_end().ends_with("\\|");
    let is_open = found < expected && (is_escaped || !(rest.is_empty() || rest.starts_with('#')));
    Some(match is_open || found == 0 {
        true => SyntaxMistake::OpenRow,
        false => SyntaxMistake::CellCount { found, expected },
    })
}
