//! Inputs as the text of a case: what is played in the hunt and what is kept of it are written alike. Never a file.

use std::fmt::Write as _;

use super::input::{Due, ID, Input};
use crate::case::EDITION;
use crate::finding::Code;
use crate::version::Version;

/// What stands in a case besides its steps.
pub(super) struct About<'a> {
    pub(super) why: &'a str,
    pub(super) version: Version,
    pub(super) guard: &'a str,
    pub(super) code: Code,
}

/// The text of a case, and the input that each of its steps belongs to.
pub(super) struct Draft {
    pub(super) text: String,
    pub(super) input_of: Vec<usize>,
}

/// Writes the case that gives a guard these inputs; its requirement is that of the last.
pub(super) fn write(inputs: &[Input], about: &About<'_>) -> Draft {
    let requirement = inputs.last().map_or("stdio.no-message", |input| requirement(&input.due, about.code));
    let mut text = format!(
        "requirement: {requirement}\nsince: {EDITION}\nwhy: {}\nversions: ['{}']\nsteps:\n  - gateway: {{ decision: ALLOW }}\n",
        quoted(about.why),
        about.version,
    );
    // The step that sets the gateway is no input's; its place is taken by the first.
    let mut input_of = vec![0];
    for (index, input) in inputs.iter().enumerate() {
        let own = format!("f{}", index + 1);
        let line = quoted(&input.line.replace(ID, &own));
        let (id, due) = match &input.due {
            Due::Kept => (
                Some(own),
                "\n    expect: { decision: ALLOW, may_refuse: true }\n    gateway_saw: { at_least: 1, same: [tool_name, method, url, body] }",
            ),
            Due::Refused => (Some(own), "\n    expect: { refused: true }\n    gateway_saw: { requests: 0 }"),
            Due::Answered(id) => (Some(id.to_string()), "\n    expect: { may_refuse: true }"),
            Due::Nothing => (None, ""),
        };
        let id = id.map_or_else(String::new, |id| format!(", id: {id}"));
        let _infallible = writeln!(text, "  - raw: {{ line: {line}{id} }}{due}");
        input_of.push(index);
        if input.due == Due::Nothing {
            // What it leads to is over when this is answered.
            let _infallible = writeln!(
                text,
                "  - request: {{ id: f{}, method: tools/list }}\n    expect: {{ may_refuse: true }}",
                index + 1
            );
            input_of.push(index);
        }
    }
    let _infallible =
        writeln!(text, "caught_by:\n  - {{ sin: {}, finding: {} }}", quoted(about.guard), about.code.name());
    Draft { text, input_of }
}

const fn requirement(due: &Due, code: Code) -> &'static str {
    match (due, code) {
        (Due::Kept, Code::FieldAltered) => "scan.fields",
        (Due::Kept, _) => "scan.body-exact",
        (Due::Refused, _) => "stdio.strict",
        (Due::Answered(_) | Due::Nothing, _) => "stdio.no-message",
    }
}

/// A text in YAML; what does not show was put in another way before.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''").replace(char::is_control, " "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case;
    use crate::requirement::Requirements;
    use crate::step::{Raw, Verb};

    #[test]
    fn whatever_is_generated_is_a_case_that_says_so_byte_for_byte() {
        let requirements = Requirements::embedded().unwrap();
        let inputs: Vec<Input> = (0..2000).map(|number| Input::numbered(3, number)).collect();
        for inputs in inputs.chunks(50) {
            let about =
                About { why: "it's so", version: Version::V2025_11_25, guard: "a 'guard'", code: Code::BodyAltered };
            let draft = write(inputs, &about);
            let case = case::parse("x.yaml", "x.yaml", &draft.text, &requirements).unwrap();
            assert_eq!(case.steps().len(), draft.input_of.len());
            for (step, index) in case.steps().iter().zip(&draft.input_of).skip(1) {
                let Verb::Raw(raw) = &step.verb else { continue };
                let line = inputs[*index].line.replace(ID, &format!("f{}", index + 1)) + "\n";
                assert_eq!(raw.bytes("", ""), Raw::parse(&line).unwrap().bytes("", ""));
            }
        }
    }
}
