//! Figures that grow with something, as a Markdown table and charts of the first and the last of them.

use std::fmt;

/// Rows of figures by what they grow with.
#[derive(Debug)]
pub struct Series {
    title: String,
    by: String,
    columns: Vec<String>,
    rows: Vec<(u64, Vec<f64>)>,
}

impl Series {
    /// No rows yet.
    pub fn new(title: &str, by: &str, columns: &[&str]) -> Self {
        let columns = columns.iter().map(ToString::to_string).collect();
        Self { title: title.into(), by: by.into(), columns, rows: Vec::new() }
    }

    /// Adds a row, with a figure for each column.
    pub fn add(&mut self, x: u64, figures: Vec<f64>) {
        self.rows.push((x, figures));
    }

    fn chart(&self, f: &mut fmt::Formatter<'_>, column: usize, name: &str) -> fmt::Result {
        let xs: Vec<_> = self.rows.iter().map(|(x, _)| format!("\"{x}\"")).collect();
        let figures = self.rows.iter().filter_map(|(_, figures)| figures.get(column));
        let figures: Vec<_> = figures.map(|figure| rounded(*figure)).collect();
        writeln!(f, "\n```mermaid\nxychart-beta\n    title \"{}\"", self.title)?;
        writeln!(f, "    x-axis \"{}\" [{}]", self.by, xs.join(", "))?;
        writeln!(f, "    y-axis \"{name}\"\n    line [{}]\n```", figures.join(", "))
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### {}\n", self.title)?;
        writeln!(f, "| {} | {} |", self.by, self.columns.join(" | "))?;
        writeln!(f, "|---:|{}", "---:|".repeat(self.columns.len()))?;
        for (x, figures) in &self.rows {
            let figures: Vec<_> = figures.iter().map(|figure| rounded(*figure)).collect();
            writeln!(f, "| {x} | {} |", figures.join(" | "))?;
        }
        let last = self.columns.len().saturating_sub(1);
        for (column, name) in self.columns.iter().enumerate() {
            if column == 0 || column == last {
                self.chart(f, column, name)?;
            }
        }
        Ok(())
    }
}

/// Three digits where there are fewer before the point.
fn rounded(figure: f64) -> String {
    match figure {
        figure if figure < 10.0 => format!("{figure:.2}"),
        figure if figure < 100.0 => format!("{figure:.1}"),
        figure => format!("{figure:.0}"),
    }
}
