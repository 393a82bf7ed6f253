//! How a text of the run becomes part of a page: nothing in it is markup, and nothing in it is unseen.

use std::fmt::{self, Write as _};

use crate::report::harmless;

/// A text as the content of an element or of a quoted attribute.
pub(crate) struct Shown<'a>(pub(crate) &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in harmless(self.0).chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// JSON as the content of a `script` element, which ends at the first `</script` whatever stands around it,
/// and which `<!--` turns into something else: JSON says the same without these characters.
pub(super) fn within_script(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _infallible = write!(text, "\\u{:04x}", u32::from(character));
            }
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text() {
        let shown = Shown("<b title=\"a\" id='b'>&\u{1b}\u{202e}").to_string();
        assert_eq!(shown, "&lt;b title=&quot;a&quot; id=&#39;b&#39;&gt;&amp;\\u{1b}\\u{202e}");
    }

    #[test]
    fn json_within_a_script_says_the_same() {
        let said = "</script><!--&\u{2028}\u{2029}\"";
        let json = within_script(&serde_json::to_string(said).unwrap());
        assert!(!json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), said);
    }
}
