//! What `kafka.server.KafkaConfig` and `LogConfig` print of themselves: an HTML table (until 0.11) or an HTML list.

use regex::Regex;

/// The head of a list of properties.
const HEAD: &str = "name\ttype\tdefault\tvalid\n";

/// The properties in it as a list: a row for each, sorted, with name, type, default and valid values. None where it is
/// not of the shape that Kafka prints.
pub fn list(html: &str) -> Option<String> {
    // A logger may have had something to say first.
    let (table, items) = (html.find("<table"), html.find("<ul"));
    let is_table = table.is_some_and(|table| items.is_none_or(|items| table < items));
    let mut rows = if is_table { of_table(html)? } else { of_items(html)? };
    rows.sort();
    rows.dedup();
    Some(rows.iter().fold(HEAD.to_owned(), |list, row| list + &row.join("\t") + "\n"))
}

/// `<tr>` rows of name, description, type, default, valid values, for topics the broker's property, importance.
fn of_table(html: &str) -> Option<Vec<[String; 4]>> {
    let cell = Regex::new(r"(?s)<td>(.*?)</td>").ok()?;
    let rows = html.split("<tr>").filter_map(|row| {
        let cells: Vec<_> = cell.captures_iter(row).map(|found| text(&found[1])).collect();
        match cells.as_slice() {
            [name, _, kind, default, valid, _] | [name, _, kind, default, valid, _, _] => {
                Some([name, kind, default, valid].map(Clone::clone))
            }
            _ => None,
        }
    });
    Some(rows.collect())
}

/// `<li>` items with the name as heading and a small table of the rest.
fn of_items(html: &str) -> Option<Vec<[String; 4]>> {
    let heading = Regex::new(r"(?s)<h4>(.*?)</h4>").ok()?;
    let field = Regex::new(r"(?s)<th>([^<]*):</th><td>(.*?)</td>").ok()?;
    let mut rows = Vec::new();
    for item in html.split("<li>\n").skip(1) {
        let fields: Vec<_> =
            field.captures_iter(item).map(|it| (it[1].to_owned(), text(&it[2]))).collect();
        let of = |name| fields.iter().find(|(its, _)| its == name).map(|(_, value)| value.clone());
        let name = text(&heading.captures(item)?[1]);
        rows.push([name, of("Type")?, of("Default")?, of("Valid Values")?]);
    }
    Some(rows)
}

/// Text of a piece of HTML: without tags, the characters of entities.
fn text(html: &str) -> String {
    let mut plain = String::new();
    let mut in_tag = false;
    for letter in html.chars() {
        match letter {
            '<' => in_tag = true,
            '>' => in_tag = false,
            _ if !in_tag => plain.push(letter),
            _ => {}
        }
    }
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    let plain = entities.iter().fold(plain, |text, (entity, letter)| text.replace(entity, letter));
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = "name\ttype\tdefault\tvalid\nnum.io.threads\tint\t8\t[1,...]\n";

    #[test]
    fn a_table_is_read() {
        let html = "<table class=\"data-table\"><tbody>\n<tr>\n<th>Name</th>\n<th>Description</th>\n</tr>\n<tr>\n\
                    <td>num.io.threads</td></td>\n<td>The number of threads</td></td>\n<td>int</td></td>\n\
                    <td>8</td></td>\n<td>[1,...]</td></td>\n<td>high</td></td>\n</tr>\n</tbody></table>";
        assert_eq!(list(html).as_deref(), Some(ROW));
    }

    #[test]
    fn a_list_is_read_whatever_a_logger_says_first() {
        let html = "[2026-12-01] INFO Registered (kafka)\n<ul class=\"config-list\">\n<li>\n\
                    <h4><a id=\"num.io.threads\"></a><a href=\"#\">num.io.threads</a></h4>\n<p>The number</p>\n\
                    <table><tbody>\n<tr><th>Type:</th><td>int</td></tr>\n<tr><th>Default:</th><td>8</td></tr>\n\
                    <tr><th>Valid Values:</th><td>[1,...]</td></tr>\n<tr><th>Importance:</th><td>high</td></tr>\n\
                    </tbody></table>\n</li>\n</ul>";
        assert_eq!(list(html).as_deref(), Some(ROW));
    }

    #[test]
    fn characters_of_entities_are_read() {
        assert_eq!(text(" <b>&lt;a&gt;</b> &amp;quot; &quot;x&#39; "), "<a> &quot; \"x'");
    }

    #[test]
    fn what_has_another_shape_is_no_list() {
        assert_eq!(list("<ul>\n<li>\n<p>num.io.threads</p>\n</li></ul>"), None);
    }
}
