//! A chart as inline SVG: two axes, lines, and a legend that tells lines apart by dashes as well as by
//! colour. Never what is measured.

use std::fmt::Write as _;

use super::scale::Scale;
use crate::report::html::text::Shown;

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 58.0;

/// How many ways of drawing a line the style has.
pub(super) const LOOKS: usize = 6;

/// What is drawn.
pub(super) struct Chart {
    /// What it shows, in a sentence; it is the caption.
    pub(super) title: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) lines: Vec<Line>,
}

/// One of two.
pub(super) struct Axis {
    /// With its unit.
    pub(super) name: &'static str,
    pub(super) scale: Scale,
    /// Where it is marked, and how.
    pub(super) marks: Vec<(f64, String)>,
}

/// Some points that belong together, in the order in which they are joined.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
    /// Whether each point is shown, where there are few.
    pub(super) dotted: bool,
}

impl Axis {
    /// One whose marks are its scale's, in words.
    pub(super) fn new(name: &'static str, scale: Scale, words: impl Fn(f64) -> String) -> Self {
        Self { name, scale, marks: scale.ticks().into_iter().map(|tick| (tick, words(tick))).collect() }
    }
}

impl Chart {
    /// The chart as a figure.
    pub(super) fn figure(&self) -> String {
        let mut svg = format!(
            "<figure>\n<figcaption>{title}</figcaption>\n<div class=\"chart\" tabindex=\"0\" role=\"group\" aria-label=\"{title}\">\n\
             <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">\n",
            title = Shown(&self.title)
        );
        self.put_axes(&mut svg);
        for (number, line) in self.lines.iter().enumerate() {
            self.put_line(&mut svg, line, number % LOOKS);
        }
        svg += "</svg>\n</div>\n<ul class=\"legend\">\n";
        for (number, line) in self.lines.iter().enumerate() {
            let _infallible = writeln!(
                svg,
                "<li><svg viewBox=\"0 0 32 8\" aria-hidden=\"true\"><path class=\"line look{}\" d=\"M0 4H32\"/></svg>{}</li>",
                number % LOOKS,
                Shown(&line.name)
            );
        }
        svg + "</ul>\n</figure>\n"
    }

    fn put_axes(&self, svg: &mut String) {
        for (value, words) in &self.x.marks {
            let x = self.x(*value);
            let _infallible = writeln!(
                svg,
                "<path class=\"grid\" d=\"M{x:.1} {TOP}V{:.1}\"/><text class=\"mark\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                HEIGHT - BOTTOM,
                HEIGHT - BOTTOM + 20.0,
                lines(words, x)
            );
        }
        for (value, words) in &self.y.marks {
            let y = self.y(*value);
            let _infallible = writeln!(
                svg,
                "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{:.1}\"/><text class=\"mark\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                WIDTH - RIGHT,
                LEFT - 6.0,
                y + 4.0,
                Shown(words)
            );
        }
        let _infallible = writeln!(
            svg,
            "<text class=\"name\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n\
             <text class=\"name\" transform=\"translate(12 {:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            LEFT.midpoint(WIDTH - RIGHT),
            HEIGHT - 6.0,
            self.x.name,
            TOP.midpoint(HEIGHT - BOTTOM),
            self.y.name
        );
    }

    fn put_line(&self, svg: &mut String, line: &Line, look: usize) {
        let mut path = String::new();
        let mut last = None;
        for (x, y) in &line.points {
            let at = format!("{:.1} {:.1}", self.x(*x), self.y(*y));
            // What falls on one place is drawn once: a histogram may have thousands of values.
            if last.as_ref() != Some(&at) {
                path.push(if last.is_none() { 'M' } else { 'L' });
                path += &at;
            }
            last = Some(at);
        }
        let _infallible = writeln!(svg, "<path class=\"line look{look}\" d=\"{path}\"/>");
        if line.dotted {
            for (x, y) in &line.points {
                let _infallible = writeln!(
                    svg,
                    "<circle class=\"dot look{look}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\"/>",
                    self.x(*x),
                    self.y(*y)
                );
            }
        }
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + self.x.scale.place(value) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - self.y.scale.place(value) * (HEIGHT - BOTTOM - TOP)
    }
}

/// A mark of several lines, one below the other.
fn lines(words: &str, x: f64) -> String {
    let spans = words.split('\n').enumerate();
    let spans = spans.map(|(number, line)| {
        let down = if number == 0 { 0.0 } else { 1.1 };
        format!("<tspan x=\"{x:.1}\" dy=\"{down}em\">{}</tspan>", Shown(line))
    });
    spans.collect()
}
